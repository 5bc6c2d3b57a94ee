"""The records of a shard, of a Kinesis stream or of a table's stream, and the form in which a function gets them."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ministack.core.arn import parse_arn
from ministack.services import dynamodb, kinesis

from seaworthy_cloud.streams import measures
from seaworthy_cloud.streams.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Record:
    """A record on its way to the function."""

    sequence: str
    """The sequence number, by which the function reports a failure."""
    arrived: float
    """When it was put, in seconds since 1970."""
    event: dict[str, Any]
    """What the function gets."""
    size: int
    """Bytes that it adds to the invocation, nearly."""


Raw = dict[str, Any]
"""A record as the emulator keeps it."""


class Source(Protocol):
    """A shard. A position lies after a record; 0 is before the first."""

    shard_id: str
    batch_info: str
    """The name of the part of a failure's description that tells the batch."""

    @property
    def exists(self) -> bool:
        """Whether the stream has not been deleted."""
        ...

    def latest(self) -> int:
        """The position after the last record."""
        ...

    def read(self, position: int, most: int) -> list[tuple[int, Raw]]:
        """At most so many records after a position, each with the position after it."""
        ...

    def key(self, raw: Raw) -> str:
        """What the order of records is kept for."""
        ...

    def record(self, raw: Raw) -> Record:
        """The record as it is delivered."""
        ...

    def payload(self, records: Sequence[Record]) -> dict[str, Any]:
        """The event of an invocation with these records."""
        ...

    def describe(self, records: Sequence[Record]) -> dict[str, Any]:
        """What the description of a failure says of a batch."""
        ...

    def measure(self, records: Sequence[Record]) -> None:
        """Record how far behind the mapping is at an attempt to deliver these records."""
        ...


