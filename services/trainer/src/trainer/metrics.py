"""How good probabilities of default are, by what a lender pays for."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve


def threshold_of(cost_ratio: float) -> float:
    """The probability from which declining costs less than approving (Elkan 2001, equation 2)."""
    return 1.0 / (cost_ratio + 1.0)


def quality(probabilities: np.ndarray, defaulted: np.ndarray, cost_ratio: float) -> dict[str, float | None]:
    """Measures of probabilities against outcomes.

    Returns:
        ``auc`` (null where there is only one outcome), ``brier``, and of the decisions at the threshold: ``error``,
        the share that was wrong, and ``cost`` per application, where refusing a good loan costs 1 and accepting a bad
        one ``cost_ratio``.
    """
    declined = probabilities >= threshold_of(cost_ratio)
    accepted_bad = ~declined & (defaulted == 1)
    refused_good = declined & (defaulted == 0)
    both = 0 < defaulted.sum() < len(defaulted)
    return {
        "auc": float(roc_auc_score(defaulted, probabilities)) if both else None,
        "brier": float(brier_score_loss(defaulted, probabilities)),
        "error": float((accepted_bad | refused_good).mean()),
        "cost": float((cost_ratio * accepted_bad + refused_good).mean()),
    }


def curves(probabilities: np.ndarray, defaulted: np.ndarray) -> dict[str, list[list[float]]]:
    """Points to plot: ``roc`` (false and true positive rate) and ``calibration`` (predicted, observed, rows)."""
    if not 0 < defaulted.sum() < len(defaulted):
        return {"roc": [], "calibration": []}
    false, true, _ = roc_curve(defaulted, probabilities)
    kept = np.unique(np.linspace(0, len(false) - 1, min(len(false), 200)).astype(int))
    groups = [g for g in np.array_split(np.argsort(probabilities, kind="stable"), 10) if len(g)]
    return {
        "roc": [[float(false[i]), float(true[i])] for i in kept],
        "calibration": [[float(probabilities[g].mean()), float(defaulted[g].mean()), float(len(g))] for g in groups],
    }
