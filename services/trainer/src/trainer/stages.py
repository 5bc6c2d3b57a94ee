"""Where a version stands, in DynamoDB: candidate, challenger, champion or retired, and who has answered for it.

One table, ``id`` and ``part``:

- ``<version>``, ``version``: the version's stage, manifest, trainer and approver.
- ``champion``, ``pointer``: the version that is served, the one before it, and a number that grows by one a change.
- ``run#<name>``, ``run``: the version that a run of the pipeline has made, and the token of its wait for approval.
- ``trainer#<user id>`` and ``approver#<user id>``, by run or by version: what a person has asked for or approved.
  A person's policy lets them write under their own id alone (``dynamodb:LeadingKeys``), so nobody can do it in
  another's name.

Every change is a conditional write: of two at the same moment one takes place, and the other is refused.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import boto3
import msgspec
from botocore.exceptions import ClientError

from trainer.loans import Refused
from trainer.people import same_person

Stage = Literal["candidate", "challenger", "champion", "retired"]

_POINTER = {"id": {"S": "champion"}, "part": {"S": "pointer"}}


class Version(msgspec.Struct, omit_defaults=True):
    """A version's record."""

    version: str
    stage: Stage
    manifestSha256: str
    trainedBy: str
    registeredAt: str
    #: The run of the pipeline that has made it.
    run: str | None = None
    approvedBy: str | None = None
    changedAt: str | None = None


class Pointer(msgspec.Struct):
    """Which version is served."""

    version: str
    previous: str | None
    sequence: int


