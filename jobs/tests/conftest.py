"""A local Spark, and files of loans in the shape of the source."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from history.history import SOURCE_COLUMNS

LOAN = {
    "LoanNr_ChkDgt": "1000014003",
    "State": "IN",
    "BankState": "OH",
    "NAICS": "451120",
    "ApprovalDate": "28-Feb-97",
    "ApprovalFY": "1997",
    "NoEmp": "4",
    "MIS_Status": "P I F",
    "GrAppv": "$60,000.00 ",
    "SBA_Appv": "$48,000.00 ",
}

WriteLoans = Callable[..., Path]


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.legacy.timeParserPolicy", "CORRECTED")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture
def write_loans(tmp_path: Path) -> WriteLoans:
    """Write loans, each given by what differs from LOAN, to a file under tmp_path/raw; returns that folder."""

    def write(*loans: Mapping[str, str], name: str = "loans.csv", columns: Sequence[str] = SOURCE_COLUMNS) -> Path:
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**LOAN, **loan} for loan in loans)
        return folder

    return write
