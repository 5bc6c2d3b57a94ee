"""Stages of versions in DynamoDB, as people change them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from audited import AuditQueue
from botocore.exceptions import ClientError
from cloud import Cloud

from trainer.__main__ import main
from trainer.loans import Refused
from trainer.people import caller
from trainer.signing import sign
from trainer.stages import Stages
from trainer.store import Store

ROLE = "arn:aws:iam::000000000000:role/people"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = Cloud(tmp_path_factory.mktemp("cloud"))
    yield started
    started.stop()


@pytest.fixture
def table(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    name = f"stages-{abs(hash(request.node.name))}"
    attributes = [("id", "HASH"), ("part", "RANGE")]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each, _ in attributes],
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in attributes],
    )
    return name


@pytest.fixture
def stages(table: str) -> Stages:
    """Three candidates, trained by Ann."""
    made = Stages(table)
    for version in ("v1", "v2", "v3"):
        made.add(version, f"digest of {version}", "AROA1:ann")
    return made


def promote(stages: Stages, version: str, approver: str = "AROA2:bob") -> None:
    stages.approve(version, approver)
    stages.promote(version, approver)


def stage_of(stages: Stages, *versions: str) -> list[str]:
    return [stages.get(version).stage for version in versions]


def test_a_champion_retires_the_one_before_and_can_be_rolled_back(stages: Stages) -> None:
    promote(stages, "v1")
    promote(stages, "v2")
    assert stage_of(stages, "v1", "v2", "v3") == ["retired", "champion", "candidate"]
    assert stages.get("v2").approvedBy == "AROA2:bob"
    back = stages.roll_back()
    assert (back.version, back.previous, back.sequence) == ("v1", "v2", 3)
    assert stage_of(stages, "v1", "v2") == ["champion", "retired"]


@pytest.mark.parametrize("approver", ["AROA1:ann", "AROA2:ann"])
def test_who_has_trained_a_version_can_not_approve_it(stages: Stages, approver: str) -> None:
    """Not in the role of an approver either."""
    stages.approve("v1", approver)
    with pytest.raises(Refused, match=f"v1 was trained by {approver}, who"):
        stages.promote("v1", approver)
    assert stage_of(stages, "v1") == ["candidate"]


def test_what_nobody_has_approved_is_not_promoted(stages: Stages) -> None:
    stages.approve("v2", "AROA2:bob")
    stages.approve("v1", "AROA2:carol")
    with pytest.raises(Refused, match="bob has not approved v1: approve it first"):
        stages.promote("v1", "AROA2:bob")
    assert stages.pointer() is None


def test_of_many_promotions_at_the_same_moment_one_takes_place(stages: Stages) -> None:
    promote(stages, "v1")
    changes: set[int] = set()

    def attempt(version: str) -> None:
        stages.approve(version, "AROA2:bob")
        with contextlib.suppress(Refused):
            changes.add(stages.promote(version, "AROA2:bob").sequence)

    attempts = [threading.Thread(target=attempt, args=[version]) for version in ("v2", "v3") * 3]
    for each in attempts:
        each.start()
    for each in attempts:
        each.join()
    champions = [version.version for version in stages.all() if version.stage == "champion"]
    pointer = stages.pointer()
    assert pointer is not None
    assert champions == [pointer.version]
    assert changes == set(range(2, pointer.sequence + 1))


def test_stages_follow_each_other_in_one_order_only(stages: Stages) -> None:
    stages.challenge("v1")
    promote(stages, "v1")
    with pytest.raises(Refused, match="v1 is champion: only candidate can become challenger"):
        stages.challenge("v1")
    with pytest.raises(Refused, match="v1 is champion: only candidate or challenger can become retired"):
        stages.retire("v1")
    stages.retire("v2")
    with pytest.raises(Refused, match="v2 is retired: only a version that is candidate or challenger"):
        promote(stages, "v2")
    with pytest.raises(Refused, match="there is no champion before this one"):
        stages.roll_back()
    with pytest.raises(Refused, match="there is no version v9"):
        stages.get("v9")


def test_a_change_that_was_made_may_be_made_again_and_stays_the_same(stages: Stages) -> None:
    """What follows a change, such as the audit trail's entry, may have failed."""
    for _ in range(2):
        stages.challenge("v3")
    promote(stages, "v1")
    stages.approve("v2", "AROA2:bob")
    first = stages.promote("v2", "AROA2:bob")
    assert stages.promote("v2", "AROA2:bob") == first
    with pytest.raises(Refused, match="v2 is the champion already"):
        promote(stages, "v2", "AROA2:carol")
    back = stages.roll_back("v1")
    assert (back.version, back.sequence) == ("v1", 3)
    assert stages.roll_back("v1") == back
    with pytest.raises(Refused, match="the champion before this one is v2, not v3"):
        stages.roll_back("v3")
    with pytest.raises(Refused, match="v2 is retired: only candidate or challenger can become retired"):
        stages.retire("v2")


