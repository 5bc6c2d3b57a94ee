"""The Iceberg table: its catalogue, its schema as it changes, and what a run adds to it in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructField, StructType
from pyspark.sql.utils import AnalysisException

from jobs.history.definitions import Definitions, in_table

CATALOG = "history"
"""Spark's name for the catalogue; it is no part of the table's name in Glue."""

_PROPERTIES = {
    "format-version": "2",
    # A reader needs nothing but the data files of a snapshot.
    "write.merge.mode": "copy-on-write",
    "write.parquet.compression-codec": "zstd",
    # Rows come to their partition by a shuffle: then one task writes few partitions, and need not sort.
    "write.spark.fanout.enabled": "true",
}


@dataclass(frozen=True)
class Table:
    """The table's place, and what its rows are known, parted and erased by."""

    database: str
    name: str
    key: str
    partition: str
    person: str
    """Column of the pseudonyms, by which a person is erased."""

    @property
    def identifier(self) -> str:
        """What SQL calls it."""
        return f"{CATALOG}.`{self.database}`.`{self.name}`"


def table_of(definitions: Definitions, database: str, name: str) -> Table:
    """The table of the definitions' rows, in a place."""
    _, person, _ = definitions.pseudonymised
    return Table(database, name, in_table(definitions.key), in_table(definitions.partition), person)


@dataclass(frozen=True)
class Merged:
    """What a run has done to the table."""

    snapshot: int
    """The table's snapshot after the run, whether or not it is new."""
    added: int
    changed: int


def catalog_settings(kind: str, warehouse: str) -> Mapping[str, str]:
    """Settings of the session, to be made before it starts.

    Args:
        kind: ``glue`` for the Glue Data Catalog, whose commits are atomic whatever the store; ``hadoop`` keeps the
            catalogue in the warehouse, for tests on a file system.
        warehouse: the folder of databases that have no folder of their own.
    """
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.type": kind,
        f"{catalog}.warehouse": warehouse.rstrip("/"),
        # One way to S3 for raw files, table and reports: Hadoop's S3A.
        f"{catalog}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
    }


def current_snapshot(spark: SparkSession, table: Table) -> int | None:
    """The id of the table's snapshot; None if there is no table or nothing was ever written to it."""
    try:
        refs = spark.sql(f"SELECT snapshot_id FROM {table.identifier}.refs WHERE name = 'main'").collect()
    except AnalysisException as error:
        if error.getErrorClass() != "TABLE_OR_VIEW_NOT_FOUND":
            raise
        return None
    return refs[0]["snapshot_id"] if refs else None


def merge(spark: SparkSession, table: Table, loans: DataFrame) -> Merged:
    """Bring the table to what the loans say, in one commit or, when they say nothing new, in none.

    Loans are told by their key, which must be unique; those of the table that are not among them stay. A run that is
    killed leaves the table at the snapshot before: its files are then in no snapshot.
    """
    _prepare(spark, table, loans.schema)
    before = current_snapshot(spark, table)
    aligned = _align(loans, spark.table(table.identifier).schema)
    if before is None:
        aligned.writeTo(table.identifier).append()
        return Merged(_snapshot(spark, table), _added(spark, table), 0)
    changes = _changes(aligned, spark.table(table.identifier), table.key).persist()
    try:
        counted = changes.agg(f.count_if("_is_new").alias("new"), f.count("*").alias("all")).collect()[0]
        added, changed = counted["new"], counted["all"] - counted["new"]
        if added or changed:
            _merge(spark, table, changes.drop("_is_new"))
        return Merged(_snapshot(spark, table), added, changed)
    finally:
        changes.unpersist()


def _prepare(spark: SparkSession, table: Table, schema: StructType) -> None:
    """Create the table, or add the columns and features that it lacks; none is ever taken away."""
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {CATALOG}.`{table.database}`")
    columns = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in schema.fields)
    # The lowest and the highest value of a file are kept beside it, longer than the file: not so of pseudonyms.
    given = {**_PROPERTIES, f"write.metadata.metrics.column.{table.person}": "counts"}
    properties = ", ".join(f"'{name}' = '{value}'" for name, value in given.items())
    spark.sql(
        f"CREATE TABLE IF NOT EXISTS {table.identifier} ({columns}) USING iceberg "
        f"PARTITIONED BY (`{table.partition}`) TBLPROPERTIES ({properties})"
    )
    for column in _lacking(schema, spark.table(table.identifier).schema):
        spark.sql(f"ALTER TABLE {table.identifier} ADD COLUMN {column}")


def _lacking(wanted: StructType, there: StructType, prefix: str = "") -> list[str]:
    """What to add, as SQL; of a struct that is there, the fields that it lacks."""
    lacking: list[str] = []
    for field in wanted.fields:
        name = f"{prefix}`{field.name}`"
        if field.name not in there.fieldNames():
            lacking.append(f"{name} {field.dataType.simpleString()}")
            continue
        inner = there[field.name].dataType
        if isinstance(field.dataType, StructType) and isinstance(inner, StructType):
            lacking += _lacking(field.dataType, inner, f"{name}.")
    return lacking


def _align(loans: DataFrame, schema: StructType) -> DataFrame:
    """The loans with the table's columns in its order; a column that they no longer have is null."""
    return loans.select(*(_aligned(loans.schema, field, "").alias(field.name) for field in schema.fields))


def _aligned(source: StructType, field: StructField, prefix: str) -> Column:
    if field.name not in source.fieldNames():
        return f.lit(None).cast(field.dataType)
    path = f"{prefix}`{field.name}`"
    inner = source[field.name].dataType
    if isinstance(field.dataType, StructType) and isinstance(inner, StructType):
        return f.struct(*(_aligned(inner, each, f"{path}.").alias(each.name) for each in field.dataType.fields))
    return f.col(path).cast(field.dataType)


def _changes(loans: DataFrame, current: DataFrame, key: str) -> DataFrame:
    """The loans that the table has not, or has otherwise, and whether each ``_is_new``."""
    new, old = loans.alias("new"), current.alias("old")
    same = reduce(
        lambda one, other: one & other,
        (f.expr(f"new.`{name}` <=> old.`{name}`") for name in loans.columns if name != key),
    )
    is_new = f.isnull(f"old.{key}")
    joined = new.join(old, f.col(f"new.{key}") == f.col(f"old.{key}"), "left").where(is_new | ~same)
    return joined.select("new.*", is_new.alias("_is_new"))


def _merge(spark: SparkSession, table: Table, changes: DataFrame) -> None:
    changes.createOrReplaceTempView("changes")
    spark.sql(
        f"MERGE INTO {table.identifier} AS old USING changes AS new ON old.`{table.key}` = new.`{table.key}` "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def _snapshot(spark: SparkSession, table: Table) -> int:
    snapshot = current_snapshot(spark, table)
    assert snapshot is not None, "a table that was written to has a snapshot"
    return snapshot


def _added(spark: SparkSession, table: Table) -> int:
    summary = spark.sql(f"SELECT summary['added-records'] FROM {table.identifier}.snapshots").collect()
    return int(summary[0][0] or 0)
