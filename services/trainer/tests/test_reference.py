"""What is registered as normal, against the binning and the cohorts of the drift monitor (TypeScript)."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import polars as pl
import pytest
from conftest import SAMPLE
from test_drift_oracle import NODE, in_node

from trainer.features import features_of
from trainer.history import read_history
from trainer.reference import reference_of
from trainer.train import train


@pytest.fixture
def made(training, definition, registry):
    version = train(training, definition, registry, lambda _: None)["version"]
    return msgspec.json.decode(registry.read(f"{version}/reference.json"))


def test_it_counts_the_last_year_and_every_known_outcome_of_training(made, training) -> None:
    known = read_history(SAMPLE, training.first, training.last).known
    last_year = known.filter(pl.col("submittedAt") >= dt.date(2003, 1, 1))
    assert {sum(each["counts"]) for each in made["population"].values()} == {len(last_year)}
    cohorts = made["cohorts"]
    assert sum(cohort["loans"] for cohort in cohorts) == len(known)
    in_time = known.filter(pl.col("knownAt") < dt.date(2004, 1, 1))
    told = [(paid, defaulted) for cohort in cohorts for _, paid, defaulted in cohort["outcomes"]]
    assert sum(paid + defaulted for paid, defaulted in told) == len(in_time)
    assert sum(defaulted for _, defaulted in told) == in_time["defaulted"].sum()
    assert made["end"] == "2004-01"


def test_nothing_that_became_known_after_training_is_in_it(made) -> None:
    months = [month for cohort in made["cohorts"] for month, *_ in cohort["outcomes"]]
    assert max(months) < made["end"]


@pytest.mark.skipif(not NODE.exists(), reason="npm ci brings the Node that runs the handlers")
def test_values_are_binned_as_the_drift_monitor_does(made, training, definition) -> None:
    known = read_history(SAMPLE, training.first, training.last).known
    features = features_of(known.filter(pl.col("submittedAt") >= dt.date(2003, 1, 1)), definition)
    values = {name: features[name].to_list() for name in features.columns}
    binned = "given.map(v => ({ ...m.binsOf(v), counts: m.countIn(m.binsOf(v), v) }))"
    found = in_node("bins.ts", binned, list(values.values()))
    assert found == [made["population"][name] for name in features.columns]


def test_without_the_days_on_which_outcomes_were_known_there_are_no_cohorts() -> None:
    dates = pl.Series([dt.date(2003, 1, 1), dt.date(2003, 5, 1)])
    made = reference_of(pl.DataFrame({"amount": [1.0, None]}), np.array([0.1, 0.3]), dates, dt.date(2003, 12, 31), None)
    assert made["cohorts"] is None
    # One edge for the one value; nothing above it, and one that is not known.
    assert made["population"]["amount"] == {"kind": "number", "edges": [1.0], "counts": [1, 0, 1]}
