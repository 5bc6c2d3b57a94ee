"""The bank's old way: a logistic scorecard on binned features, exported as a table of points."""

from __future__ import annotations

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

#: Bins of a feature with many values.
BINS = 12


class Bins(msgspec.Struct):
    """A feature's bins: bin i holds the values up to ``edges[i]``, the last one what is above all edges."""

    feature: str
    edges: list[float]
    #: What a value in the bin adds to the log-odds of default, one more than there are edges.
    points: list[float]


class Scorecard(msgspec.Struct):
    """Log-odds of default: the intercept, and for each feature the points of the bin that its value is in."""

    intercept: float
    bins: list[Bins]


def fit_scorecard(inputs: np.ndarray, names: list[str], defaulted: np.ndarray) -> Scorecard:
    """Fit a scorecard: quantile bins, weight of evidence, logistic regression (Siddiqi, Credit Risk Scorecards)."""
    edges = [_edges(inputs[:, column]) for column in range(inputs.shape[1])]
    evidence = [_weight_of_evidence(inputs[:, i], edge, defaulted) for i, edge in enumerate(edges)]
    woe = np.column_stack([evidence[i][np.searchsorted(edge, inputs[:, i])] for i, edge in enumerate(edges)])
    regression = LogisticRegression(solver="newton-cholesky").fit(woe, defaulted)
    weights = regression.coef_[0]
    return Scorecard(
        float(regression.intercept_[0]),
        [Bins(name, edges[i].tolist(), (weights[i] * evidence[i]).tolist()) for i, name in enumerate(names)],
    )


def score(scorecard: Scorecard, inputs: np.ndarray) -> np.ndarray:
    """Probabilities of default, shape (rows,)."""
    odds = np.full(len(inputs), scorecard.intercept)
    for column, bins in enumerate(scorecard.bins):
        odds += np.asarray(bins.points)[np.searchsorted(np.asarray(bins.edges), inputs[:, column])]
    return 1.0 / (1.0 + np.exp(-odds))


def _edges(values: np.ndarray) -> np.ndarray:
    distinct = np.unique(values)
    if len(distinct) <= BINS:
        return (distinct[:-1] + distinct[1:]).astype(float) / 2
    return np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]).astype(float))


def _weight_of_evidence(values: np.ndarray, edges: np.ndarray, defaulted: np.ndarray) -> np.ndarray:
    which = np.searchsorted(edges, values)
    bad = np.bincount(which, weights=defaulted, minlength=len(edges) + 1) + 0.5
    good = np.bincount(which, weights=1 - defaulted, minlength=len(edges) + 1) + 0.5
    return np.log((bad / bad.sum()) / (good / good.sum()))
