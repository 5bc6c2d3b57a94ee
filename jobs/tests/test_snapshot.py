"""The trainer reads a snapshot of the table, with no Spark, as it reads the file that the table was made of."""

from __future__ import annotations

import json
import subprocess

import pytest
from conftest import ROOT, SAMPLE

TRAINER = """
import json, sys
from pathlib import Path
from trainer.loans import read_loans
from trainer.snapshot import read_snapshot
csv, metadata, snapshot = sys.argv[1:]
table = read_snapshot(metadata, int(snapshot)).sort("applicationId")
file = read_loans(Path(csv)).collect().sort("applicationId")
common = [name for name in file.columns if name in table.columns]
print(json.dumps({
    "equal": table.select(common).equals(file.select(common)),
    "common": common,
    "more": sorted(set(table.columns) - set(common)),
    "features": table["features"].struct.fields,
    "loans": len(table),
}))
"""


def read(metadata, snapshot, csv=SAMPLE):
    python = ROOT / "services/trainer/.venv/bin/python"
    command = [str(python), "-c", TRAINER, str(csv), str(metadata), str(snapshot)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def newest(warehouse, runs):
    """Address of the table's newest metadata."""

    def find():
        found = (warehouse / "tests" / runs.name / "metadata").glob("v*.metadata.json")
        return max(found, key=lambda path: int(path.name.split(".")[0][1:]))

    return find


def test_a_snapshot_is_the_file_without_what_identifies_people(runs, newest):
    snapshot = runs.run(SAMPLE).snapshot
    ended = read(newest(), snapshot)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["equal"], told
    assert {"applicationId", "submittedAt", "requestedAmount", "defaulted"} <= set(told["common"])
    assert {"applicantName", "city", "zip"}.isdisjoint(told["common"])
    assert told["more"] == ["applicant", "features", "featuresVersion", "fiscalYear"]
    assert "guaranteedShare" in told["features"]


def test_an_older_snapshot_is_as_it_was_and_one_that_is_not_there_is_told(runs, newest, write_loans):
    write_loans({})
    then = runs.run().snapshot
    write_loans({}, {}, name="late.csv")
    now = runs.run().snapshot
    loans = [json.loads(read(newest(), snapshot).stdout)["loans"] for snapshot in (then, now)]
    assert loans == [1, 3]
    ended = read(newest(), 5)
    assert f"has no snapshot 5: it has {then}, {now}" in ended.stderr


def trainer(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "services/trainer/.venv/bin/python"), "-m", "trainer", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_was_trained_on_a_snapshot_is_made_again_to_the_bit_after_a_later_drop(
    runs, newest, write_loans, tmp_path
):
    registry = ("--registry", f"file://{tmp_path}/registry")
    features = ("--features", str(ROOT / "schemas/features.json"))

    def train(snapshot):
        table = ("--table", str(newest()), "--snapshot", str(snapshot))
        ended = trainer("train", *table, *features, *registry)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    first = runs.run(SAMPLE).snapshot
    then = train(first)
    write_loans(*[{"ApprovalDate": f"{day:02}-Jun-01", "ApprovalFY": "2001"} for day in range(1, 29)], name="late.csv")
    later = runs.run().snapshot

    # The table's newest metadata has both; the version knows of which it was made.
    again = trainer("reproduce", "--version", then["version"], "--table", str(newest()), *registry)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["again"] == then["version"]
    manifest = json.loads((tmp_path / "registry" / then["version"] / "manifest.json").read_text())
    assert manifest["lineage"]["dataSnapshot"] == f"iceberg:{first}"
    now = train(later)
    assert now["version"] != then["version"]
    assert now["rows"] == then["rows"] + 28
