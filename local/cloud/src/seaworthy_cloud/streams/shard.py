"""The records of one shard, and the form in which a function gets them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

Record = dict[str, Any]


class Shard:
    """Read access to a shard, for one mapping."""

    def __init__(self, stream: dict[str, Any], shard_id: str, mapping: dict[str, Any], region: str) -> None:
        """A view of the stream's shard; its records stay where they are."""
        self.id = shard_id
        self._stream = stream
        self._mapping = mapping
        self._region = region

    def start(self) -> int:
        """Where a new mapping begins to read."""
        whole = self._mapping.get("StartingPosition", "LATEST") == "TRIM_HORIZON" or self._mapping.get("_seen")
        return 0 if whole else len(self._records())

    def read(self, position: int, most: int) -> list[Record]:
        """At most so many records from a position on."""
        return self._records()[position : position + most]

    def _records(self) -> list[Record]:
        return self._stream["shards"][self.id]["records"]

    def event(self, record: Record) -> dict[str, Any]:
        """The record as in a Kinesis event."""
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record["PartitionKey"],
                "sequenceNumber": record["SequenceNumber"],
                "data": _base64(record["Data"]),
                "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.id}:{record['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self._mapping.get("FunctionArn", ""),
            "awsRegion": self._region,
            "eventSourceARN": self._mapping["EventSourceArn"],
        }


def lane_of(record: Record, lanes: int) -> int:
    """The lane that a record's partition key belongs to: order holds for each key."""
    digest = hashlib.md5(record["PartitionKey"].encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % lanes


def arrival(record: Record) -> float:
    """When the record was put, in seconds since 1970."""
    return float(record["ApproximateArrivalTimestamp"])


def _base64(data: str | bytes) -> str:
    """The emulator keeps data as base64 text or as bytes, as it was put."""
    if isinstance(data, str):
        try:
            base64.b64decode(data, validate=True)
        except binascii.Error:
            return base64.b64encode(data.encode()).decode()
        return data
    return base64.b64encode(data).decode()
