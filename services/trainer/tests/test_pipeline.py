"""The steps of the pipeline, one after the other as the workflow takes them, with real tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from audited import AuditQueue
from cloud import Cloud
from conftest import FEATURES, SAMPLE
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trainer.pipeline import main
from trainer.stages import Stages
from trainer.store import Store, digest_of

ANN, BOB = "AROA1:ann", "AROA2:bob"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = Cloud(tmp_path_factory.mktemp("cloud"))
    yield started
    started.stop()


class Run:
    """A run's folder, registry and tables."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        pem = folder / "key.pem"
        pem.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.audit = AuditQueue(folder.name)
        self.files, self.registry = (Store(f"file://{folder}/{name}") for name in ("run", "registry"))
        self.environment = {
            "RUN": f"file://{folder}/run", "RUN_NAME": folder.name, "REGISTRY": f"file://{folder}/registry",
            "STAGES": f"stages-{folder.name}", "STUDY": f"dynamodb://journals-{folder.name}/{folder.name}",
            "SIGNING_KEY": f"file://{pem}", "SOURCE": f"file://{SAMPLE}", "FEATURES": f"file://{FEATURES}",
            "FIRST": "1997-01-01", "LAST": "2003-12-31", "SEED": "7", "COST_RATIO": "5", "FOLDS": "2",
            "METHOD": "tpe", "TRIALS": "4", "WORKERS": "1", "WORKER": "0", "REQUESTED_BY": ANN, "APPROVED_BY": BOB,
            "AUDIT_QUEUE_URL": self.audit.url,
        }  # fmt: skip
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        _create_table(self.environment["STAGES"], ("id", "S"), ("part", "S"))
        _create_table(f"journals-{folder.name}", ("study", "S"), ("number", "N"))
        self.stages = Stages(self.environment["STAGES"])

    def take(self, *steps: str) -> list[int]:
        return [main([step]) for step in steps]


def _create_table(name: str, key: tuple[str, str], sort: tuple[str, str]) -> None:
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": kind} for each, kind in (key, sort)],
        KeySchema=[
            {"AttributeName": key[0], "KeyType": "HASH"},
            {"AttributeName": sort[0], "KeyType": "RANGE"},
        ],
    )


def _by_one_law(target: Path) -> Path:
    """The sample's loans, each twelve times but those of 2002 and 2003, with outcomes that a law has drawn."""
    random = np.random.default_rng(5)
    with SAMPLE.open(newline="") as source:
        rows = list(csv.DictReader(source))
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for number, row in enumerate(rows):
            odds = (
                -2.5 + 1.4 * (row["NewExist"] == "2") + 1.4 * (int(row["NoEmp"]) < 5) + 1.4 * (row["RevLineCr"] == "Y")
            )
            for copy in range(1 if row["ApprovalDate"][-2:] in ("02", "03") else 12):
                bad = random.random() < 1 / (1 + np.exp(-odds))
                told = {"LoanNr_ChkDgt": f"{number:06}{copy:04}", "MIS_Status": "CHGOFF" if bad else "P I F"}
                writer.writerow({**row, **told})
    return target


