"""Expiry: snapshots can be read for their time, and a run does not fail for them."""

from __future__ import annotations

import datetime as dt

import pytest

from jobs.history.snapshots import expire, try_to_expire


@pytest.fixture
def twice(runs, write_loans):
    """A table of two snapshots."""
    for name in ("loans-1.csv", "loans-2.csv"):
        write_loans({}, name=name)
        runs.run()
    return runs


def in_days(days):
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def test_snapshots_are_kept_for_their_time_and_the_current_one_for_ever(twice):
    first, last = twice.snapshots()
    table = twice.job().table
    assert expire(twice.spark, table, in_days(-365)) == 0
    assert twice.snapshots() == [first, last]
    assert expire(twice.spark, table, in_days(365)) == 1
    assert twice.snapshots() == [last]
    assert expire(twice.spark, table, in_days(365)) == 0
    assert len(twice.loans()) == 2


def test_the_time_of_a_snapshot_begins_when_another_takes_its_place(runs, write_loans):
    write_loans({}, name="loans-1.csv")
    runs.run()
    between = in_days(0)
    write_loans({}, name="loans-2.csv")
    runs.run()
    assert expire(runs.spark, runs.job().table, between) == 0
    assert len(runs.snapshots()) == 2


def test_an_expiry_that_fails_is_told_and_takes_nothing(twice):
    snapshots, said = twice.snapshots(), []
    twice.spark.sql(f"ALTER TABLE history.tests.{twice.name} SET TBLPROPERTIES ('gc.enabled' = 'false')")
    assert not try_to_expire(twice.spark, twice.job().table, in_days(365), said.append)
    assert "snapshots were not expired" in said[0]
    assert twice.snapshots() == snapshots
    assert try_to_expire(twice.spark, twice.job().table, in_days(-365), said.append)
