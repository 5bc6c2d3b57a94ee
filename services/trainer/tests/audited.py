"""An audit trail's queue, and what is in it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import jsonschema
from cloud import ROOT

_SCHEMA = json.loads((ROOT / "schemas/audit-entry.schema.json").read_text())


class AuditQueue:
    """A queue in the embedded cloud."""

    def __init__(self, name: str) -> None:
        self._client = boto3.client("sqs")
        self.url: str = self._client.create_queue(QueueName=name)["QueueUrl"]

    def take(self) -> list[dict[str, Any]]:
        """All entries, oldest first, each of the published form; the queue is empty after."""
        entries = []
        while found := self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                entry = json.loads(message["Body"])
                jsonschema.validate(entry, _SCHEMA, format_checker=jsonschema.FormatChecker())
                entries.append(entry)
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(entries, key=lambda entry: entry["at"])
