"""A local Spark with Iceberg, files of loans in the shape of the source, and runs of the job over them."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.history.command import SETTINGS
from jobs.history.definitions import Definitions, load_definitions
from jobs.history.run import Job, Outcome, run
from jobs.history.table import catalog_settings, table_of
from jobs.local.iceberg import iceberg_jar

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "test/data/loans-sample.csv"
KEY = bytes(range(32))

LOAN = {
    "LoanNr_ChkDgt": "1000014003",
    "Name": "ABC HOBBYCRAFT",
    "City": "EVANSVILLE",
    "State": "IN",
    "Zip": "47711",
    "Bank": "FIFTH THIRD BANK",
    "BankState": "OH",
    "NAICS": "451120",
    "ApprovalDate": "28-Feb-97",
    "ApprovalFY": "1997",
    "NoEmp": "4",
    "NewExist": "2",
    "CreateJob": "0",
    "RetainedJob": "0",
    "FranchiseCode": "1",
    "UrbanRural": "0",
    "RevLineCr": "N",
    "LowDoc": "Y",
    "MIS_Status": "P I F",
    "GrAppv": "$60,000.00 ",
    "SBA_Appv": "$48,000.00 ",
}
COLUMNS = tuple(LOAN)

WriteLoans = Callable[..., Path]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warehouse")


@pytest.fixture(scope="session")
def spark(warehouse: Path) -> Iterator[SparkSession]:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").config("spark.jars", str(iceberg_jar()))
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        **SETTINGS,
        **catalog_settings("hadoop", str(warehouse)),
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def write_loans(tmp_path: Path) -> WriteLoans:
    """Write loans, each given by what differs from LOAN, to a file under tmp_path/raw.

    Those without a number of their own get one each. Every file is newer than the one before.
    """
    numbers, times = itertools.count(1000000001), itertools.count(1_000_000_000, 60)

    def write(*loans: Mapping[str, str], name: str = "loans.csv", columns: Sequence[str] = COLUMNS) -> Path:
        file = tmp_path / "raw" / name
        file.parent.mkdir(exist_ok=True)
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**LOAN, "LoanNr_ChkDgt": str(next(numbers)), **loan} for loan in loans)
        time = next(times)
        os.utime(file, (time, time))
        return file

    return write


@dataclass(frozen=True)
class Runs:
    """Runs of the job over tmp_path/raw, and the table that they write."""

    spark: SparkSession
    folder: Path
    name: str

    def run(self, source: Path | None = None, definitions: Definitions | None = None) -> Outcome:
        return run(self.job(source, definitions))

    def job(self, source: Path | None = None, definitions: Definitions | None = None) -> Job:
        definitions = definitions or load_definitions()
        return Job(
            spark=self.spark,
            definitions=definitions,
            table=table_of(definitions, "tests", self.name),
            source=str(source or self.folder / "raw"),
            state=str(self.folder / "state"),
            reports=str(self.folder / "reports"),
            key=KEY,
            run_id="jr_1",
            today=dt.date(2026, 11, 24),
            say=lambda _: None,
        )

    def table(self) -> DataFrame:
        return self.spark.table(f"history.tests.{self.name}")

    def loans(self) -> dict[str, dict[str, Any]]:
        return {loan["application_id"]: loan.asDict(recursive=True) for loan in self.table().collect()}

    def snapshots(self) -> list[int]:
        rows = self.spark.sql(f"SELECT snapshot_id FROM history.tests.{self.name}.snapshots ORDER BY committed_at")
        return [row["snapshot_id"] for row in rows.collect()]


_tables = itertools.count(1)


@pytest.fixture
def runs(spark: SparkSession, tmp_path: Path) -> Runs:
    return Runs(spark, tmp_path, f"loans_{next(_tables)}")


def typescript(script: str, given: str) -> str:
    """What a script prints that is run by Node in the root of the repository, with its standard input."""
    command = [str(ROOT / "node_modules/.bin/node"), "--input-type=module-typescript", "--eval", script]
    ended = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
