"""One run of the job: new files in, through the gate, and into the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from jobs.history.definitions import Definitions, in_table
from jobs.history.erasure import erased_persons
from jobs.history.features import features_of
from jobs.history.pseudonyms import is_not_ascii, pseudonym, with_pseudonyms
from jobs.history.quality import FILE, Failure, Gate, Verdict, failing_rows, judge
from jobs.history.report import FileReport, Finding, address, document
from jobs.history.source import ORDER, SourceError, header_problem, read_header, read_rows
from jobs.history.state import State, read_state, write_state
from jobs.history.storage import File, list_files, write_json
from jobs.history.table import Merged, Table, current_snapshot, merge

_SAMPLE_KEYS = 5


@dataclass(frozen=True)
class Job:
    """All that a run works with."""

    spark: SparkSession
    definitions: Definitions
    table: Table
    source: str
    """Address of the folder of CSV files, or of one."""
    state: str
    """Address of the folder of what runs leave for the next."""
    reports: str
    key: bytes
    """HMAC key of the pseudonyms' purpose."""
    run_id: str
    today: dt.date
    say: Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a run has done."""

    snapshot: int | None
    """The table's snapshot; None as long as nothing was ever accepted."""
    added: int
    changed: int
    files: Sequence[FileReport]
    """The files that were new or changed."""
    report: str | None
    """Address of the report; None if there was nothing to report on."""

    @property
    def stopped(self) -> Sequence[FileReport]:
        """The files that did not pass the gate; the others are in the table."""
        return [report for report in self.files if not report.accepted]


def run(job: Job) -> Outcome:
    """Bring the table to what the files of the source say; files that it has already are not read again.

    Files that don't pass the gate stay out whole, and are judged again by the next run.

    Raises:
        SourceError: if the source has no file.
    """
    files = list_files(job.spark, job.source)
    if not files:
        raise SourceError(f"there is no file under {job.source}: upload one CSV file of loans or more, with headers")
    snapshot = current_snapshot(job.spark, job.table)
    # Without a table what the last run left is of another one.
    last = State(job.definitions.digest)
    if snapshot is not None:
        last = read_state(job.spark, job.state, job.definitions.digest)
    new = [file for file in files if not last.has(file)]
    job.say(f"{len(new)} of {len(files)} files are new or changed")
    if not new:
        return Outcome(snapshot, 0, 0, (), None)
    return _take_in(job, new, last, snapshot)


def _take_in(job: Job, new: Sequence[File], last: State, snapshot: int | None) -> Outcome:
    headers = {file: read_header(job.spark, file) for file in new}
    problems = {file: header_problem(header, job.definitions.columns) for file, header in headers.items()}
    reports = [_unreadable(file, problem) for file, problem in problems.items() if problem]
    readable = [(file, headers[file]) for file in new if not problems[file]]
    merged: Merged | None = None
    if readable:
        rows = read_rows(job.spark, readable, job.definitions.read).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            verdicts, judged = _judge(job, rows, [file for file, _ in readable], last)
            reports += judged
            accepted = {report.file: verdicts[report.file.path].statistics for report in judged if report.accepted}
            if accepted:
                merged = merge(job.spark, job.table, _loans(job, rows, list(accepted)))
                job.say(f"{merged.added} loans added and {merged.changed} changed in snapshot {merged.snapshot}")
                write_state(job.spark, job.state, last.after(accepted))
        finally:
            rows.unpersist()
    snapshot = merged.snapshot if merged else snapshot
    where = address(job.reports, job.today, job.run_id)
    name = f"{job.table.database}.{job.table.name}"
    write_json(job.spark, where, document(job.run_id, name, snapshot, job.definitions, reports))
    return Outcome(snapshot, merged.added if merged else 0, merged.changed if merged else 0, reports, where)


def _unreadable(file: File, problem: str) -> FileReport:
    return FileReport(file, 0, [Finding(Failure({"check": "columns"}, 0, problem), ())])


def _judge(
    job: Job, rows: DataFrame, files: Sequence[File], last: State
) -> tuple[Mapping[str, Verdict], Sequence[FileReport]]:
    gate = Gate(job.definitions.key, job.definitions.rules, job.definitions.references, job.today)
    verdicts = judge(rows, [file.path for file in files], gate, last.last)
    reports = []
    for file in files:
        verdict = verdicts[file.path]
        findings = [
            Finding(failure, _sample_keys(job, failing_rows(rows, failure.rule, gate, file.path)))
            for failure in verdict.failures
        ]
        reports.append(FileReport(file, verdict.statistics.rows, findings))
        job.say(f"{file.name}: {verdict.statistics.rows} rows, {len(findings)} of {len(gate.rules)} rules not held")
    return verdicts, reports


def _sample_keys(job: Job, keys: DataFrame) -> Sequence[str]:
    return [_shown(job, key) for (key,) in keys.limit(_SAMPLE_KEYS).collect()]


def _shown(job: Job, key: str | None) -> str:
    """A loan's number as it is; of what isn't one, as in a file whose columns are shifted, a pseudonym."""
    if key is None:
        return "(none)"
    return key if key.isascii() and key.isdigit() else f"pseudonym {pseudonym(job.key, key)}"


def _loans(job: Job, rows: DataFrame, accepted: Sequence[File]) -> DataFrame:
    """The table's rows: of a loan that several files have, that of the newest."""
    definitions = job.definitions
    column, pseudonym_column, _ = definitions.pseudonymised
    chosen = rows.where(f.col(FILE).isin([file.path for file in accepted]))
    if len(accepted) > 1:
        newest_first = Window.partitionBy(definitions.key).orderBy(f.desc(ORDER))
        chosen = chosen.withColumn("_rank", f.row_number().over(newest_first)).where("_rank = 1")
    made = chosen.withColumns(
        {"features": features_of(definitions.features), "features_version": f.lit(definitions.features_version)}
    )
    ascii_only = chosen.where(is_not_ascii(column.field)).isEmpty()
    pseudonymised = with_pseudonyms(made, column.field, pseudonym_column, job.key, ascii_only)
    erased = erased_persons(job.spark, job.state, pseudonym_column)
    if erased is not None:
        pseudonymised = pseudonymised.join(f.broadcast(erased), pseudonym_column, "left_anti")
    kept = [each.field for each in definitions.read if each.field not in (column.field, definitions.partition)]
    return pseudonymised.select(
        *(f.col(name).alias(in_table(name)) for name in kept),
        pseudonym_column,
        "features",
        "features_version",
        f.col(definitions.partition).alias(in_table(definitions.partition)),
    )
