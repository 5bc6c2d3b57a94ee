"""The command line of the job, and what it leaves to whoever watches it."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

import boto3
from pyspark.sql import SparkSession

from jobs.history.definitions import load_definitions
from jobs.history.erasure import erase
from jobs.history.pseudonyms import purpose_key
from jobs.history.run import Job, Outcome, run
from jobs.history.snapshots import try_to_expire
from jobs.history.storage import write_json
from jobs.history.table import catalog_settings, table_of

_NAMESPACE = "Seaworthy"

SETTINGS = {
    # The parser of Spark 3 alone: it gives null for what it can't read, where the default would stop the job.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Rows are cached for a minute, and read three times: packing them costs a third of reading the file.
    "spark.sql.inMemoryColumnarStorage.compressed": "false",
}
"""Settings of the session that the job counts on, besides those of its catalogue."""


class QualityError(ValueError):
    """Files were stopped at the gate; what passed it is in the table. To try again changes nothing."""


def main(arguments: Sequence[str]) -> None:
    """Run the job with the arguments that ``--help`` tells; Glue adds some of its own.

    Raises:
        SourceError: if the source has no file.
        QualityError: if a file was stopped.
    """
    options, _ = _parser().parse_known_args(arguments)
    definitions = load_definitions()
    spark = session(options.catalog, options.warehouse)
    _, _, purpose = definitions.pseudonymised
    table = table_of(definitions, options.database, options.table)
    if options.task == "erase":
        done = erase(spark, table, options.state)
        write_json(spark, f"{options.reports.rstrip('/')}/erasures/{options.JOB_RUN_ID}.json", asdict(done))
        print(f"{done.removed} loans were removed and {done.left} are left", flush=True)
        return
    job = Job(
        spark=spark,
        definitions=definitions,
        table=table,
        source=options.source,
        state=options.state,
        reports=options.reports,
        key=purpose_key(options.pseudonym_key, purpose),
        run_id=options.JOB_RUN_ID,
        today=dt.datetime.now(dt.UTC).date(),
        say=lambda line: print(line, flush=True),
    )
    outcome = run(job)
    expired = True
    if outcome.snapshot is not None:
        before = dt.datetime.now(dt.UTC) - dt.timedelta(days=options.keep_snapshots)
        expired = try_to_expire(spark, table, before, job.say)
    _publish(options.JOB_NAME, outcome, expired)
    print(f"the table {options.database}.{options.table} is at snapshot {outcome.snapshot}", flush=True)
    if outcome.stopped:
        why = " | ".join(report.summary for report in outcome.stopped)
        raise QualityError(f"{len(outcome.stopped)} files were stopped, see {outcome.report}: {why}")


def session(catalog: str, warehouse: str) -> SparkSession:
    """The Spark session that the job needs, on Glue and on any Spark that has Iceberg on its class path."""
    builder = SparkSession.builder.appName("history")
    for name, value in {**SETTINGS, **catalog_settings(catalog, warehouse)}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name, meaning in {
        "source": "folder of CSV files of loans",
        "warehouse": "folder of the catalogue's tables",
        "database": "database of the table",
        "table": "name of the table",
        "state": "folder of what a run leaves for the next",
        "reports": "folder of the reports",
        "pseudonym-key": "id or ARN of the KMS key of the pseudonyms",
        "JOB_NAME": "name of the job, which Glue gives",
        "JOB_RUN_ID": "id of the run, which Glue gives",
    }.items():
        parser.add_argument(f"--{name}", required=True, help=meaning)
    days = "days that a snapshot can be read after another has taken its place"
    parser.add_argument("--keep-snapshots", type=int, default=365, help=days)
    task = "take files in, or take the persons of the state's erased.json out of the table, and read no file"
    parser.add_argument("--task", choices=("take-in", "erase"), default="take-in", help=task)
    parser.add_argument("--catalog", choices=("glue", "hadoop"), default="glue", help="kind of Iceberg's catalogue")
    return parser


def _publish(job_name: str, outcome: Outcome, expired: bool) -> None:
    """Tell CloudWatch what the alarms on quality and on old snapshots and the dashboard need."""
    counts = {
        "FilesAccepted": len(outcome.files) - len(outcome.stopped),
        "FilesStopped": len(outcome.stopped),
        "LoansAdded": outcome.added,
        "LoansChanged": outcome.changed,
        "ExpiriesFailed": 0 if expired else 1,
    }
    dimensions = [{"Name": "job", "Value": job_name}]
    data = [
        {"MetricName": name, "Value": value, "Unit": "Count", "Dimensions": dimensions}
        for name, value in counts.items()
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace=_NAMESPACE, MetricData=data)
