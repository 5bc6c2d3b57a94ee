"""What is normal for a version: how its training loans fall into bins, and how their defaults came to be known.

It is registered with the version as ``reference.json``, and holds counts only. The drift monitor (``lambdas/drift``)
compares with it what comes later; values must be binned alike there (``lambdas/patterns/drift/bins.ts``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

#: The file of a version that holds it.
REFERENCE = "reference.json"

#: Bins of a number, beside those of what is larger than all of the reference and of what is not known.
_NUMBER_BINS = 10
#: A category with less than this share of the reference is one of the others.
_LEAST_SHARE = 0.01


def reference_of(
    features: pl.DataFrame, probability: np.ndarray, dates: pl.Series, last: dt.date, outcomes: pl.DataFrame | None
) -> dict[str, Any]:
    """The reference of a model.

    Args:
        features: of the loans it was trained on, one row each.
        probability: of default, by the model itself; shape (rows,).
        dates: of the applications.
        last: the last day that the model has learned from. What became known later is left out: nobody knew it when the
            model was put to work.
        outcomes: ``knownAt`` (a day) and ``defaulted`` (0 or 1) of each loan; None if it is not known since when they
            were known.

    Returns:
        ``population``, bins and counts of the score and of each feature over the last year; ``cohorts``, for each month
        the loans, the sum of their probabilities and ``outcomes``, triples of the month in which they became known and
        of how many then were paid and had defaulted (null without ``outcomes``); ``end``, the first month that is not
        known yet.
    """
    end = (last + dt.timedelta(days=1)).replace(day=1)
    recent = dates >= end.replace(year=end.year - 1)
    columns = {"score": pl.Series(probability), **{name: features[name] for name in features.columns}}
    return {
        "schemaVersion": 1,
        "population": {name: _binned(values.filter(recent)) for name, values in columns.items()},
        "cohorts": None if outcomes is None else _cohorts(probability, dates, end, outcomes),
        "end": _name(end),
    }


def _binned(values: pl.Series) -> dict[str, Any]:
    if values.dtype.is_numeric():
        edges = _deciles(values.drop_nulls().to_numpy())
        return {"kind": "number", "edges": edges, "counts": _counts(_places_of_numbers(values, edges), len(edges))}
    names = values.cast(pl.String)
    shares = names.drop_nulls().value_counts(name="count").filter(pl.col("count") >= _LEAST_SHARE * len(values))
    kept = sorted(shares.to_series(0))
    places = names.replace_strict({name: at for at, name in enumerate(kept)}, default=len(kept), return_dtype=pl.Int64)
    missing = names.is_null().to_numpy()
    return {
        "kind": "category",
        "names": kept,
        "counts": _counts(np.where(missing, len(kept) + 1, places.to_numpy()), len(kept)),
    }


def _deciles(numbers: np.ndarray) -> list[float]:
    if not len(numbers):
        return []
    ordered = np.sort(numbers)
    places = [max(0, -(-(cut + 1) * len(ordered) // _NUMBER_BINS) - 1) for cut in range(_NUMBER_BINS - 1)]
    return np.unique(ordered[places]).astype(float).tolist()


def _places_of_numbers(values: pl.Series, edges: list[float]) -> np.ndarray:
    numbers = values.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left"))


def _counts(places: np.ndarray, named: int) -> list[int]:
    return np.bincount(places, minlength=named + 2).tolist()


def _cohorts(probability: np.ndarray, dates: pl.Series, end: dt.date, outcomes: pl.DataFrame) -> list[dict[str, Any]]:
    loans = outcomes.select(
        dates.dt.truncate("1mo").alias("month"),
        pl.Series("probability", probability),
        pl.col("knownAt").dt.truncate("1mo"),
        pl.col("defaulted").cast(pl.Int64),
    )
    known = (
        loans.filter(pl.col("knownAt") < end)
        .group_by("month", "knownAt")
        .agg((1 - pl.col("defaulted")).sum().alias("paid"), pl.col("defaulted").sum())
        .sort("month", "knownAt")
    )
    triples = _triples(known)
    months = loans.group_by("month").agg(pl.len().alias("loans"), pl.col("probability").sum()).sort("month")
    return [
        {"month": _name(month), "loans": count, "probability": round(total, 6), "outcomes": triples.get(month, [])}
        for month, count, total in months.iter_rows()
    ]


def _triples(known: pl.DataFrame) -> dict[dt.date, list[list[Any]]]:
    found: dict[dt.date, list[list[Any]]] = {}
    for month, at, paid, defaulted in known.iter_rows():
        found.setdefault(month, []).append([_name(at), paid, defaulted])
    return found


def _name(month: dt.date) -> str:
    return f"{month:%Y-%m}"