def test_registering_again_changes_no_stage(stages: Stages) -> None:
    promote(stages, "v1")
    stages.add("v1", "another digest", "AROA1:mallory")
    assert stages.get("v1").trainedBy == "AROA1:ann"
    assert stage_of(stages, "v1") == ["champion"]


def test_a_person_is_who_aws_says_they_are(cloud: Cloud, table: str) -> None:
    iam = boto3.client("iam")
    iam.create_role(RoleName="people", AssumeRolePolicyDocument="{}")
    ann, bob = (caller(ROLE, name).user_id for name in ("ann", "bob"))
    assert ann.partition(":")[0] == bob.partition(":")[0]
    assert (ann.rpartition(":")[2], bob.rpartition(":")[2]) == ("ann", "bob")
    assert caller().user_id != ann


def test_a_key_in_kms_signs_as_one_in_a_file_does(table: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(sign(key, b"content"), b"content", ec.ECDSA(SHA256()))


def test_people_change_stages_by_a_command(stages: Stages, table: str, tmp_path: Path) -> None:
    registry = f"file://{tmp_path}"
    audit = AuditQueue("people")
    promote(stages, "v1")

    def model(*arguments: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "trainer", "model", *arguments, "--stages", table, "--registry", registry]
        command += ["--audit-queue", audit.url]
        result = subprocess.run(command, env={**os.environ}, capture_output=True, text=True, check=False)
        assert result.returncode == code, result.stderr
        return json.loads(result.stdout) if code == 0 else result.stderr

    model("promote", "--version", "v2")
    champion = json.loads(Store(registry).read("champion.json"))
    assert (champion["version"], champion["manifestSha256"], champion["sequence"]) == ("v2", "digest of v2", 2)
    assert model("rollback", "--version", "v1", "--reason", "drift")["version"] == "v1"
    assert json.loads(Store(registry).read("champion.json"))["version"] == "v1"
    assert model("challenge", "--version", "v3")["stage"] == "challenger"
    challenger = json.loads(Store(registry).read("challenger.json"))
    assert (challenger["version"], challenger["manifestSha256"]) == ("v3", "digest of v3")
    assert {each["version"]: each["stage"] for each in model("list")["versions"]} == {
        "v1": "champion", "v2": "retired", "v3": "challenger",
    }  # fmt: skip
    assert "v1 is champion" in model("retire", "--version", "v1", code=2)
    for _ in range(2):
        model("retire", "--version", "v3")
    assert json.loads(Store(registry).read("challenger.json")) is None
    assert "which version" in model("approve", code=2)
    me = caller().user_id
    told = [tuple(entry[name] for name in ("id", "by", "previousVersion", "reason")) for entry in audit.take()]
    assert told == [
        ("v2:champion:2", me, "v1", "promote, no reason given"),
        ("v1:champion:3", me, "v2", "drift"),
        ("v3:challenger", me, None, "challenge, no reason given"),
        ("v3:retired", me, None, "retire, no reason given"),
        ("v3:retired", me, None, "retire, no reason given"),
    ]


def test_what_the_audit_trail_is_not_told_of_does_not_take_effect(
    stages: Stages, table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, audit = Store(f"file://{tmp_path}"), AuditQueue("lost")
    place = ["--stages", table, "--registry", f"file://{tmp_path}", "--version", "v1", "--audit-queue"]
    for action in ("challenge", "promote"):
        with pytest.raises(ClientError, match="NonExistentQueue"):
            main(["model", action, *place, f"{audit.url}-not"])
    assert registry.read_if_there("challenger.json") is None
    assert registry.read_if_there("champion.json") is None
    assert main(["model", "promote", *place, audit.url]) == 0
    assert json.loads(registry.read("champion.json"))["version"] == "v1"
    assert [entry["id"] for entry in audit.take()] == ["v1:champion:1"]
