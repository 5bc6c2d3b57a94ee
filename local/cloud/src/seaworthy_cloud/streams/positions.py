"""How far each lane has come. The emulator keeps the store with the mappings, over a restart too if it persists any."""

from __future__ import annotations

import threading

from ministack.services import lambda_svc

from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.source import KinesisShard, kinesis_stream

_lock = threading.Lock()
_original_init = lambda_svc._init_stream_position


def anchor(mapping_id: str, source_arn: str, starting: str) -> None:
    """Note where a new mapping begins to read: what is put from now on is not missed, however late a lane starts.

    Raises ValueError for a starting position that is not known here.
    """
    if starting not in ("LATEST", "TRIM_HORIZON"):
        raise ValueError(f"StartingPosition is {starting}: the embedded cloud knows LATEST and TRIM_HORIZON")
    _original_init(mapping_id, source_arn, starting)
    stream = kinesis_stream(source_arn) if ":kinesis:" in source_arn else None
    if stream and starting == "LATEST":
        mapping = Mapping({"UUID": mapping_id, "EventSourceArn": source_arn})
        shards = (KinesisShard(mapping, shard_id, stream, "") for shard_id in stream["shards"])
        lambda_svc._kinesis_positions[mapping_id] = {shard.shard_id: shard.latest() for shard in shards}


def position_of(mapping_id: str, shard_id: str, number: int, lanes: int) -> int:
    """Where a lane goes on. With another number of lanes than before, all go on where the slowest was."""
    known = lambda_svc._kinesis_positions.get(mapping_id) or {}
    own = known.get(_name(shard_id, number, lanes))
    if own is not None:
        return own
    of_shard = [position for name, position in known.items() if name.startswith(f"{shard_id}/")]
    if of_shard:
        return min(of_shard)
    # A shard that was not there when the mapping was made is read from its beginning, or a split would lose records.
    return known.get(shard_id, lambda_svc._dynamodb_stream_positions.get(mapping_id, 0))


def save(mapping_id: str, shard_id: str, number: int, lanes: int, position: int) -> None:
    """Note that a lane has come so far; what was noted with another number of lanes is forgotten."""
    with _lock:
        if mapping_id not in lambda_svc._esms:
            return
        known = lambda_svc._kinesis_positions.get(mapping_id) or {}
        kept = {name: value for name, value in known.items() if _counts(name, shard_id, lanes)}
        lambda_svc._kinesis_positions[mapping_id] = {**kept, _name(shard_id, number, lanes): position}


def _name(shard_id: str, number: int, lanes: int) -> str:
    return f"{shard_id}/{number}/{lanes}"


def _counts(name: str, shard_id: str, lanes: int) -> bool:
    return not name.startswith(f"{shard_id}/") or name.endswith(f"/{lanes}")