class KinesisShard:
    """A shard of a Kinesis stream. Positions are sequence numbers, so records that expire move none."""

    batch_info = "KinesisBatchInfo"

    def __init__(self, mapping: Mapping, shard_id: str, stream: dict[str, Any], role_arn: str) -> None:
        """Reads the shard of the emulator's record of a stream."""
        self.shard_id = shard_id
        self._mapping = mapping
        stream_arn = mapping.source_arn
        self._arn = stream_arn
        self._region = stream_arn.split(":")[3]
        self._stream = stream
        self._role = role_arn

    @property
    def exists(self) -> bool:
        """Whether the stream has not been deleted."""
        return kinesis_stream(self._arn) is self._stream

    def latest(self) -> int:
        """The sequence number of the last record."""
        records = self._records()
        return int(records[-1]["SequenceNumber"]) if records else 0

    def read(self, position: int, most: int) -> list[tuple[int, Raw]]:
        """At most so many records after a position."""
        records = self._records()
        first = bisect_right(records, position, key=_sequence)
        return [(_sequence(raw), raw) for raw in records[first : first + most]]

    def key(self, raw: Raw) -> str:
        """The partition key."""
        return raw["PartitionKey"]

    def record(self, raw: Raw) -> Record:
        """The record as in a Kinesis event."""
        data = _base64(raw["Data"])
        event = {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": raw["PartitionKey"],
                "sequenceNumber": raw["SequenceNumber"],
                "data": data,
                "approximateArrivalTimestamp": raw["ApproximateArrivalTimestamp"],
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.shard_id}:{raw['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self._role,
            "awsRegion": self._region,
            "eventSourceARN": self._arn,
        }
        size = len(data) + len(raw["PartitionKey"]) + _FIELDS_SIZE
        return Record(raw["SequenceNumber"], float(raw["ApproximateArrivalTimestamp"]), event, size)

    def payload(self, records: Sequence[Record]) -> dict[str, Any]:
        """The event of an invocation."""
        return {"Records": [record.event for record in records]}

    def describe(self, records: Sequence[Record]) -> dict[str, Any]:
        """What the description of a failure says of a batch."""
        return _describe(self._arn, self.shard_id, records)

    def measure(self, records: Sequence[Record]) -> None:
        """Record the age of the batch."""
        measures.record_age(self._mapping, records)

    def _records(self) -> list[Raw]:
        return self._stream["shards"][self.shard_id]["records"]


class TableShard:
    """The stream of a DynamoDB table, which has one shard here. Positions count its records."""

    batch_info = "DDBStreamBatchInfo"
    shard_id = "shardId-00000000000000000000-00000000"

    def __init__(self, mapping: Mapping) -> None:
        """Reads the stream, which must be the table's latest."""
        self._mapping = mapping
        self._arn = mapping.source_arn
        self._table = table_of(self._arn)

    @property
    def exists(self) -> bool:
        """Whether the table still has this stream."""
        return has_stream(self._arn)

    def latest(self) -> int:
        """How many records there have been."""
        return dynamodb.stream_end_position(self._table)

    def read(self, position: int, most: int) -> list[tuple[int, Raw]]:
        """At most so many records after a position; those that have expired are skipped."""
        position = max(position, dynamodb.stream_start_position(self._table))
        records = dynamodb.stream_records_since(self._table, position, most)
        return [(position + index + 1, raw) for index, raw in enumerate(records)]

    def key(self, raw: Raw) -> str:
        """The key of the item."""
        return json.dumps(raw["dynamodb"].get("Keys", {}), sort_keys=True, default=str)

    def record(self, raw: Raw) -> Record:
        """The record as in a DynamoDB event."""
        change = raw["dynamodb"]
        arrived = float(change.get("ApproximateCreationDateTime", time.time()))
        return Record(str(change["SequenceNumber"]), arrived, raw, len(json.dumps(raw, default=str)))

    def payload(self, records: Sequence[Record]) -> dict[str, Any]:
        """The event of an invocation."""
        return {"Records": [record.event for record in records]}

    def describe(self, records: Sequence[Record]) -> dict[str, Any]:
        """What the description of a failure says of a batch."""
        return _describe(self._arn, self.shard_id, records)

    def measure(self, records: Sequence[Record]) -> None:
        """Record the age of the batch."""
        measures.record_age(self._mapping, records)


def kinesis_stream(stream_arn: str) -> dict[str, Any] | None:
    """The emulator's record of a stream."""
    arn = parse_arn(stream_arn)
    stream = kinesis._streams.get_scoped(arn.account_id, arn.region, arn.resource.split("/", 1)[1])
    return stream if stream and stream["StreamARN"] == stream_arn else None


def table_of(stream_arn: str) -> str:
    """The name of the table that a stream's ARN names."""
    return stream_arn.split("/stream/")[0].rsplit("/", 1)[-1]


def has_stream(stream_arn: str) -> bool:
    """Whether there is a table with this stream, in the account and region of the request."""
    table = dynamodb._tables.get(table_of(stream_arn))
    return bool(table) and table.get("LatestStreamArn") == stream_arn


_FIELDS_SIZE = 600
"""Bytes of a Kinesis event besides data and key."""


def _sequence(raw: Raw) -> int:
    return int(raw["SequenceNumber"])


def _base64(data: str | bytes) -> str:
    """The emulator keeps data as base64 text or as bytes, as it was put."""
    if isinstance(data, bytes):
        return base64.b64encode(data).decode()
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error:
        return base64.b64encode(data.encode()).decode()
    return data


def instant(seconds: float) -> str:
    """A time in seconds since 1970 as ISO 8601, in UTC."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _describe(stream_arn: str, shard_id: str, records: Sequence[Record]) -> dict[str, Any]:
    first, last = records[0], records[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": first.sequence,
        "endSequenceNumber": last.sequence,
        "approximateArrivalOfFirstRecord": instant(first.arrived),
        "approximateArrivalOfLastRecord": instant(last.arrived),
        "batchSize": len(records),
        "streamArn": stream_arn,
    }
