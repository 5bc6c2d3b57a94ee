"""Calibration: a straight line on the log-odds, folded into the trees, so that every reader of the model has it."""

from __future__ import annotations

import lightgbm as lgb
import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from trainer.intervals import Interval, paired_differences


class Calibration(msgspec.Struct, frozen=True):
    """Calibrated log-odds are ``slope`` times the model's, plus ``intercept`` (Platt 1999)."""

    slope: float
    intercept: float

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, shape (rows,)."""
        return 1.0 / (1.0 + np.exp(-(self.slope * _log_odds(probabilities) + self.intercept)))


class CalibrationChoice(msgspec.Struct):
    """Whether to calibrate, and on what ground."""

    used: Calibration | None
    #: The Brier score with calibration less that without, on a year after the one that it was learnt from.
    brier: Interval


def fit_calibration(probabilities: np.ndarray, defaulted: np.ndarray) -> Calibration:
    """Learn the line from loans that the model was not trained on."""
    regression = LogisticRegression(C=np.inf, solver="newton-cholesky")
    regression.fit(_log_odds(probabilities)[:, None], defaulted)
    return Calibration(float(regression.coef_[0, 0]), float(regression.intercept_[0]))


def choose_calibration(
    before: tuple[np.ndarray, np.ndarray], last: tuple[np.ndarray, np.ndarray], cost_ratio: float, seed: int
) -> CalibrationChoice:
    """Calibrate only if a line learnt from one year has made the next year's probabilities better.

    A calibration follows the last year's rate of defaults. Where the rate moves on, it may do harm: that is measured,
    not assumed.

    Args:
        before, last: probabilities and outcomes of the last year but one and of the last year, each by a model that
            was trained before that year.
        cost_ratio: of the decisions.
        seed: of the interval.
    """
    (earlier, earlier_defaulted), (probabilities, defaulted) = before, last
    tried = fit_calibration(earlier, earlier_defaulted).apply(probabilities)
    brier = paired_differences(tried, probabilities, defaulted, cost_ratio, seed)["brier"]
    return CalibrationChoice(fit_calibration(probabilities, defaulted) if brier.high < 0 else None, brier)


def calibrated(booster: lgb.Booster, calibration: Calibration) -> lgb.Booster:
    """The same trees with calibrated leaves: scaled by the slope, the intercept added to the first tree's.

    The export, and the contributions of the features to the log-odds, then need no step more.
    """
    adjusted = lgb.Booster(model_str=booster.model_to_string())
    for number, tree in enumerate(adjusted.dump_model()["tree_info"]):
        for leaf in range(tree["num_leaves"]):
            value = calibration.slope * adjusted.get_leaf_output(number, leaf)
            adjusted.set_leaf_output(number, leaf, value + (calibration.intercept if number == 0 else 0.0))
    return adjusted


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    within = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.log(within / (1 - within))
