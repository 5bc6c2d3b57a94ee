"""The batch job: raw loan history in, a typed table out, partitioned by the year of approval.

Runs on Glue and on any Spark: ``--source`` and ``--target`` are addresses that Spark can read and write.
"""

from __future__ import annotations

import argparse
import sys

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

SOURCE_COLUMNS = (
    "LoanNr_ChkDgt",
    "State",
    "BankState",
    "NAICS",
    "ApprovalDate",
    "NoEmp",
    "MIS_Status",
    "GrAppv",
    "SBA_Appv",
)


class SourceError(ValueError):
    """The source can't be read as loan history; nothing was written."""


def money(column: str) -> Column:
    """US dollars as written in the source, such as ``"$60,000.00 "``."""
    return f.regexp_replace(f.col(column), r"[$,\s]", "").cast("double")


def curate(raw: DataFrame) -> DataFrame:
    """The curated table: what is known when a loan is decided on, and its outcome.

    Raises:
        SourceError: names the columns that are missing.
    """
    missing = [column for column in SOURCE_COLUMNS if column not in raw.columns]
    if missing:
        raise SourceError(f"the source has no column {', '.join(missing)}: it has {', '.join(raw.columns)}")
    approved = f.to_date(f.col("ApprovalDate"), "d-MMM-yy")
    # Two-digit years are read as 2000 to 2099; the oldest loan is of 1961.
    date = f.when(approved > f.lit("2040-01-01"), f.add_months(approved, -1200)).otherwise(approved)
    return raw.select(
        f.col("LoanNr_ChkDgt").alias("application_id"),
        date.alias("approval_date"),
        f.col("State").alias("state"),
        f.col("BankState").alias("lender_state"),
        f.col("NAICS").alias("industry_code"),
        money("GrAppv").alias("requested_amount"),
        money("SBA_Appv").alias("guaranteed_amount"),
        f.col("NoEmp").cast("int").alias("employees"),
        f.when(f.col("MIS_Status") == "CHGOFF", True)
        .when(f.col("MIS_Status") == "P I F", False)
        .alias("defaulted"),
        f.year(date).alias("approval_year"),
    )


def run(spark: SparkSession, source: str, target: str) -> int:
    """Curate the source into the target, replacing the partitions that it has loans for.

    A run again over the same source leaves the same table.

    Returns:
        The number of loans written.
    """
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    raw = spark.read.csv(source, header=True, escape='"')
    curated = curate(raw).repartition("approval_year").cache()
    curated.write.mode("overwrite").partitionBy("approval_year").parquet(target)
    return curated.count()


def main(arguments: list[str]) -> None:
    """Entry point on Glue, which passes arguments of its own beside ours."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    options, _ = parser.parse_known_args(arguments)
    spark = SparkSession.builder.appName("history").getOrCreate()
    written = run(spark, options.source, options.target)
    print(f"{written} loans from {options.source} are in {options.target}")


if __name__ == "__main__":
    main(sys.argv[1:])
