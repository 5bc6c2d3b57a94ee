"""What deciders are worth on the same rows: over all, year by year, against each other, and by group."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.intervals import paired_differences, share
from trainer.metrics import curves, quality, threshold_of

#: The decider that the others are compared with.
MODEL = "model"
#: Fewest loans of a year or of a group that are told of by themselves, and of either outcome among a year's.
LEAST_ROWS, LEAST_OF_EACH = 50, 5
#: Most groups of one kind, the largest ones.
MOST_GROUPS = 20


class Rows(msgspec.Struct):
    """What is decided on."""

    #: 0 or 1, shape (rows,).
    defaulted: np.ndarray
    #: Year of each application, shape (rows,).
    years: np.ndarray
    #: Groups by kind, such as sector, each of shape (rows,).
    groups: dict[str, pl.Series]


def assess(probabilities: dict[str, np.ndarray], rows: Rows, cost_ratio: float, seed: int) -> dict[str, Any]:
    """Measure each decider's probabilities of default.

    Args:
        probabilities: by decider, among them ``model``; each of shape (rows,).
        rows: what is decided on.
        cost_ratio: cost of a bad loan accepted over that of a good one refused.
        seed: of the bootstrap.

    Returns:
        ``rows``, ``baseRate``, ``deciders`` (quality and curves), ``modelAgainst`` (paired differences to each other
        decider, below 0 is better for Brier score, error and cost), ``years`` (quality and differences of each year)
        and ``groups`` (approval and error rates of the model by group).
    """
    defaulted = rows.defaulted
    return {
        "rows": len(defaulted),
        "baseRate": float(defaulted.mean()),
        "costRatio": cost_ratio,
        "deciders": {
            name: {**quality(p, defaulted, cost_ratio), **curves(p, defaulted)} for name, p in probabilities.items()
        },
        "modelAgainst": _against_others(probabilities, defaulted, cost_ratio, seed),
        "years": _by_year(probabilities, rows, cost_ratio, seed),
        "groups": {
            kind: _by_group(values, probabilities[MODEL], defaulted, cost_ratio) for kind, values in rows.groups.items()
        },
    }


def groups_of(features: pl.DataFrame) -> dict[str, pl.Series]:
    """The groups whose rates are watched: what an applicant is, and how much is asked for."""
    amount = features["amount"]
    quarters = amount.qcut(4, labels=["lowest quarter", "second", "third", "highest quarter"], allow_duplicates=True)
    return {
        "sector": features["sector"],
        "state": features["state"],
        "urbanRural": features["urbanRural"],
        "newBusiness": features["newBusiness"].cast(pl.String),
        "amount": quarters.cast(pl.String),
    }


def _against_others(
    probabilities: dict[str, np.ndarray], defaulted: np.ndarray, cost_ratio: float, seed: int
) -> dict[str, Any]:
    others = {name: p for name, p in probabilities.items() if name != MODEL}
    return {
        name: msgspec.to_builtins(paired_differences(probabilities[MODEL], p, defaulted, cost_ratio, seed))
        for name, p in others.items()
    }


def _by_year(probabilities: dict[str, np.ndarray], rows: Rows, cost_ratio: float, seed: int) -> list[dict[str, Any]]:
    found = []
    for year in np.unique(rows.years):
        within = rows.years == year
        defaulted = rows.defaulted[within]
        if min(defaulted.sum(), (1 - defaulted).sum()) < LEAST_OF_EACH or len(defaulted) < LEAST_ROWS:
            continue
        here = {name: p[within] for name, p in probabilities.items()}
        found.append(
            {
                "year": int(year),
                "rows": len(defaulted),
                "baseRate": float(defaulted.mean()),
                "meanPredicted": float(here[MODEL].mean()),
                "deciders": {name: quality(p, defaulted, cost_ratio) for name, p in here.items()},
                "modelAgainst": _against_others(here, defaulted, cost_ratio, seed),
            }
        )
    return found


def _by_group(
    values: pl.Series, probabilities: np.ndarray, defaulted: np.ndarray, cost_ratio: float
) -> list[dict[str, Any]]:
    """Rates of the larger groups, each with its interval: approved, wrongly decided, and of the good ones declined."""
    declined = probabilities >= threshold_of(cost_ratio)
    bad = defaulted == 1
    names = values.fill_null("(unknown)")
    counts = names.value_counts(sort=True, name="rows").filter(pl.col("rows") >= LEAST_ROWS).head(MOST_GROUPS)
    found = []
    for name, count in counts.sort(counts.columns[0]).iter_rows():
        within = (names == name).to_numpy()
        good = within & ~bad
        found.append(
            {
                "group": name,
                "rows": count,
                "defaulted": msgspec.to_builtins(share(int((within & bad).sum()), count)),
                "meanPredicted": float(probabilities[within].mean()),
                "approved": msgspec.to_builtins(share(int((within & ~declined).sum()), count)),
                "wrong": msgspec.to_builtins(share(int((within & (declined != bad)).sum()), count)),
                "goodDeclined": msgspec.to_builtins(share(int((good & declined).sum()), int(good.sum())))
                if good.any()
                else None,
            }
        )
    return found
