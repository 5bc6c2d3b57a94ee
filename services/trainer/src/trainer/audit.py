"""Tells the audit trail that a version's stage has changed, in the form of ``schemas/audit-entry.schema.json``.

An entry goes into the trail's queue, as ``lambdas/patterns/audit/append.ts`` puts it there. The trail takes the first
of those with the same id, so that telling it again does no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import boto3
import msgspec

from trainer.stages import Pointer, Stage
from trainer.store import Store

#: Appends an entry, and returns when it is durable.
Append = Callable[["StageEntry"], None]


class StageEntry(msgspec.Struct, tag_field="type", tag="promotion", frozen=True):
    """A version's change of stage."""

    id: str
    at: str
    #: User id of whoever is answerable for it, see ``people.py``.
    by: str
    stage: Stage
    modelVersion: str
    #: The champion before this one, where it is the champion.
    previousVersion: str | None
    dataSnapshot: str | None
    reason: str
    schemaVersion: int = 1


class _Lineage(msgspec.Struct):
    dataSnapshot: str | None = None


class _Manifest(msgspec.Struct):
    lineage: _Lineage = msgspec.field(default_factory=_Lineage)


def append_to(queue_url: str | None) -> Append:
    """What appends to the trail behind a queue; without a queue there is no trail, and nothing is told."""
    if not queue_url:
        return lambda entry: None
    client = boto3.client("sqs")
    return lambda entry: client.send_message(QueueUrl=queue_url, MessageBody=msgspec.json.encode(entry).decode())


def champion_entry(registry: Store, pointer: Pointer, by: str, reason: str) -> StageEntry:
    """A version became the champion; it may do so again after a rollback, hence the number of the change in the id."""
    name = f"{pointer.version}:champion:{pointer.sequence}"
    return _entry(registry, name, by, "champion", pointer.version, pointer.previous, reason)


def stage_entry(registry: Store, version: str, stage: Stage, by: str, reason: str) -> StageEntry:
    """A version came to a stage that it comes to once."""
    return _entry(registry, f"{version}:{stage}", by, stage, version, None, reason)


def _entry(
    registry: Store, name: str, by: str, stage: Stage, version: str, previous: str | None, reason: str
) -> StageEntry:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return StageEntry(name, now, by, stage, version, previous, _data_snapshot(registry, version), reason)


def _data_snapshot(registry: Store, version: str) -> str | None:
    """What the version was trained on, as its manifest has it."""
    content = registry.read_if_there(f"{version}/manifest.json")
    return None if content is None else msgspec.json.decode(content, type=_Manifest).lineage.dataSnapshot
