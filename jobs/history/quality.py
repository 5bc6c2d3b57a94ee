"""Judges files by the declared rules (schemas/loan-quality.json): one pass over all rows, and one for uniqueness.

Glue's own rule set for the table is generated from the same rules (lib/ingestion/quality-rules.ts).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f

from jobs.history.distributions import bins, psi, psi_limit

Rule = Mapping[str, Any]

FILE = "_file"
"""Of each row, the address of the file that it came from."""

_OF_THE_FILE = frozenset({"unique", "rows", "rows against last", "distribution against last"})
"""Checks that no row passes or fails by itself."""


@dataclass(frozen=True)
class Failure:
    """A rule that a file does not hold."""

    rule: Rule
    failed: int
    """Rows that fail; of a rule for the whole file all of its rows."""
    detail: str
    """What was found beside what is allowed, in a sentence without any value of a row."""


@dataclass(frozen=True)
class Statistics:
    """What of a file the next one of its series is compared with."""

    rows: int
    distributions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Rows by bin, the last bin being of what is not known; by column."""


@dataclass(frozen=True)
class Verdict:
    """What was found of one file."""

    statistics: Statistics
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Gate:
    """The rules, and what they need to be judged."""

    key: str
    rules: Sequence[Rule]
    references: Mapping[str, Sequence[str]]
    today: dt.date


def judge(
    rows: DataFrame, files: Sequence[str], gate: Gate, last: Callable[[str], Statistics | None]
) -> dict[str, Verdict]:
    """Judge every file that the rows came from, by its address.

    Args:
        rows: typed rows with the column FILE; they are read twice, so they had better be cached.
        files: the files, among them those that have no row.
        gate: the rules.
        last: of a file's address, the statistics of the last accepted file of its series, if there is one.
    """
    row_rules = [rule for rule in gate.rules if rule["check"] not in _OF_THE_FILE]
    compared = [rule for rule in gate.rules if rule["check"] == "distribution against last"]
    measures = [f.count("*").alias("rows")]
    measures += [f.count_if(fails(rule, gate)).alias(f"failed_{index}") for index, rule in enumerate(row_rules)]
    measures += [
        f.count_if(in_bin).alias(f"bin_{index}_{number}")
        for index, rule in enumerate(compared)
        for number, in_bin in enumerate(bins(rule))
    ]
    measured = rows.groupBy(FILE).agg(*measures).collect()
    repeated = {row[FILE]: row["repeated"] for row in _repeated(rows, gate.key)}
    nothing = tuple(filter(None, (_judge_rows(rule, 0) for rule in gate.rules if rule["check"] == "rows")))
    verdicts = dict.fromkeys(files, Verdict(Statistics(0), nothing))
    for row in measured:
        statistics = Statistics(row["rows"], {rule["column"]: _counts(row, i) for i, rule in enumerate(compared)})
        failed = {id(rule): row[f"failed_{index}"] for index, rule in enumerate(row_rules)}
        counted = {
            **failed,
            **{id(rule): repeated.get(row[FILE], 0) for rule in gate.rules if rule["check"] == "unique"},
        }
        found = (_judge(rule, statistics, last(row[FILE]), counted) for rule in gate.rules)
        verdicts[row[FILE]] = Verdict(statistics, tuple(failure for failure in found if failure))
    return verdicts


def fails(rule: Rule, gate: Gate) -> Expression:
    """Whether a row fails a rule; a value that is not there fails no check but ``complete``."""
    column = f.col(rule["column"])
    check = rule["check"]
    if check == "complete":
        return f.isnull(column)
    if check == "matches":
        return ~column.rlike(rule["pattern"])
    if check == "range":
        return _outside(column, rule, gate.today)
    if check == "at most":
        return column > f.col(rule["other"])
    if check == "refers":
        referring = f.substring(column, 1, rule["prefix"]) if "prefix" in rule else column
        return ~referring.isin(*gate.references[rule["to"]])
    raise ValueError(f"schemas/loan-quality.json has a check {check!r}, which the job does not know: see quality.py")


def failing_rows(rows: DataFrame, rule: Rule, gate: Gate, file: str) -> DataFrame:
    """The keys of a file's rows that fail a rule, each once."""
    of_file = rows.where(f.col(FILE) == file)
    if rule["check"] == "unique":
        return of_file.groupBy(gate.key).count().where("count > 1").select(gate.key)
    if rule["check"] in _OF_THE_FILE:
        return of_file.limit(0).select(gate.key)
    return of_file.where(fails(rule, gate)).select(gate.key).distinct()


def _outside(column: Expression, rule: Rule, today: dt.date) -> Expression:
    bounds = {name: today if rule[name] == "today" else rule[name] for name in ("from", "to") if name in rule}
    literals = {
        # A date that is written in the rules is a date to Spark as well.
        name: f.lit(bound).cast("date") if rule["column"] == "submittedAt" else f.lit(bound)
        for name, bound in bounds.items()
    }
    tests = {"from": lambda bound: column < bound, "to": lambda bound: column > bound}
    return reduce(lambda one, other: one | other, (tests[name](bound) for name, bound in literals.items()))


def _repeated(rows: DataFrame, key: str) -> list[Row]:
    """Of each file, how many rows have a key that came before."""
    keys = rows.where(f.isnotnull(key)).groupBy(FILE, key).count().where("count > 1")
    return keys.groupBy(FILE).agg(f.sum(f.col("count") - 1).alias("repeated")).collect()


def _counts(row: Row, index: int) -> list[int]:
    prefix = f"bin_{index}_"
    return [row[name] for name in row.asDict() if name.startswith(prefix)]


def _judge(rule: Rule, now: Statistics, last: Statistics | None, counted: Mapping[int, int]) -> Failure | None:
    check = rule["check"]
    if check == "rows":
        return _judge_rows(rule, now.rows)
    if check == "rows against last":
        return _judge_rows_against(rule, now.rows, last)
    if check == "distribution against last":
        return _judge_distribution(rule, now, last)
    failed, share = counted[id(rule)], rule.get("atLeast", 1)
    if failed <= now.rows * (1 - share):
        return None
    return Failure(rule, failed, f"{failed} of {now.rows} rows fail; {share:.2%} must pass")


def _judge_rows(rule: Rule, rows: int) -> Failure | None:
    if rows >= rule["from"]:
        return None
    return Failure(rule, rows, f"{rows} rows; {rule['from']} or more are expected")


def _judge_rows_against(rule: Rule, rows: int, last: Statistics | None) -> Failure | None:
    if not last or not last.rows or rule["from"] <= rows / last.rows <= rule["to"]:
        return None
    wanted = f"{rule['from']:g} to {rule['to']:g} times as many are expected"
    return Failure(rule, rows, f"{rows} rows where the last file of the series had {last.rows}; {wanted}")


def _judge_distribution(rule: Rule, now: Statistics, last: Statistics | None) -> Failure | None:
    before = last.distributions.get(rule["column"]) if last else None
    counts = now.distributions[rule["column"]]
    # Other bins than last time can't be compared: the rule was changed in between.
    if before is None or len(before) != len(counts):
        return None
    found, limit = psi(before, counts), max(rule["psiAtMost"], psi_limit(before, counts))
    if found <= limit:
        return None
    return Failure(rule, now.rows, f"population stability index {found:.3f} against the last file; {limit:.3f} at most")
