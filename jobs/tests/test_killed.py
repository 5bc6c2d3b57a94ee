"""A run that is killed while it writes leaves the table as it was."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import LOAN, ROOT

SCRIPT = """
import sys
from conftest import Runs, iceberg_jar, catalog_settings
from pathlib import Path
from pyspark.sql import SparkSession
warehouse, folder, name = sys.argv[1:]
builder = SparkSession.builder.master("local[2]").config("spark.jars", str(iceberg_jar()))
for setting, value in catalog_settings("hadoop", warehouse).items():
    builder = builder.config(setting, value)
spark = builder.config("spark.ui.enabled", "false").getOrCreate()
Runs(spark, Path(folder), name).run()
"""

LOANS = 200_000


@pytest.fixture
def start(warehouse, runs):
    """Start a run in a process group of its own."""
    tests = str(ROOT / "jobs/tests")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), tests]), "SPARK_LOCAL_IP": "127.0.0.1"}

    def start_one():
        command = [sys.executable, "-c", SCRIPT, str(warehouse), str(runs.folder), runs.name]
        return subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)

    return start_one


def write_many(folder):
    """So many loans that their writing takes a while, of many years."""
    folder.mkdir(exist_ok=True)
    with (folder / "many.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(LOAN))
        writer.writeheader()
        for number in range(LOANS):
            year = 1990 + number % 20
            day = f"28-Feb-{year % 100:02}"
            loan = {"LoanNr_ChkDgt": str(2_000_000_000 + number), "ApprovalDate": day, "ApprovalFY": str(year)}
            writer.writerow({**LOAN, "Name": f"BORROWER {number}", **loan})


def data_files(warehouse, runs):
    return list((warehouse / "tests" / runs.name / "data").rglob("*.parquet"))


def test_a_run_killed_in_the_middle_of_writing_leaves_no_half_table(start, warehouse, runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1"})
    before = runs.run()
    had = set(data_files(warehouse, runs))
    write_many(runs.folder / "raw")

    process = start()
    while not set(data_files(warehouse, runs)) - had:
        assert process.poll() is None, "the run ended before it was seen to write"
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    runs.spark.sql(f"REFRESH TABLE history.tests.{runs.name}")
    assert set(data_files(warehouse, runs)) > had, "files of the killed run are there"
    assert runs.snapshots() == [before.snapshot], "and no snapshot has them"
    assert set(runs.loans()) == {"1"}

    again = runs.run()
    assert (again.added, again.changed) == (LOANS, 0)
    assert runs.table().count() == LOANS + 1
    assert runs.snapshots() == [before.snapshot, again.snapshot]
