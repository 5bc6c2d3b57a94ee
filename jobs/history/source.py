"""The files of the source, and their rows as the job reads them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StringType, StructType

from jobs.history.columns import read_as_typed
from jobs.history.definitions import Column
from jobs.history.quality import FILE
from jobs.history.storage import File, read_start

ORDER = "_order"
"""Of each row, the place of its file from the oldest to the newest."""


class SourceError(ValueError):
    """There is nothing to read; nothing was written."""


def read_header(spark: SparkSession, file: File) -> list[str]:
    """The names of a file's columns, by its first line."""
    return next(csv.reader(read_start(spark, file.path).splitlines()), [])


def header_problem(header: Sequence[str], columns: Sequence[Column]) -> str | None:
    """Why the rows under a header can't be read, in a sentence; None if they can."""
    if missing := [column.source for column in columns if column.source not in header]:
        return f"no column {', '.join(missing)}; it has {len(header)} columns, and needs those of the SBA 7(a) loans"
    if len({name.lower() for name in header}) < len(header):
        return "two columns have one name, as far as letters go: name each its own"
    return None


def read_rows(spark: SparkSession, files: Sequence[tuple[File, Sequence[str]]], columns: Sequence[Column]) -> DataFrame:
    """The rows of files, each with its header, under the names of the fields, with FILE and ORDER."""
    parts = [
        _read(spark, file, header, columns).withColumns({FILE: f.lit(file.path), ORDER: f.lit(order)})
        for order, (file, header) in enumerate(files)
    ]
    return reduce(DataFrame.unionByName, parts)


def _read(spark: SparkSession, file: File, header: Sequence[str], columns: Sequence[Column]) -> DataFrame:
    schema = StructType()
    for name in header:
        schema.add(name, StringType())
    # What stands for other characters in a pattern is meant as it is.
    literal = re.sub(r"([\\\[\]{}*?])", r"\\\1", file.path)
    raw = spark.read.schema(schema).csv(literal, header=True, escape='"')
    return raw.select(*map(read_as_typed, columns))
