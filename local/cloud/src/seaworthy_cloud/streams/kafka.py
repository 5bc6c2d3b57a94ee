"""The partitions of a Kafka topic, as Lambda's mapping reads them: by a group, whose offsets are the positions.

https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from seaworthy_cloud.streams import measures
from seaworthy_cloud.streams.kafka_client import bootstrap_servers, settings_of
from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.source import Raw, Record, instant

log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.2
_ANSWER_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 5.0
_TIMESTAMP_TYPES = {1: "CREATE_TIME", 2: "LOG_APPEND_TIME"}
_known: dict[str, tuple[float, list[int]]] = {}
"""The partitions of each mapping's topic, and when to look again."""


def partitions(mapping: Mapping, scope: tuple[str, str]) -> Iterator[KafkaPartition]:
    """The partitions of the mapping's topic; none while the brokers do not answer or have no such topic."""
    until, numbers = _known.get(mapping.id, (0.0, []))
    if time.monotonic() >= until:
        numbers = _partition_numbers(mapping, scope)
        _known[mapping.id] = (time.monotonic() + _LOOK_AGAIN_SECONDS, numbers)
    for number in numbers:
        yield KafkaPartition(mapping, number, scope)


def _partition_numbers(mapping: Mapping, scope: tuple[str, str]) -> list[int]:
    topic = mapping.topic
    consumer = Consumer(settings_of(mapping.record, scope))
    try:
        described = consumer.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic]
        return [] if described.error else sorted(described.partitions)
    except KafkaException as error:
        log.warning("the brokers of mapping %s do not answer: %s", mapping.id, error)
        return []
    finally:
        consumer.close()


class KafkaPartition:
    """A partition of a topic. A position is the offset of the next record."""

    batch_info = "KafkaBatchInfo"

    def __init__(self, mapping: Mapping, number: int, scope: tuple[str, str]) -> None:
        """Reads the partition; nothing is opened before the first use."""
        self.shard_id = f"{mapping.topic}-{number}"
        self.exists = True
        self._mapping = mapping
        self._partition = TopicPartition(mapping.topic, number)
        self._scope = scope
        self._consumer: Consumer | None = None
        self._next = -1
        """The offset that the consumer gives next."""

    def latest(self) -> int:
        """The offset after the last record."""
        _, high = self._open().get_watermark_offsets(self._partition, timeout=_ANSWER_SECONDS)
        return high

    def committed(self) -> int:
        """Where the group goes on; a group that has read nothing begins where the mapping says."""
        (found,) = self._open().committed([self._partition], timeout=_ANSWER_SECONDS)
        low, high = self._open().get_watermark_offsets(self._partition, timeout=_ANSWER_SECONDS)
        if found.offset >= 0:
            return max(low, found.offset)
        return high if self._mapping.starting_position == "LATEST" else low

    def commit(self, position: int) -> None:
        """Note how far the group has come."""
        offset = TopicPartition(self._partition.topic, self._partition.partition, position)
        self._open().commit(offsets=[offset], asynchronous=False)

    def read(self, position: int, most: int) -> list[tuple[int, Raw]]:
        """At most so many records from a position on."""
        consumer = self._open()
        if position != self._next:
            consumer.assign([TopicPartition(self._partition.topic, self._partition.partition, position)])
            self._next = position
        messages = consumer.consume(most, timeout=_WAIT_SECONDS)
        records = [message for message in messages if not message.error()]
        if records:
            self._next = _offset(records[-1]) + 1
        self._measure_lag(position)
        return [(_offset(message) + 1, {"message": message}) for message in records]

    def key(self, raw: Raw) -> str:
        """The key of the record."""
        return str(raw["message"].key())

    def record(self, raw: Raw) -> Record:
        """The record as in a Kafka event."""
        message: Message = raw["message"]
        kind, milliseconds = message.timestamp()
        key, value = _base64(message.key()), _base64(message.value())
        event = {
            "topic": self._partition.topic,
            "partition": self._partition.partition,
            "offset": _offset(message),
            "timestamp": milliseconds,
            "timestampType": _TIMESTAMP_TYPES.get(kind, "CREATE_TIME"),
            "key": key,
            "value": value,
            "headers": [{name: list(content or b"")} for name, content in message.headers() or []],
        }
        size = len(key or "") + len(value or "") + 300
        return Record(f"{self.shard_id}:{_offset(message)}", milliseconds / 1000, event, size)

    def payload(self, records: Sequence[Record]) -> dict[str, Any]:
        """The event of an invocation."""
        return {
            "eventSource": "SelfManagedKafka",
            "bootstrapServers": bootstrap_servers(self._mapping.record),
            "records": {self.shard_id: [record.event for record in records]},
        }

    def describe(self, records: Sequence[Record]) -> dict[str, Any]:
        """What the description of a failure says of a batch."""
        first, last = records[0], records[-1]
        return {
            "batchSize": len(records),
            "bootstrapServers": bootstrap_servers(self._mapping.record),
            "payloadSize": sum(record.size for record in records),
            "recordInfo": {
                self.shard_id: {
                    "firstRecordOffset": first.event["offset"],
                    "lastRecordOffset": last.event["offset"],
                    "firstRecordTimestamp": instant(first.arrived),
                    "lastRecordTimestamp": instant(last.arrived),
                }
            },
        }

    def measure(self, records: Sequence[Record]) -> None:
        """Record how far behind the group is at an attempt to deliver these records."""
        self._measure_lag(records[0].event["offset"])

    def _measure_lag(self, position: int) -> None:
        _, high = self._open().get_watermark_offsets(self._partition, cached=True)
        if high >= 0:
            measures.record_lag(self._mapping, max(0, high - position))

    def _open(self) -> Consumer:
        if self._consumer is None:
            self._consumer = Consumer(settings_of(self._mapping.record, self._scope))
        return self._consumer


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None, "a record that was read has an offset"
    return offset


def _base64(content: str | bytes | None) -> str | None:
    if content is None:
        return None
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
