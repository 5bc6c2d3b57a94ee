"""Kinesis event source mappings with AWS's batch, retry and failure rules.

The emulator's own poller ignores partial batch responses, bisection, the retry limit, the age limit, the batching
window and the failure destination, and serves every mapping from one thread. Here each lane of a shard (there are
`ParallelizationFactor` of them) has a thread of its own.
"""

from __future__ import annotations

import contextvars

from ministack.core.responses import request_scope
from ministack.services import kinesis, lambda_svc

from seaworthy_cloud.patching import replace
from seaworthy_cloud.streams.lane import Lane
from seaworthy_cloud.streams.shard import Shard

_lanes: dict[tuple[str, str, int], Lane] = {}


def install() -> None:
    """Put the lanes in the place of the emulator's poller."""
    replace(lambda_svc, "_poll_kinesis", _start_lanes)


def _start_lanes() -> bool:
    """Start the lanes of mappings and shards that are new, and forget those that have ended.

    Returns False, which tells the emulator's polling loop that there is nothing for it to do.
    """
    for key, lane in list(_lanes.items()):
        if not lane.is_alive():
            del _lanes[key]
    for account, region, mapping in lambda_svc._iter_all_esms():
        if ":kinesis:" not in mapping.get("EventSourceArn", ""):
            continue
        with request_scope(account, region):
            parts = mapping["EventSourceArn"].split(":")
            stream = kinesis._streams.get_scoped(parts[4], parts[3], parts[5].split("/", 1)[1])
            if stream and stream["StreamStatus"] == "ACTIVE":
                _start_lanes_of(mapping, stream, account, region)
    return False


def _start_lanes_of(mapping: dict, stream: dict, account: str, region: str) -> None:
    lanes = int(mapping.get("ParallelizationFactor") or 1)
    for shard_id in list(stream["shards"]):
        for number in range(lanes):
            key = (mapping["UUID"], shard_id, number)
            if key not in _lanes:
                _lanes[key] = Lane(mapping, Shard(stream, shard_id, mapping, region), number, lanes, account, region)
                contextvars.copy_context().run(_lanes[key].start)
    # A shard that appears later is read from its beginning, or records of a split would be skipped.
    mapping["_seen"] = True
