"""One lane of a shard: reads the records of its keys, gathers batches and has them delivered in order."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections.abc import Callable

from ministack.core.responses import request_scope

from seaworthy_cloud.rights.reading import refusal_to_read
from seaworthy_cloud.streams import arrivals
from seaworthy_cloud.streams.delivery import Delivery
from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.source import Record, Source

log = logging.getLogger(__name__)

_PAYLOAD_BYTES = 6 * 1024 * 1024 - 1024
"""Most that an invocation takes, less the frame around the records."""
_READ_AT_MOST = 10_000
_LOOK_SECONDS = 1.0
"""A lane that nothing wakes looks after so long whether its mapping still exists."""
_PAUSED_SECONDS = 0.2


class Stopped(Exception):
    """The mapping or its stream was deleted, or the number of lanes changed."""


class Lane(threading.Thread):
    """Delivers the records of its keys, in order, to the mapping's function."""

    def __init__(
        self,
        mapping: Mapping,
        source: Source,
        number: int,
        lanes: int,
        position: int,
        save: Callable[[int], None],
        scope: tuple[str, str],
    ) -> None:
        """Make the lane; `start` sets it going.

        Args:
            mapping: whose records it delivers.
            source: the shard.
            number: of this lane, from 0.
            lanes: of the shard.
            position: after which it reads.
            save: told the position after each batch that has come to its end.
            scope: account and region.
        """
        super().__init__(daemon=True, name=f"mapping-{mapping.id[:8]}-{source.shard_id[-4:]}-{number}")
        self._mapping = mapping
        self._source = source
        self._number, self._lanes = number, lanes
        self._position = position
        self._save = save
        self._scope = scope

    def run(self) -> None:
        """Deliver until the lane is stopped."""
        delivery = Delivery(self._mapping, self._source, self._check)
        try:
            with request_scope(*self._scope):
                while True:
                    self._wait_for_rights()
                    delivery.deliver(self._next_batch())
                    self._save(self._position)
        except Stopped:
            return
        except Exception:
            # The lane ends and is started anew at its last position.
            log.exception("the lane %s failed", self.name)

    def _check(self) -> None:
        """Wait while the mapping is disabled; raises Stopped when the lane has to end."""
        while True:
            if not self._mapping.exists or not self._source.exists or self._mapping.lanes != self._lanes:
                raise Stopped
            if self._mapping.enabled:
                return
            time.sleep(_PAUSED_SECONDS)

    def _wait_for_rights(self) -> None:
        """Wait while the function's role may not read the source."""
        while refusal := refusal_to_read(self._mapping.source_arn, self._mapping.record["FunctionName"]):
            self._check()
            self._mapping.note_result(f"PROBLEM: {refusal}")
            time.sleep(_LOOK_SECONDS)

    def _next_batch(self) -> list[Record]:
        """Records of this lane: as many as a batch holds, or those that came within the window."""
        batch: list[Record] = []
        size = end = 0.0
        while True:
            self._check()
            seen = arrivals.count()
            full, size = self._fill(batch, size)
            if batch and not end:
                end = time.monotonic() + self._mapping.window
            left = end - time.monotonic() if batch else _LOOK_SECONDS
            if full or left <= 0:
                return batch
            if not batch:
                # Only records of other lanes came: this one has nothing left to do up to here.
                self._save(self._position)
            arrivals.wait_beyond(seen, min(left, _LOOK_SECONDS))

    def _fill(self, batch: list[Record], size: float) -> tuple[bool, float]:
        """Add to the batch what the stream has for it; returns whether it is full, and its size in bytes."""
        most = self._mapping.batch_size
        while len(batch) < most:
            found = self._source.read(self._position, min(most * self._lanes, _READ_AT_MOST))
            if not found:
                return False, size
            for position, raw in found:
                if self._lanes == 1 or _lane_of(self._source.key(raw), self._lanes) == self._number:
                    record = self._source.record(raw)
                    if batch and size + record.size > _PAYLOAD_BYTES:
                        return True, size
                    batch.append(record)
                    size += record.size
                self._position = position
                if len(batch) == most:
                    break
        return True, size


def _lane_of(key: str, lanes: int) -> int:
    """The lane that a key belongs to: order holds for each key."""
    return zlib.crc32(key.encode()) % lanes
