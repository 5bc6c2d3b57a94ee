"""Erasure: a person's loans leave the table and its snapshots, and come back with no later run.

Who is erased is a list of pseudonyms in the folder of the runs' state, and in no argument and no text of SQL: arguments
of a run and plans of Spark are in logs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.history.snapshots import expire
from jobs.history.storage import exists, read_json
from jobs.history.table import Table, current_snapshot

_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Erased:
    """What an erasure has done to the table."""

    removed: int
    """Loans that were in the current snapshot."""
    left: int
    """Loans of the persons in snapshots that can still be read, and files of no snapshot that could not be deleted."""


def erase(spark: SparkSession, table: Table, state: str) -> Erased:
    """Take the listed persons out of the table, and out of what it was before.

    The rows are deleted, which writes their data files anew without them; every snapshot before is expired, which
    deletes the files that only those had; and so are files of no snapshot, which a run leaves that is killed. It may be
    cut off anywhere and run again. No other run may be under way: its files are in no snapshot yet.

    Args:
        spark: a session with the table's catalogue.
        table: the table; there may be none.
        state: the folder of what runs leave for the next, with the list.
    """
    persons = erased_persons(spark, state, table.person)
    if persons is None or current_snapshot(spark, table) is None:
        return Erased(0, 0)
    removed = _of_persons(spark.table(table.identifier), persons).count()
    if removed:
        persons.createOrReplaceTempView("erased")
        spark.sql(f"DELETE FROM {table.identifier} WHERE `{table.person}` IN (SELECT `{table.person}` FROM erased)")
    expire(spark, table, _EVER)
    orphans = _delete_orphans(spark, table)
    left = sum(
        _of_persons(spark.read.option("snapshot-id", row["snapshot_id"]).table(table.identifier), persons).count()
        for row in spark.sql(f"SELECT snapshot_id FROM {table.identifier}.snapshots").collect()
    )
    return Erased(removed, left + sum(exists(spark, orphan) for orphan in orphans))


def erased_persons(spark: SparkSession, state: str, column: str) -> DataFrame | None:
    """Pseudonyms of the persons who may not come back, each once, in one column; None if there are none."""
    listed = read_json(spark, f"{state.rstrip('/')}/erased.json")
    if not listed:
        return None
    return spark.createDataFrame([(person,) for person in sorted(set(listed))], f"`{column}` string")


def _of_persons(loans: DataFrame, persons: DataFrame) -> DataFrame:
    return loans.join(persons, persons.columns, "left_semi")


def _delete_orphans(spark: SparkSession, table: Table) -> Sequence[str]:
    """Delete the files of the table's folder that are in no snapshot; returns their addresses.

    By Iceberg's action: its procedure of SQL leaves alone what is younger than a day.
    """
    java: Any = spark._jvm
    session = spark._jsparkSession
    loaded = java.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(session, table.identifier)
    action = java.org.apache.iceberg.spark.actions.SparkActions.get(session).deleteOrphanFiles(loaded)
    now = java.java.lang.System.currentTimeMillis()
    return list(action.olderThan(now).execute().orphanFileLocations())
