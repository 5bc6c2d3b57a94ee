"""The command line, as `npm start` uses it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FEATURES, SAMPLE


def trainer(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trainer", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_train_replay_and_evaluate_fit_together(tmp_path: Path) -> None:
    registry = f"file://{tmp_path}/registry"
    trained = trainer("train", "--csv", str(SAMPLE), "--features", str(FEATURES), "--registry", registry, "--promote")
    assert trained.returncode == 0, trained.stderr
    version = json.loads(trained.stdout)["version"]

    applications, outcomes, decisions = (tmp_path / name for name in ("a.jsonl", "o.csv", "d.jsonl"))
    replayed = trainer(
        "applications", "--csv", str(SAMPLE), "--limit", "50", "--out", str(applications), "--outcomes", str(outcomes)
    )
    assert json.loads(replayed.stdout)["applications"] == 50
    sent = [json.loads(line) for line in applications.read_text().splitlines()]
    assert [each["submittedAt"] for each in sent] == sorted(each["submittedAt"] for each in sent)
    assert "defaulted" not in sent[0]

    with outcomes.open() as file:
        known = {row["applicationId"]: int(row["defaulted"]) for row in csv.DictReader(file)}
    features = {"amount": 1.0, "guaranteedShare": 0.5, "employees": 1, "jobsCreated": 0, "jobsRetained": 0,
                "newBusiness": None, "franchise": False, "revolvingCredit": True, "lowDocumentation": False,
                "urbanRural": "urban", "sector": "44", "state": "CA", "sameState": True}  # fmt: skip
    lines = [
        {"applicationId": i, "probability": float(bad), "features": features, "more": "is ignored"}
        for i, bad in known.items()
    ]
    lines += [{"applicationId": "unknown", "probability": 0.5, "features": features}]
    lines += [{"applicationId": next(iter(known)), "probability": None, "features": features}]
    decisions.write_text("".join(json.dumps(line) + "\n" for line in lines))
    evaluated = trainer(
        "evaluate", "--registry", registry, "--version", version, "--decisions", str(decisions), "--outcomes",
        str(outcomes),
    )  # fmt: skip
    assert evaluated.returncode == 0, evaluated.stderr
    result = json.loads(evaluated.stdout)
    assert (result["rows"], result["withoutOutcome"], result["withoutProbability"]) == (len(known), 1, 1)
    # A model that knew the outcomes makes no error; the baselines, given equal features for all, can't rank at all.
    assert result["model"]["auc"] == 1
    assert result["model"]["cost"] == result["model"]["error"] == result["model"]["brier"] == 0
    assert result["scorecard"]["auc"] == pytest.approx(0.5)
    assert result["policy"]["cost"] > 0


def test_what_can_not_be_used_is_said_in_a_line_and_ends_with_2(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    result = trainer(
        "applications", "--csv", str(wrong), "--out", str(tmp_path / "a"), "--outcomes", str(tmp_path / "o")
    )
    assert result.returncode == 2
    assert "has no column LoanNr_ChkDgt" in result.stderr
    assert "Traceback" not in result.stderr


def test_another_process_makes_the_same_version(tmp_path: Path) -> None:
    """Nothing may depend on the order of a set of strings, which differs between these two seeds of their hash."""
    arguments = ("train", "--csv", str(SAMPLE), "--features", str(FEATURES), "--registry", f"file://{tmp_path}")
    versions = {json.loads(trainer(*arguments, PYTHONHASHSEED=seed).stdout)["version"] for seed in ("1", "20")}
    assert len(versions) == 1
