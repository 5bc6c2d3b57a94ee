"""The stream (TypeScript), the trainer (polars) and this job (Spark) make the same features of the same loans."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import subprocess

import pytest
from conftest import COLUMNS, LOAN, ROOT, SAMPLE, typescript

from jobs.history.definitions import in_table, load_definitions

STREAM = """
import { readFileSync } from 'node:fs';
import { featuresOf } from './lambdas/patterns/features/features.ts';
const applications = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(applications.map(featuresOf)));
"""

TRAINER = """
import json, sys
from pathlib import Path
from trainer.features import features_of, read_definition
from trainer.loans import read_loans
loans = read_loans(Path(sys.argv[1])).collect().sort("applicationId")
features = features_of(loans, read_definition(Path(sys.argv[2]))).to_dicts()
print(json.dumps({"applications": loans.drop("submittedAt").to_dicts(), "features": features}))
"""


def odd_loans():
    """Loans with what the source is known to hold, each value beside every one of another column."""
    values = {
        "NewExist": ["0", "1", "2", "1.0", "", "9"],
        "RevLineCr": ["Y", "N", "T", "0", "`", ""],
        "UrbanRural": ["0", "1", "2", "3", ""],
        "FranchiseCode": ["0", "1", "2", "78760", ""],
        "NAICS": ["0", "4", "451120", ""],
        "BankState": ["IN", "OH", ""],
        "NoEmp": ["0", "9999", " 7 "],
        "SBA_Appv": ["$0.00 ", "$48,000.00 ", "$33,333.33"],
    }
    for one, other in itertools.combinations(values, 2):
        for mine, theirs in itertools.product(values[one], values[other]):
            yield {**LOAN, one: mine, other: theirs}


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({**loan, "LoanNr_ChkDgt": str(10**9 + n)} for n, loan in enumerate(odd_loans()))
    return path


def batch(runs, path):
    """The features as the job makes them, whatever the gate would say of the file."""
    runs.run(path, dataclasses.replace(load_definitions(), rules=()))
    rows = runs.table().orderBy("application_id").select("features").collect()
    return [row["features"].asDict() for row in rows]


@pytest.mark.parametrize("which", ["sample", "odd"])
def test_all_three_make_the_same_features(runs, odd, which):
    path = SAMPLE if which == "sample" else odd
    python = ROOT / "services/trainer/.venv/bin/python"
    command = [str(python), "-c", TRAINER, str(path), str(ROOT / "schemas/features.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    trainer = json.loads(ended.stdout)
    stream = json.loads(typescript(STREAM, json.dumps(trainer["applications"])))
    assert len(stream) == len(trainer["features"]) > 500
    assert stream == trainer["features"]
    assert batch(runs, path) == [{in_table(name): value for name, value in row.items()} for row in stream]
