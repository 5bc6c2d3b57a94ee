from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.data import Data
from trainer.features import Definition, read_definition
from trainer.store import Store
from trainer.train import Training

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "test/data/loans-sample.csv"
FEATURES = ROOT / "schemas/features.json"


@pytest.fixture(scope="session")
def definition() -> Definition:
    return read_definition(FEATURES)


@pytest.fixture
def registry(tmp_path: Path) -> Store:
    return Store(f"file://{tmp_path}/registry")


@pytest.fixture
def training() -> Training:
    return Training(Data(SAMPLE), dt.date(1997, 1, 1), dt.date(2003, 12, 31), seed=7, cost_ratio=5.0)


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict[str, str]], dict[str, str]]], Path]:
    """A copy of the sample, each row changed by a function."""

    def change(function: Callable[[dict[str, str]], dict[str, str]]) -> Path:
        with SAMPLE.open(newline="") as source:
            rows = [function(row) for row in csv.DictReader(source)]
        path = tmp_path / "changed.csv"
        with path.open("w", newline="") as target:
            writer = csv.DictWriter(target, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return change
