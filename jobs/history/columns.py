"""Reads the source's columns as their types. What can't be read is null; the rules of quality say how much may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import Column as Expression
from pyspark.sql import functions as f

from jobs.history.definitions import Column

# Two digits of a year are read as 2000 to 2099, and the oldest loan is of 1961.
_LAST_DAY = "2040-12-31"
_CENTURY_MONTHS = 1200


def read_as_typed(column: Column) -> Expression:
    """The expression that reads a column, under the name of its field; amounts are in US dollars."""
    return _READERS[column.kind](column).alias(column.field)


def _text(column: Column) -> Expression:
    trimmed = f.trim(f.col(column.source))
    return f.when(trimmed != "", trimmed)


def _count(column: Column) -> Expression:
    return _whole(f.trim(f.col(column.source)))


def _whole(text: Expression) -> Expression:
    # A cast alone would read 4.7 as 4; a pattern would cost more than all the rest of the column.
    return f.when(~f.contains(text, f.lit(".")), text.cast("int"))


def _above_one(column: Column) -> Expression:
    return _count(column) > 1


def _choice(column: Column) -> Expression:
    text = _text(column)
    choice = f.lit(None)
    for written, meaning in column.values.items():
        choice = f.when(text == written, meaning).otherwise(choice)
    return choice


def _dollars(column: Column) -> Expression:
    """US dollars as written in the source, such as ``"$60,000.00 "``."""
    plain = f.col(column.source)
    for sign in ("$", ",", " "):
        plain = f.replace(plain, f.lit(sign), f.lit(""))
    # A cast alone would read Java's own forms, such as 1d; a pattern would cost a third of the reading.
    return f.when(f.substring(plain, -1, 1).between(".", "9"), plain.cast("double"))


def _day(column: Column) -> Expression:
    """A day as written in the source, such as ``28-Feb-97``."""
    day = f.to_date(_text(column), "d-MMM-yy")
    return f.when(day > f.lit(_LAST_DAY), f.add_months(day, -_CENTURY_MONTHS)).otherwise(day)


def _fiscal_year(column: Column) -> Expression:
    """The US fiscal year, four digits: that of 1997 ended on 30 September 1997.

    The source writes that of the quarter in which the fiscal year was moved as ``1976A``.
    """
    text = f.trim(f.col(column.source))
    year = f.when(f.endswith(text, f.lit("A")), f.substring(text, 1, 4)).otherwise(text)
    return f.when(f.length(year) == 4, _whole(year))


_READERS: Mapping[str, Callable[[Column], Expression]] = {
    "text": _text,
    "count": _count,
    "above one": _above_one,
    "choice": _choice,
    "dollars": _dollars,
    "day": _day,
    "fiscal year": _fiscal_year,
}
