"""Intervals of 95 %: of shares by Wilson's formula, of differences between two deciders by the paired bootstrap."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from scipy.stats import t as student

from trainer.metrics import threshold_of

#: Times that the rows are drawn again.
DRAWS = 300

#: Standard deviations on either side of the mean that hold 95 %.
Z = 1.959964


class Interval(msgspec.Struct):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float


def share(count: int, of: int) -> Interval:
    """A share and its interval (Wilson 1927), which stays sensible for few rows and for shares near 0 and 1."""
    rate = count / of
    centre = (rate + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z * math.sqrt(rate * (1 - rate) / of + Z * Z / (4 * of * of)) / (1 + Z * Z / of)
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


def of_draws(values: np.ndarray) -> Interval:
    """Mean over draws, shape (draws,), and its interval by Student's t."""
    mean = float(values.mean())
    half = float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)


def paired_differences(
    ours: np.ndarray, theirs: np.ndarray, defaulted: np.ndarray, cost_ratio: float, seed: int
) -> dict[str, Interval]:
    """What ours is above theirs in AUC, Brier score, error and cost, on the same rows.

    Both are measured on the same draws of rows (paired bootstrap, Efron and Tibshirani 1993, chapter 16): what makes
    some rows hard for both then does not widen the interval.

    Args:
        ours, theirs: probabilities of default, shape (rows,).
        defaulted: 0 or 1, shape (rows,).
        cost_ratio: cost of a bad loan accepted over that of a good one refused.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    first, second = (_Measured(p, defaulted, cost_ratio) for p in (ours, theirs))
    rows = len(defaulted)
    whole = np.ones(rows)
    drawn = [np.bincount(random.integers(0, rows, rows), minlength=rows).astype(float) for _ in range(DRAWS)]
    differences = np.asarray([first.at(weights) - second.at(weights) for weights in drawn])
    estimate = first.at(whole) - second.at(whole)
    low, high = np.nanquantile(differences, [0.025, 0.975], axis=0)
    return {
        name: Interval(float(estimate[i]), float(low[i]), float(high[i]))
        for i, name in enumerate(("auc", "brier", "error", "cost"))
    }


class _Measured:
    """One decider's rows, ready to be measured under many weights."""

    def __init__(self, probabilities: np.ndarray, defaulted: np.ndarray, cost_ratio: float) -> None:
        declined = probabilities >= threshold_of(cost_ratio)
        accepted_bad, refused_good = ~declined & (defaulted == 1), declined & (defaulted == 0)
        self._rows = np.stack(
            [
                (probabilities - defaulted) ** 2,
                accepted_bad | refused_good,
                cost_ratio * accepted_bad + refused_good,
            ]
        ).astype(float)
        values, self._at = np.unique(probabilities, return_inverse=True)
        self._values = len(values)
        self._defaulted = defaulted

    def at(self, weights: np.ndarray) -> np.ndarray:
        """AUC, Brier score, error and cost, shape (4,)."""
        return np.concatenate([[self._auc(weights)], self._rows @ weights / weights.sum()])

    def _auc(self, weights: np.ndarray) -> float:
        """The weight of pairs in order, ties by half: the Mann-Whitney statistic."""
        bad = np.bincount(self._at, weights * self._defaulted, self._values)
        good = np.bincount(self._at, weights * (1 - self._defaulted), self._values)
        pairs = bad.sum() * good.sum()
        return float((bad * (good.cumsum() - good / 2)).sum() / pairs) if pairs else math.nan
