"""One lane of a shard: reads, batches, invokes, retries, gives up."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import lambda_svc

from seaworthy_cloud.streams.age import record_age
from seaworthy_cloud.streams.destination import send_failure
from seaworthy_cloud.streams.outcome import outcome_of
from seaworthy_cloud.streams.shard import Record, Shard, arrival, lane_of

log = logging.getLogger(__name__)

_POLL = 0.02
_PAUSED_POLL = 0.2
#: Waits between attempts, in seconds; AWS backs off likewise and does not say how long.
_BACKOFF = (0.2, 0.4, 0.8, 1.6, 2.0)


class _Gone(Exception):
    """The mapping was deleted."""


@dataclass
class _Batch:
    records: list[Record]
    #: Invocations of these records so far.
    attempts: int = 0


class Lane(threading.Thread):
    """Delivers the records of its partition keys, in order, to the mapping's function."""

    def __init__(
        self, mapping: dict[str, Any], shard: Shard, number: int, lanes: int, account: str, region: str
    ) -> None:
        """Make the lane; start() sets it going."""
        super().__init__(daemon=True, name=f"mapping-{mapping['UUID'][:8]}-{shard.id[-4:]}-{number}")
        self._mapping = mapping
        self._shard = shard
        self._number, self._lanes = number, lanes
        self._account, self._region = account, region
        self._position = shard.start()

    def run(self) -> None:
        """Deliver until the mapping is deleted."""
        try:
            with request_scope(self._account, self._region):
                while True:
                    self._deliver(self._next_batch())
        except _Gone:
            return
        except Exception:
            # The lane ends and is started anew; said aloud, since on AWS this can't happen.
            log.exception("the lane %s failed", self.name)

    def _setting(self, name: str, default: int) -> int:
        value = self._mapping.get(name)
        return default if value is None else int(value)

    def _check(self) -> None:
        if lambda_svc._esms.get(self._mapping["UUID"]) is not self._mapping:
            raise _Gone
        while not self._mapping.get("Enabled", True):
            time.sleep(_PAUSED_POLL)
            if lambda_svc._esms.get(self._mapping["UUID"]) is not self._mapping:
                raise _Gone

    def _next_batch(self) -> list[Record]:
        """Records of this lane: as many as a batch holds, or those that came within the window."""
        size = self._setting("BatchSize", 100)
        window = float(self._mapping.get("MaximumBatchingWindowInSeconds") or 0)
        batch: list[Record] = []
        first = 0.0
        while True:
            self._check()
            found = self._shard.read(self._position, max(size * self._lanes, 100))
            for record in found:
                if len(batch) == size:
                    break
                self._position += 1
                if lane_of(record, self._lanes) == self._number:
                    first = first if batch else time.monotonic()
                    batch.append(record)
            if len(batch) == size or (batch and time.monotonic() - first >= window):
                return batch
            if not found:
                time.sleep(_POLL)

    def _deliver(self, records: list[Record]) -> None:
        """Bring a batch to its end: every record processed, or sent to the failure destination."""
        record_age(self._mapping, records)
        waiting = [_Batch(self._wanted(records))]
        while waiting:
            self._check()
            batch = self._without_expired(waiting.pop(0))
            if not batch.records:
                continue
            function, _ = lambda_svc._get_func_record_for_qualifier(
                self._mapping["FunctionName"], self._mapping.get("Qualifier")
            )
            if function is None:
                time.sleep(_PAUSED_POLL)
                waiting.insert(0, batch)
                continue
            waiting[:0] = self._attempt(function, batch)

    def _attempt(self, function: dict[str, Any], batch: _Batch) -> list[_Batch]:
        """Invoke once. Returns what is left to deliver, in order."""
        events = [self._shard.event(record) for record in batch.records]
        result = lambda_svc._execute_function(function, {"Records": events})
        reports = "ReportBatchItemFailures" in (self._mapping.get("FunctionResponseTypes") or [])
        failed = outcome_of(result, batch.records, reports).first_failed
        if failed is None:
            self._mapping["LastProcessingResult"] = "OK"
            return []
        self._mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        left = batch.records[failed:]
        # Progress was made: what is left has been tried once. Else this was one more attempt of the same.
        attempts = 1 if failed else batch.attempts + 1
        time.sleep(_BACKOFF[min(attempts, len(_BACKOFF)) - 1])
        if self._splits() and len(left) > 1 and not failed:
            # Splitting a batch does not use up its retries.
            middle = len(left) // 2
            return [_Batch(left[:middle], batch.attempts), _Batch(left[middle:], batch.attempts)]
        most = self._setting("MaximumRetryAttempts", -1)
        if 0 <= most < attempts:
            return self._give_up(function, left, attempts, result, alone=reports and not result.get("error"))
        return [_Batch(left, attempts)]

    def _give_up(
        self, function: dict[str, Any], left: list[Record], attempts: int, result: dict[str, Any], alone: bool
    ) -> list[_Batch]:
        """Discard what has used up its retries: with splitting, the reported record alone; else the whole batch."""
        gone = left[:1] if alone and self._splits() else left
        send_failure(self._mapping, self._shard, function, gone, "RetryAttemptsExhausted", attempts, result)
        return [_Batch(left[len(gone) :])] if len(gone) < len(left) else []

    def _splits(self) -> bool:
        return str(self._mapping.get("BisectBatchOnFunctionError", False)).lower() == "true"

    def _wanted(self, records: list[Record]) -> list[Record]:
        """The records that pass the mapping's filters."""
        if not (self._mapping.get("FilterCriteria") or {}).get("Filters"):
            return records
        pairs = [(self._shard.event(record), record) for record in records]
        kept = {id(each) for each in lambda_svc._apply_filter_criteria([event for event, _ in pairs], self._mapping)}
        return [record for event, record in pairs if id(event) in kept]

    def _without_expired(self, batch: _Batch) -> _Batch:
        """The batch without the records that are older than the mapping allows."""
        most = self._setting("MaximumRecordAgeInSeconds", -1)
        if most <= 0 or not batch.attempts:
            return batch
        expired = [record for record in batch.records if time.time() - arrival(record) > most]
        if expired:
            function, _ = lambda_svc._get_func_record_for_qualifier(
                self._mapping["FunctionName"], self._mapping.get("Qualifier")
            )
            send_failure(self._mapping, self._shard, function or {}, expired, "RecordAgeExceeded", batch.attempts, {})
        return _Batch([record for record in batch.records if record not in expired], batch.attempts)
