"""Snapshots of the table: how long each can be read, and how they go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.history.table import CATALOG, Table


def expire(spark: SparkSession, table: Table, before: dt.datetime) -> int:
    """Expire the snapshots that another took the place of before an instant, and delete the files that only they had.

    The age that Iceberg goes by is that of the snapshot itself. Here a snapshot that was the current one for years is
    kept as long as any other.

    Returns:
        how many were expired; where none is due this reads the table's metadata, and no more.
    """
    made = spark.sql(
        f"SELECT snapshot_id AS id, unix_micros(committed_at) AS at FROM {table.identifier}.snapshots ORDER BY at"
    ).collect()
    limit = before.timestamp() * 1e6
    due = [snapshot["id"] for snapshot, following in pairwise(made) if following["at"] < limit]
    if due:
        spark.sql(
            # With its catalogue: a database may be called as the catalogue is. And none by Iceberg's own age.
            f"CALL {CATALOG}.system.expire_snapshots(table => '{table.identifier}', "
            f"snapshot_ids => ARRAY({', '.join(map(str, due))}), older_than => TIMESTAMP '1970-01-01 00:00:00')"
        )
    return len(due)


def try_to_expire(spark: SparkSession, table: Table, before: dt.datetime, say: Callable[[str], None]) -> bool:
    """Expire snapshots after a run, which must not fail for that: its loans are in the table.

    Returns:
        whether it was done; the next run tries again.
    """
    try:
        expire(spark, table, before)
    except (PySparkException, Py4JError) as error:
        say(f"snapshots were not expired, and the next run tries again: {error}")
        return False
    return True
