"""Reads loan history, and turns its rows into applications as they would have been posted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

# A copy of schemas/loans.json, which the batch job and the catalogue follow too: `node scripts/schemas.ts` writes it.
_DEFINITION: dict[str, Any] = json.loads(files("trainer").joinpath("loans.json").read_text())
_OUTCOME = _DEFINITION["outcome"]
# The fiscal year is where the history keeps a loan; no application states it.
_READ = tuple(
    column for column in _DEFINITION["columns"] if "field" in column and column["field"] != _DEFINITION["partition"]
)
_STATED = tuple(column for column in _READ if column["field"] != _OUTCOME)

#: Columns that an application is made of.
APPLICATION_COLUMNS = tuple(column["source"] for column in _STATED)

#: Columns that are known only after the decision. None of them may reach a feature: the term was cut at charge-off,
#: so that even it tells the outcome.
LEAKING_COLUMNS = tuple(column["source"] for column in _DEFINITION["columns"] if column.get("knownLater"))

OUTCOME_COLUMN = next(column["source"] for column in _READ if column["field"] == _OUTCOME)

#: Fields of an application: all that may be made into features.
APPLICATION_FIELDS = tuple(column["field"] for column in _STATED)


class InputError(ValueError):
    """The input can't be used; the message names what, and what to do."""


class Refused(Exception):
    """What is asked for is not allowed; the message says which and why."""


def read_loans(csv: Path) -> pl.LazyFrame:
    """The applications of a file of loans, with their outcome, in no particular order.

    Returns:
        A frame with the fields of an application, and ``defaulted`` (null where there is no outcome). What the file
        leaves out or writes in no known way is null.

    Raises:
        InputError: if the file is not there or has not the columns; it names those that are missing.
    """
    if not csv.is_file():
        raise InputError(f"there is no file {csv}: give the path of a CSV file of loans")
    raw = pl.scan_csv(csv, infer_schema=False)
    have = raw.collect_schema().names()
    missing = [name for name in (*APPLICATION_COLUMNS, OUTCOME_COLUMN) if name not in have]
    if missing:
        raise InputError(f"{csv} has no column {', '.join(missing)}: it must have the columns of the SBA 7(a) loans")
    return raw.select(_READERS[column["as"]](column).alias(column["field"]) for column in _READ)


def between(loans: pl.LazyFrame, first: dt.date, last: dt.date | None) -> pl.LazyFrame:
    """The loans applied for from ``first`` to ``last``, both included, in order of time and then of id."""
    date = pl.col("submittedAt")
    chosen = loans.filter(date >= first) if last is None else loans.filter(date.is_between(first, last))
    return chosen.sort("submittedAt", "applicationId")


def _text(column: dict[str, Any]) -> pl.Expr:
    return pl.col(column["source"]).str.strip_chars().replace("", None)


def _zip(column: dict[str, Any]) -> pl.Expr:
    """Five digits: the source leaves out leading zeros."""
    return _text(column).str.zfill(5)


def _count(column: dict[str, Any]) -> pl.Expr:
    return pl.col(column["source"]).str.strip_chars().cast(pl.Int64, strict=False)


def _above_one(column: dict[str, Any]) -> pl.Expr:
    return _count(column) > 1


def _choice(column: dict[str, Any]) -> pl.Expr:
    return _text(column).replace_strict(column["values"], default=None)


def _dollars(column: dict[str, Any]) -> pl.Expr:
    """US dollars, written such as ``$60,000.00``."""
    return pl.col(column["source"]).str.replace_all(r"[$,\s]", "").cast(pl.Float64, strict=False)


def _day(column: dict[str, Any]) -> pl.Expr:
    """A day, written such as ``28-Feb-97``. Two digits of a year up to 40 are of this century."""
    parsed = pl.col(column["source"]).str.strip_chars().str.to_date("%d-%b-%y", strict=False)
    return pl.when(parsed.dt.year() > 2040).then(parsed.dt.offset_by("-100y")).otherwise(parsed)


_READERS: dict[str, Callable[[dict[str, Any]], pl.Expr]] = {
    "text": _text,
    "zip": _zip,
    "count": _count,
    "above one": _above_one,
    "choice": _choice,
    "dollars": _dollars,
    "day": _day,
}
