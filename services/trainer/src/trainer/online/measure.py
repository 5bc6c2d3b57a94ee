"""Do the online features make the model better on later years? Measured with intervals, on the same loans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.boosting import DEFAULTS, fit_boosting
from trainer.features import Definition, encode, features_of, fit_encoding
from trainer.loans import between
from trainer.metrics import quality
from trainer.online.known import read_with_knowledge
from trainer.online.windows import counts_before, with_groups

#: Resamples of the loans for an interval.
RESAMPLES = 200


class Period(msgspec.Struct):
    """Learn from the loans of the first two days' years, measure on those of the last two; days, all included."""

    train_first: dt.date
    train_last: dt.date
    first: dt.date
    last: dt.date


def measure(
    csv: Path, definition: Definition, periods: list[Period], cost_ratio: float, seed: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Fit the model with and without the counts, for each period.

    Returns:
        For each period its days, ``rows``, ``without`` and ``with`` (quality by :func:`trainer.metrics.quality`) and
        ``gain``: by measure the difference "with" less "without" and its 95 % interval by a paired bootstrap.
    """
    loans = with_groups(read_with_knowledge(csv).collect().sort("submittedAt", "applicationId"))
    counts = counts_before(loans)
    return [_period(loans, counts, definition, period, cost_ratio, seed, say) for period in periods]


def _period(
    loans: pl.DataFrame,
    counts: pl.DataFrame,
    definition: Definition,
    period: Period,
    cost_ratio: float,
    seed: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    known = pl.col("defaulted").is_not_null()
    all_loans = loans.hstack(counts).filter(known)
    train = between(all_loans.lazy(), period.train_first, period.train_last).collect()
    test = between(all_loans.lazy(), period.first, period.last).collect()
    defaulted = train["defaulted"].cast(pl.Int8).to_numpy()
    outcome = test["defaulted"].cast(pl.Int8).to_numpy()
    encodings = fit_encoding(features_of(train, definition), defaulted, definition)
    names = [encoding.name for encoding in encodings]
    base = [encode(features_of(each, definition), encodings) for each in (train, test)]
    more = [each.select(counts.columns).to_numpy().astype(np.float32) for each in (train, test)]
    both = [np.hstack(pair) for pair in zip(base, more, strict=True)]
    columns = [name.replace(".", "_") for name in counts.columns]
    without = np.asarray(fit_boosting(base[0], names, defaulted, seed, DEFAULTS).predict(base[1]))
    with_counts = np.asarray(fit_boosting(both[0], names + columns, defaulted, seed, DEFAULTS).predict(both[1]))
    result = {
        **msgspec.to_builtins(period),
        "rows": len(test),
        "without": quality(without, outcome, cost_ratio),
        "with": quality(with_counts, outcome, cost_ratio),
        "gain": _gain(without, with_counts, outcome, cost_ratio, seed),
    }
    say(f"{period.train_first.year}-{period.train_last.year} to {period.first.year}-{period.last.year}: {result}")
    return result


def _gain(
    without: np.ndarray, with_counts: np.ndarray, outcome: np.ndarray, cost_ratio: float, seed: int
) -> dict[str, list[float]]:
    """Differences and their 95 % intervals: point, low, high."""
    random = np.random.default_rng(seed)

    def difference(rows: np.ndarray) -> list[float]:
        old, new = (quality(p[rows], outcome[rows], cost_ratio) for p in (without, with_counts))
        return [float(new[name] or 0) - float(old[name] or 0) for name in _MEASURES]

    drawn = np.array([difference(random.integers(0, len(outcome), len(outcome))) for _ in range(RESAMPLES)])
    point = difference(np.arange(len(outcome)))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return {name: [point[i], float(low[i]), float(high[i])] for i, name in enumerate(_MEASURES)}


_MEASURES = ("auc", "brier", "cost")
