"""The batch job: raw loan history in, a typed table out, partitioned by the fiscal year of approval.

Runs on Glue and on any Spark: it asks Spark for nothing that only Glue has, so there is no Glue context to set up.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

SOURCE_COLUMNS = (
    "LoanNr_ChkDgt",
    "State",
    "BankState",
    "NAICS",
    "ApprovalDate",
    "ApprovalFY",
    "NoEmp",
    "MIS_Status",
    "GrAppv",
    "SBA_Appv",
)

PARTITION = "approval_year"
"""The US fiscal year of approval: that of 1997 ended on 30 September 1997."""

# Two digits of a year are read as 2000 to 2099, and the oldest loan is of 1961.
_LAST_DAY = "2040-12-31"
_CENTURY_MONTHS = 1200


class SourceError(ValueError):
    """The source can't be read as loan history; nothing was written."""


@dataclass(frozen=True)
class Counts:
    """What a run has written."""

    loans: int
    years: int
    without_outcome: int
    """Loans that neither were paid back nor charged off, as far as the source tells."""


def read(spark: SparkSession, source: str) -> DataFrame:
    """The source as it is, every column a string; a file whose header differs from the others' fails the read."""
    return spark.read.csv(source, header=True, escape='"', enforceSchema=False)


def curate(raw: DataFrame) -> DataFrame:
    """The curated table: what is known when a loan is decided on, and its outcome; amounts are in US dollars.

    A value that can't be read as its column's type is null.

    Raises:
        SourceError: names the columns that are missing.
    """
    missing = [column for column in SOURCE_COLUMNS if column not in raw.columns]
    if missing:
        raise SourceError(
            f"the source has no column {', '.join(missing)}: it has {', '.join(raw.columns)}; "
            "upload a file with the columns of the SBA 7(a) loans"
        )
    return raw.select(
        _text("LoanNr_ChkDgt").alias("application_id"),
        _date("ApprovalDate").alias("approval_date"),
        _text("State").alias("state"),
        _text("BankState").alias("lender_state"),
        _text("NAICS").alias("industry_code"),
        _money("GrAppv").alias("requested_amount"),
        _money("SBA_Appv").alias("guaranteed_amount"),
        _text("NoEmp").cast("int").alias("employees"),
        _outcome("MIS_Status").alias("defaulted"),
        _fiscal_year("ApprovalFY").alias(PARTITION),
    )


def check(curated: DataFrame) -> Counts:
    """Count the loans.

    Raises:
        SourceError: if there is none, or if some have no identifier or no fiscal year and thus no place in the table.
    """
    unplaced = f.isnull("application_id") | f.isnull(PARTITION)
    counted = curated.agg(
        f.count("*").alias("loans"),
        f.count_distinct(PARTITION).alias("years"),
        f.count_if(f.isnull("defaulted")).alias("without_outcome"),
        f.count_if(unplaced).alias("unplaced"),
    ).collect()[0]
    if counted["loans"] == 0:
        raise SourceError("the source has no loan: upload one CSV file or more, each with a header")
    if counted["unplaced"]:
        raise SourceError(
            f"{counted['unplaced']} of {counted['loans']} loans have no LoanNr_ChkDgt, or no ApprovalFY that begins "
            "with four digits: mend these rows of the source"
        )
    return Counts(counted["loans"], counted["years"], counted["without_outcome"])


def run(spark: SparkSession, source: str, target: str) -> Counts:
    """Curate the source into the target, replacing the years that it has loans of.

    Running it again over the same source leaves the same table. Nothing in the table changes before every file of the
    run is complete; the years are then moved into place one by one, so a run that is killed in that moment is to be
    run again.

    Raises:
        SourceError: the table is as it was.
    """
    curated = curate(read(spark, source)).cache()
    try:
        counts = check(curated)
        writer = curated.repartition(PARTITION).write.mode("overwrite").option("partitionOverwriteMode", "dynamic")
        writer.partitionBy(PARTITION).parquet(target)
        return counts
    finally:
        # The session would answer the next read of the same address from this one's rows.
        curated.unpersist()


def main(arguments: list[str]) -> None:
    """Run with ``--source`` and ``--target``, addresses that Spark can read and write; Glue adds some of its own."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    options, _ = parser.parse_known_args(arguments)
    spark = SparkSession.builder.appName("history").getOrCreate()
    # The parser of Spark 3 alone: it gives null for what it can't read, where the default would stop the job.
    spark.conf.set("spark.sql.legacy.timeParserPolicy", "CORRECTED")
    counts = run(spark, options.source, options.target)
    print(
        f"{counts.loans} loans of {counts.years} fiscal years, {counts.without_outcome} of them without an outcome, "
        f"are in {options.target}"
    )


def _text(column: str) -> Column:
    trimmed = f.trim(f.col(column))
    return f.when(trimmed != "", trimmed)


def _money(column: str) -> Column:
    """US dollars as written in the source, such as ``"$60,000.00 "``."""
    return f.regexp_replace(f.col(column), r"[$,\s]", "").cast("double")


def _date(column: str) -> Column:
    """A day as written in the source, such as ``28-Feb-97``."""
    day = f.to_date(_text(column), "d-MMM-yy")
    return f.when(day > f.lit(_LAST_DAY), f.add_months(day, -_CENTURY_MONTHS)).otherwise(day)


def _fiscal_year(column: str) -> Column:
    """Four digits; the source writes that of the quarter in which the fiscal year was moved as ``1976A``."""
    return f.regexp_extract(_text(column), r"^(\d{4})A?$", 1).cast("int")


def _outcome(column: str) -> Column:
    return f.when(f.col(column) == "CHGOFF", True).when(f.col(column) == "P I F", False)


if __name__ == "__main__":
    main(sys.argv[1:])
