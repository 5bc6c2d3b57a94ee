"""What a run is to do, and the loans that its first step has left for the others."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.features import Definition, encode, features_of, fit_encoding
from trainer.guard import refuse_leaks
from trainer.history import History
from trainer.store import Store

Say = Callable[[str], None]


class Plan(msgspec.Struct):
    """What a run is to do; its first step writes it down for the others."""

    first: dt.date
    last: dt.date
    seed: int
    costRatio: float
    #: Id of the data: ``iceberg:`` and that of the table's snapshot, or ``sha256:`` and the digest of the file.
    snapshot: str
    #: Years that the search measures on.
    folds: int = 2
    #: Values of features that all loans have, such as ``{"state": "CA"}``; none means all loans of the period.
    segment: dict[str, str] = {}


class Prepared(msgspec.Struct):
    """The loans of a run, in order of time, without anything that names an applicant."""

    plan: Plan
    definition: Definition
    dates: pl.Series
    features: pl.DataFrame
    #: 0 or 1, shape (rows,).
    defaulted: np.ndarray
    #: Days since which the outcomes were known; None if the source does not tell.
    known_at: pl.Series | None = None


def prepare(run: Store, history: History, definition: Definition, plan: Plan, say: Say) -> None:
    """Make the features of the loans, and stop if one tells the outcome.

    Raises:
        InputError: names the feature that separates too well.
    """
    known, defaulted = history.known, history.defaulted
    say(f"{len(known)} loans of {plan.first} to {plan.last}, {100 * defaulted.mean():.1f} % charged off")
    features = features_of(known, definition)
    # The guard measures on every other loan: numbers of categories that knew those would tell how they ended, where
    # there are few loans of each.
    encodings = fit_encoding(features[::2], defaulted[::2], definition)
    separation = refuse_leaks(encode(features, encodings), [each.name for each in encodings], defaulted)
    say("no feature tells the outcome by itself")
    table = io.BytesIO()
    features.with_columns(
        known["submittedAt"].alias("_date"),
        pl.Series("_defaulted", defaulted),
        *(known[name].alias("_knownAt") for name in known.columns if name == "knownAt"),
    ).write_parquet(table)
    write_json(run, "definition.json", definition)
    run.write("loans.parquet", table.getvalue())
    # Last: a run that has a plan is prepared.
    facts = {"withoutOutcome": history.without_outcome, "aucOfEachFeatureAlone": separation}
    write_json(run, "plan.json", {**msgspec.to_builtins(plan), **facts})


def read_prepared(run: Store) -> Prepared:
    """What ``prepare`` has left."""
    table = pl.read_parquet(io.BytesIO(run.read("loans.parquet")))
    return Prepared(
        msgspec.json.decode(run.read("plan.json"), type=Plan),
        msgspec.json.decode(run.read("definition.json"), type=Definition),
        table["_date"],
        table.drop("_date", "_defaulted", "_knownAt", strict=False),
        table["_defaulted"].to_numpy(),
        table["_knownAt"] if "_knownAt" in table.columns else None,
    )


def write_json(run: Store, name: str, content: Any) -> None:  # noqa: ANN401
    """Write a file of the run as JSON."""
    run.write(name, msgspec.json.encode(content))