@pytest.fixture
def run(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return Run(tmp_path, monkeypatch)


def test_all_steps_make_a_champion_that_says_what_it_was_made_of(run: Run) -> None:
    run.stages.request(run.environment["RUN_NAME"], ANN)
    assert run.take("prepare", "search", "refit", "calibrate", "evaluate", "register") == [0] * 6
    version = json.loads(run.files.read("version.json"))["name"]
    assert run.stages.get(version).stage == "candidate"

    manifest = run.registry.read(f"{version}/manifest.json")
    run.key.public_key().verify(run.registry.read(f"{version}/manifest.sig"), manifest, ec.ECDSA(SHA256()))
    told = json.loads(manifest)
    assert told["lineage"]["dataSnapshot"] == f"sha256:{digest_of(SAMPLE)}"
    assert told["hyperParameters"] == json.loads(run.files.read("parameters.json"))
    best = max(json.loads(run.files.read("study/trials.json")), key=lambda trial: trial["auc"] or 0)
    assert told["hyperParameters"] == best["params"]
    assert b"<svg" in run.files.read("study/history.svg")
    card = run.registry.read(f"{version}/card.md").decode()
    assert told["lineage"]["codeSha256"] in card
    assert "| scorecard |" in card

    # Nobody has approved it yet.
    assert run.take("promote") == [2]
    run.stages.approve(version, BOB)
    assert run.take("promote", "promote") == [0, 0]
    told = run.audit.take()
    assert [entry["id"] for entry in told] == [f"{version}:champion:1"] * 2
    assert told[0] == {
        "type": "promotion", "schemaVersion": 1, "id": f"{version}:champion:1", "at": told[0]["at"], "by": BOB,
        "stage": "champion", "modelVersion": version, "previousVersion": None,
        "dataSnapshot": f"sha256:{digest_of(SAMPLE)}", "reason": f"approved, for the run {run.environment['RUN_NAME']}",
    }  # fmt: skip
    assert json.loads(run.registry.read("champion.json"))["version"] == version
    assert run.stages.get(version).approvedBy == BOB
    # A later version is compared with this champion on the same rows.
    assert run.take("evaluate") == [0]
    assert "champion" in json.loads(run.files.read("assessment.json"))["modelAgainst"]


def test_from_a_champion_of_the_time_before_a_model_is_transferred_or_said_why_not(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world follows one law: of many loans the champion knows it, of the few later ones scratch learns little."""

    def train(first: str, last: str) -> tuple[dict, dict]:
        monkeypatch.setenv("FIRST", first)
        monkeypatch.setenv("LAST", last)
        monkeypatch.setenv("STUDY", run.environment["STUDY"] + first)
        assert run.take("prepare", "search", "refit", "transfer", "calibrate", "evaluate", "register") == [0] * 7
        version = json.loads(run.files.read("version.json"))["name"]
        run.stages.approve(version, BOB)
        assert run.take("promote") == [0]
        return json.loads(run.registry.read(f"{version}/manifest.json")), json.loads(run.files.read("transfer.json"))

    run.stages.request(run.environment["RUN_NAME"], ANN)
    monkeypatch.setenv("SOURCE", f"file://{_by_one_law(tmp_path / 'loans.csv')}")
    monkeypatch.setenv("TRANSFER_REGISTRY", run.environment["REGISTRY"])
    monkeypatch.setenv("TRANSFER_VERSION", "champion")
    first, chosen = train("1997-01-01", "2001-12-31")
    assert chosen["reason"] == "there is no champion to transfer from"
    assert "parent" not in first["lineage"]

    later, chosen = train("2002-01-01", "2005-12-31")
    assert chosen["way"] != "scratch"
    assert chosen["measured"]["againstScratch"][chosen["way"]]["brier"]["high"] < 0
    assert later["lineage"]["parent"] == chosen["source"] == first["version"]
    assert later["transfer"] == chosen
    assert b"<svg" in run.files.read("transfer/efficiency.svg")
    assert [point["labels"] for point in json.loads(run.files.read("transfer/efficiency.json"))] == [50, 100]
    assessed = json.loads(run.files.read("assessment.json"))
    assert {"source", "scratch"} <= assessed["modelAgainst"].keys()
    card = run.registry.read(f"{later['version']}/card.md").decode()
    assert f"| transfer | {chosen['way']}: its Brier score is" in card

    # That champion knows how these loans ended.
    again, chosen = train("1999-01-01", "2005-12-31")
    assert chosen["reason"].endswith("it knows how loans of this training ended")
    assert "parent" not in again["lineage"]


def test_what_can_not_be_transferred_from_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run.stages.request(run.environment["RUN_NAME"], ANN)
    assert run.take("prepare", "search", "refit", "calibrate", "evaluate", "register") == [0] * 6
    version = json.loads(run.files.read("version.json"))["name"]
    monkeypatch.setenv("TRANSFER_REGISTRY", run.environment["REGISTRY"])
    monkeypatch.setenv("TRANSFER_VERSION", "v000000000000")
    assert run.take("transfer") == [2]
    run.registry.write(f"{version}/model.txt", run.registry.read(f"{version}/model.txt") + b" ")
    monkeypatch.setenv("TRANSFER_VERSION", version)
    assert run.take("transfer") == [2]
    monkeypatch.setenv("SEGMENT", "state=ZZ")
    assert run.take("prepare") == [2]
    said = capsys.readouterr().err
    assert "there is no version v000000000000 to transfer from" in said
    assert f"model.txt of {version} is not the file that was registered" in said
    assert "has 0 loans of 1997-01-01 to 2003-12-31 with an outcome" in said


def test_a_run_that_nobody_has_asked_for_in_their_own_name_stops(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.stages.request("another run", ANN)
    assert run.take("prepare") == [2]
    assert f"{ANN} has not asked for the run {run.environment['RUN_NAME']}" in capsys.readouterr().err


def test_what_a_step_can_not_work_with_is_said_in_a_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run.stages.request(run.environment["RUN_NAME"], ANN)
    assert main(["dance"]) == 2
    assert run.take("refit") == [2]
    monkeypatch.setenv("SNAPSHOT", "latest")
    assert run.take("prepare") == [2]
    monkeypatch.delenv("RUN")
    assert run.take("prepare") == [2]
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].strip()[:25] for line in said] == [
        "name one step of prepare,", "there is no study at dyna", "snapshot is latest", "RUN is not set",
    ]  # fmt: skip
