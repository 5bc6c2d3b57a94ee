"""When the bank knew how a loan ended. The one rule for training, back-fill and the replay of drift.

- A default is known 90 days after its charge-off: the lender charges off, reports, and the report is booked.
- A loan is known to be paid at the end of its term. The source has no day on which it was repaid, and one repaid early
  was known earlier, so this is later than the truth and never before it. The term of a paid loan is the agreed one;
  that of a default was cut at the charge-off and is not read.
- Nothing is known later than the data: what would be is known at its end, since the source tells it.
- An outcome without a day is known at the end of the data.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from trainer.loans import InputError, read_loans

#: Days from a charge-off until the bank knows.
REPORTING_DAYS = 90
#: The source was drawn in the summer of 2014.
DATA_END = dt.date(2014, 6, 30)
#: Months of the longest term that is taken for real; a missing one counts as this.
LONGEST_TERM = 600

_COLUMNS = ("ChgOffDate", "Term", "ChgOffPrinGr")


def read_with_knowledge(csv: Path, data_end: dt.date = DATA_END) -> pl.LazyFrame:
    """The loans of :func:`trainer.loans.read_loans` with what was learned of them later.

    Returns:
        Its columns, and ``occurredAt`` and ``knownAt`` (days; null without an outcome), ``chargedOff`` (US dollars, 0
        for a paid loan).

    Raises:
        InputError: if the file has not the columns.
    """
    loans = read_loans(csv)
    raw = pl.scan_csv(csv, infer_schema=False)
    missing = [name for name in _COLUMNS if name not in raw.collect_schema().names()]
    if missing:
        raise InputError(f"{csv} has no column {', '.join(missing)}: without them nobody can tell when it was known")
    day = pl.col("ChgOffDate").str.strip_chars().str.to_date("%d-%b-%y", strict=False)
    later = raw.select(
        day.alias("_chargedOffAt"),
        pl.col("Term").str.strip_chars().cast(pl.Int64, strict=False).clip(0, LONGEST_TERM).alias("_term"),
        pl.col("ChgOffPrinGr").str.replace_all(r"[$,\s]", "").cast(pl.Float64, strict=False).alias("_principal"),
    )
    defaulted = pl.col("defaulted")
    end_of_term = pl.col("submittedAt").dt.offset_by(pl.format("{}mo", pl.col("_term").fill_null(LONGEST_TERM)))
    occurred = pl.when(defaulted).then(pl.col("_chargedOffAt")).otherwise(end_of_term)
    no_later = pl.min_horizontal(occurred.fill_null(data_end), pl.lit(data_end))
    # A charge-off that is booked before the approval is a slip of the source.
    occurred_at = pl.max_horizontal(no_later, "submittedAt")
    reported = pl.col("occurredAt").dt.offset_by(f"{REPORTING_DAYS}d")
    known = pl.when(defaulted).then(reported).otherwise(pl.col("occurredAt"))
    known_at = pl.max_horizontal(pl.min_horizontal(known, pl.lit(data_end)), "occurredAt")
    has_outcome = defaulted.is_not_null()
    return (
        pl.concat([loans, later], how="horizontal")
        .with_columns(pl.when(has_outcome).then(occurred_at).alias("occurredAt"))
        .with_columns(
            pl.when(has_outcome).then(known_at).alias("knownAt"),
            pl.when(defaulted).then(pl.col("_principal").fill_null(0.0)).otherwise(0.0).alias("chargedOff"),
        )
        .drop("_chargedOffAt", "_term", "_principal")
    )
