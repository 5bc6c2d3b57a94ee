"""What `npm run bench -- history-job` times: the job, and a plain read and write of the same columns by Spark.

python history_job.py copies SOURCE ROWS TARGET   a larger file, of copies of the loans under other numbers
python history_job.py ours SOURCE FOLDER          the whole job, with Iceberg, gate, pseudonyms and features
python history_job.py plain SOURCE FOLDER         spark.read.csv(...).write.parquet(...), and nothing else
"""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.history.command import SETTINGS
from jobs.history.definitions import load_definitions
from jobs.history.run import Job, run
from jobs.history.table import catalog_settings, table_of
from jobs.local.iceberg import iceberg_jar


def session(**settings: str) -> SparkSession:
    """Spark as the embedded cloud sets it up."""
    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "2g")
    for name, value in {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", **settings}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def copies(source: str, rows: str, target: str) -> None:
    """Write a file of so many rows; each copy of a loan has a number of its own."""
    with Path(source).open() as lines:
        header, *loans = lines
    with Path(target).open("w") as file:
        file.write(header)
        numbered = (f"{copy}{loan}" for copy in itertools.count(1) for loan in loans)
        file.writelines(itertools.islice(numbered, int(rows)))


def ours(source: str, folder: str) -> None:
    """Run the job."""
    definitions = load_definitions()
    settings = {"spark.jars": str(iceberg_jar()), **SETTINGS}
    outcome = run(
        Job(
            spark=session(**settings, **catalog_settings("hadoop", folder)),
            definitions=definitions,
            table=table_of(definitions, "bench", "loans"),
            source=source,
            state=f"{folder}/state",
            reports=f"{folder}/reports",
            key=bytes(32),
            run_id="bench",
            today=dt.datetime.now(dt.UTC).date(),
            say=lambda line: print(line, file=sys.stderr),
        )
    )
    if outcome.stopped:
        raise SystemExit(f"the gate stopped {outcome.stopped[0].summary}")


def plain(source: str, folder: str) -> None:
    """Read the columns that the job reads, and write them."""
    columns = [column.source for column in load_definitions().read]
    session().read.csv(source, header=True, escape='"').select(*columns).write.parquet(f"{folder}/loans")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"copies": copies, "ours": ours, "plain": plain}[command](*arguments)