class Stages:
    """The stages of one model's versions."""

    def __init__(self, table: str, session: Any = boto3) -> None:  # noqa: ANN401
        """Open the table, as whoever the session stands for; nothing is read yet."""
        self._table = table
        self._client: Any = session.client("dynamodb")

    def add(self, version: str, manifest_sha256: str, trained_by: str, run: str | None = None) -> None:
        """Record a new version as a candidate. One that is there already stays as it is."""
        more = {"run": {"S": run}} if run else {}
        item = {
            **_key(version),
            "stage": {"S": "candidate"},
            "manifestSha256": {"S": manifest_sha256},
            "trainedBy": {"S": trained_by},
            "registeredAt": {"S": _now()},
            **more,
        }
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)")
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def get(self, version: str) -> Version:
        """A version's record.

        Raises:
            Refused: if there is none.
        """
        item = self._client.get_item(TableName=self._table, Key=_key(version), ConsistentRead=True).get("Item")
        if item is None:
            raise Refused(f"there is no version {version}: list the versions to see which there are")
        return _version(item)

    def all(self) -> list[Version]:
        """All versions, the newest first."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="part = :part",
            ExpressionAttributeValues={":part": {"S": "version"}},
        )
        found = [_version(item) for page in pages for item in page["Items"]]
        return sorted(found, key=lambda each: each.registeredAt, reverse=True)

    def pointer(self) -> Pointer | None:
        """Which version is served, or None before the first promotion."""
        item = self._client.get_item(TableName=self._table, Key=_POINTER, ConsistentRead=True).get("Item")
        if item is None:
            return None
        return Pointer(item["version"]["S"], item.get("previous", {}).get("S"), int(item["sequence"]["N"]))

    def approve(self, version: str, user: str) -> None:
        """Write down that a person approves of a version; what it is worth is checked at the promotion."""
        self._person("approver", user, version)

    def request(self, run: str, user: str) -> None:
        """Write down that a person asks for a run of the pipeline."""
        self._person("trainer", user, run)

    def note_run(self, run: str, version: str) -> None:
        """Write down which version a run has made."""
        self._client.update_item(
            TableName=self._table,
            Key=_run_key(run),
            UpdateExpression="SET version = :version",
            ExpressionAttributeValues={":version": {"S": version}},
        )

    def waiting(self, run: str) -> str | None:
        """The version that a run has made, once the run waits for its approval."""
        item = self._client.get_item(TableName=self._table, Key=_run_key(run), ConsistentRead=True).get("Item", {})
        return item["version"]["S"] if "token" in item else None

    def token(self, version: str) -> str | None:
        """The token of the run that waits for this version's approval; None if none waits."""
        run = self.get(version).run
        if run is None:
            return None
        item = self._client.get_item(TableName=self._table, Key=_run_key(run), ConsistentRead=True).get("Item", {})
        return item.get("token", {}).get("S")

    def has_requested(self, run: str, user: str) -> bool:
        """Whether that person has asked for that run."""
        key = {"id": {"S": f"trainer#{user}"}, "part": {"S": run}}
        return "Item" in self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)

    def challenge(self, version: str) -> None:
        """Let a candidate be scored beside the champion, without a decision being made by it."""
        self._move(version, "challenger", ["candidate"])

    def retire(self, version: str) -> None:
        """Take a version that is not the champion out of use."""
        self._move(version, "retired", ["candidate", "challenger"])

    def promote(self, version: str, approver: str) -> Pointer:
        """Make a candidate or challenger the champion, approved by a person who did not train it.

        One that this person has made the champion already stays it: what follows a promotion may have failed.

        Raises:
            Refused: if that person has not approved it or has trained it, if its stage is another, or if the
                champion has changed meanwhile.
        """
        record = self.get(version)
        if same_person(record.trainedBy, approver):
            raise Refused(f"{version} was trained by {approver}, who can't approve it too: ask somebody else")
        pointer = self.pointer()
        if pointer is not None and pointer.version == version and record.approvedBy == approver:
            return pointer
        approved = {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": {"id": {"S": f"approver#{approver}"}, "part": {"S": version}},
                "ConditionExpression": "attribute_exists(id)",
            }
        }
        return self._replace(version, ["candidate", "challenger"], approver, [approved])

    def roll_back(self, version: str | None = None) -> Pointer:
        """Make the champion before this one the champion again; it was approved when it was promoted.

        Args:
            version: the one to go back to. If it is the champion already it stays it, so that a rollback may be
                repeated; without a version each goes one step further.

        Raises:
            Refused: if there is none, if it is another one, or if the champion has changed meanwhile.
        """
        pointer = self.pointer()
        if pointer is not None and pointer.version == version:
            return pointer
        if pointer is None or pointer.previous is None:
            raise Refused("there is no champion before this one: promote another version instead")
        if version not in (None, pointer.previous):
            raise Refused(f"the champion before this one is {pointer.previous}, not {version}")
        return self._replace(pointer.previous, ["retired"], None, [])

    def _replace(self, version: str, stages: list[Stage], approver: str | None, checks: list[Any]) -> Pointer:
        before = self.pointer()
        if before is not None and before.version == version:
            raise Refused(f"{version} is the champion already")
        after = Pointer(version, before.version if before else None, before.sequence + 1 if before else 1)
        moves = [self._update(version, "champion", stages, approver)]
        if before is not None:
            moves.append(self._update(before.version, "retired", ["champion"], None))
        try:
            self._client.transact_write_items(TransactItems=[*checks, *moves, self._point(before, after)])
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise Refused(self._refusal(version, stages, approver, before)) from error
        return after

    def _refusal(self, version: str, stages: list[Stage], approver: str | None, before: Pointer | None) -> str:
        """Which of the conditions of a promotion does not hold."""
        stage = self.get(version).stage
        if stage not in stages:
            return f"{version} is {stage}: only a version that is {' or '.join(stages)} can become the champion"
        if self.pointer() != before:
            return "the champion has changed meanwhile: look at it, and try again"
        return f"{approver} has not approved {version}: approve it first"

    def _point(self, before: Pointer | None, after: Pointer) -> dict[str, Any]:
        values = {":version": {"S": after.version}, ":sequence": {"N": str(after.sequence)}, ":now": {"S": _now()}}
        update = "SET version = :version, #sequence = :sequence, changedAt = :now"
        names = {"#sequence": "sequence"}
        condition = "attribute_not_exists(id)"
        if before is not None:
            update += ", previous = :previous"
            values |= {":previous": {"S": before.version}, ":before": {"N": str(before.sequence)}}
            condition = "#sequence = :before"
        return {
            "Update": {
                "TableName": self._table,
                "Key": _POINTER,
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }

    def _update(self, version: str, to: Stage, stages: list[Stage], approver: str | None) -> dict[str, Any]:
        allowed = {f":from{i}": {"S": stage} for i, stage in enumerate(stages)}
        values = {":to": {"S": to}, ":now": {"S": _now()}, **allowed}
        update = "SET stage = :to, changedAt = :now"
        if approver is not None:
            update += ", approvedBy = :approver"
            values[":approver"] = {"S": approver}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(version),
                "UpdateExpression": update,
                "ConditionExpression": f"stage IN ({', '.join(allowed)})",
                "ExpressionAttributeValues": values,
            }
        }

    def _move(self, version: str, to: Stage, stages: list[Stage]) -> None:
        try:
            self._client.update_item(**self._update(version, to, stages, None)["Update"])
        except self._client.exceptions.ConditionalCheckFailedException as error:
            record = self.get(version)
            # Moved before, though what follows may have failed. A champion that another has replaced was not moved.
            if record.stage == to and record.approvedBy is None:
                return
            raise Refused(f"{version} is {record.stage}: only {' or '.join(stages)} can become {to}") from error

    def _person(self, role: str, user: str, part: str) -> None:
        item = {"id": {"S": f"{role}#{user}"}, "part": {"S": part}, "at": {"S": _now()}}
        self._client.put_item(TableName=self._table, Item=item)


def _run_key(run: str) -> dict[str, Any]:
    return {"id": {"S": f"run#{run}"}, "part": {"S": "run"}}


def _key(version: str) -> dict[str, Any]:
    return {"id": {"S": version}, "part": {"S": "version"}}


def _version(item: dict[str, Any]) -> Version:
    fields = {name: value["S"] for name, value in item.items() if "S" in value}
    return msgspec.convert({**fields, "version": fields["id"]}, Version)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
