"""The command line of the job, and what it leaves to whoever watches it."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence

import boto3
from pyspark.sql import SparkSession

from jobs.history.definitions import in_table, load_definitions
from jobs.history.pseudonyms import purpose_key
from jobs.history.run import Job, Outcome, run
from jobs.history.table import Table, catalog_settings

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
    job = Job(
        spark=spark,
        definitions=definitions,
        table=Table(options.database, options.table, in_table(definitions.key), in_table(definitions.partition)),
        source=options.source,
        state=options.state,
        reports=options.reports,
        key=purpose_key(options.pseudonym_key, purpose),
        run_id=options.JOB_RUN_ID,
        today=dt.datetime.now(dt.UTC).date(),
        say=lambda line: print(line, flush=True),
    )
    outcome = run(job)
    _publish(options.JOB_NAME, outcome)
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
    parser.add_argument("--catalog", choices=("glue", "hadoop"), default="glue", help="kind of Iceberg's catalogue")
    return parser


def _publish(job_name: str, outcome: Outcome) -> None:
    """Tell CloudWatch what the alarm on quality and the dashboard need."""
    counts = {
        "FilesAccepted": len(outcome.files) - len(outcome.stopped),
        "FilesStopped": len(outcome.stopped),
        "LoansAdded": outcome.added,
        "LoansChanged": outcome.changed,
    }
    dimensions = [{"Name": "job", "Value": job_name}]
    data = [
        {"MetricName": name, "Value": value, "Unit": "Count", "Dimensions": dimensions}
        for name, value in counts.items()
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace=_NAMESPACE, MetricData=data)
