"""Kinesis, DynamoDB-stream and Kafka event source mappings with AWS's batch, retry and failure rules.

The emulator's own pollers ignore partial batch responses, bisection, the retry limit, the batching window and the
failure destination, and serve every mapping from one thread. Here each lane of a shard (there are
`ParallelizationFactor` of them) has a thread of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from seaworthy_cloud.patching import replace
from seaworthy_cloud.streams import arrivals, kafka, positions
from seaworthy_cloud.streams.kafka import KafkaPartition
from seaworthy_cloud.streams.lane import Lane
from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.source import KinesisShard, Source, TableShard, has_stream, kinesis_stream

_lanes: dict[tuple[str, str], list[Lane]] = {}
"""The lanes of each mapping and shard."""
_original_create = lambda_svc._create_esm
_original_ensure_poller = lambda_svc._ensure_poller


def install() -> None:
    """Put the lanes in the place of the emulator's pollers of streams."""
    arrivals.install()
    replace(lambda_svc, "_init_stream_position", positions.anchor)
    replace(lambda_svc, "_create_esm", _create)
    replace(lambda_svc, "_ensure_poller", _ensure_poller)
    replace(lambda_svc, "_poll_kinesis", _start_lanes)
    replace(lambda_svc, "_poll_dynamodb_streams", lambda: False)


def _create(data: dict[str, Any]) -> Any:
    """CreateEventSourceMapping, with AWS's default for streams; what is not known here is refused, not ignored."""
    refused = _unknown_setting(data)
    if refused:
        return lambda_svc._invalid_parameter_value(f"the embedded cloud does not know {refused}")
    if _reads_stream(data.get("EventSourceArn", "")):
        data = {"BatchSize": 100, **data}
    return _original_create(data)


def _unknown_setting(data: dict[str, Any]) -> str | None:
    if data.get("StartingPosition") == "AT_TIMESTAMP":
        return "StartingPosition AT_TIMESTAMP"
    if data.get("TumblingWindowInSeconds"):
        return "TumblingWindowInSeconds"
    if "/consumer/" in data.get("EventSourceArn", ""):
        return "stream consumers with enhanced fan-out"
    return None


def _ensure_poller() -> None:
    """Called when a mapping has been made: its lanes start now and not at the next look."""
    _original_ensure_poller()
    esm_wake.set()


def _start_lanes() -> bool:
    """Start the lanes of mappings and shards that have none.

    Returns False, which tells the emulator's polling loop that there is nothing for it to do.
    """
    for key, lanes in list(_lanes.items()):
        if not any(lane.is_alive() for lane in lanes):
            del _lanes[key]
    for account, region, record in lambda_svc._iter_all_esms():
        if record.get("Topics") or _reads_stream(record.get("EventSourceArn", "")):
            with request_scope(account, region):
                _start_lanes_of(Mapping(record), (account, region))
    return False


def _start_lanes_of(mapping: Mapping, scope: tuple[str, str]) -> None:
    for source in _sources(mapping, scope):
        key = (mapping.id, source.shard_id)
        # All lanes start together, and only once all of another number have ended: order holds for each key.
        if key in _lanes:
            continue
        numbers = range(mapping.lanes)
        if isinstance(source, KafkaPartition):
            starts, saves = [source.committed()], [source.commit]
        else:
            starts = [positions.position_of(*key, number, len(numbers)) for number in numbers]
            saves = [partial(positions.save, *key, number, len(numbers)) for number in numbers]
        for start, save in zip(starts, saves, strict=True):
            save(start)
        _lanes[key] = [
            Lane(mapping, source, number, len(numbers), starts[number], saves[number], scope) for number in numbers
        ]
        for lane in _lanes[key]:
            lane.start()


def _sources(mapping: Mapping, scope: tuple[str, str]) -> Iterator[Source]:
    """The shards of the mapping's stream; none while there is no such stream."""
    if mapping.record.get("Topics"):
        yield from kafka.partitions(mapping, scope)
        return
    if ":dynamodb:" in mapping.source_arn:
        if has_stream(mapping.source_arn):
            yield TableShard(mapping)
        return
    stream = kinesis_stream(mapping.source_arn)
    if stream is None or stream["StreamStatus"] != "ACTIVE":
        return
    function = mapping.function() or {}
    role = (function.get("config") or {}).get("Role", "")
    for shard_id in list(stream["shards"]):
        yield KinesisShard(mapping, shard_id, stream, role)


def _reads_stream(source_arn: str) -> bool:
    return ":kinesis:" in source_arn or ":dynamodb:" in source_arn
