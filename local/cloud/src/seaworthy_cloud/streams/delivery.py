"""One batch, until each of its records is processed or given up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import lambda_svc

from seaworthy_cloud.streams import measures
from seaworthy_cloud.streams.destination import Failure, send_failure
from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.outcome import Verdict, outcome_of
from seaworthy_cloud.streams.source import Record, Source

log = logging.getLogger(__name__)

_BACKOFF_SECONDS = (0.2, 0.4, 0.8, 1.6, 2.0)
"""Waits between attempts; AWS backs off likewise and does not say how long."""
_NO_FUNCTION_SECONDS = 0.5


@dataclass(frozen=True)
class _Batch:
    records: Sequence[Record]
    attempts: int = 0
    """Invocations of just these records so far."""


class Delivery:
    """Delivers batches of one lane. `check` is called before each step and raises when the lane has to end."""

    def __init__(self, mapping: Mapping, source: Source, check: Callable[[], None]) -> None:
        """Deliveries of a mapping's shard."""
        self._mapping = mapping
        self._source = source
        self._check = check

    def deliver(self, records: Sequence[Record]) -> None:
        """Bring a batch to its end: every record is processed, filtered out or given up."""
        measures.count_events(self._mapping, "PolledEventCount", len(records))
        waiting = [_Batch(self._wanted(records))]
        while waiting:
            self._check()
            batch = self._without_expired(waiting.pop(0))
            if not batch.records:
                continue
            function = self._mapping.function()
            if function is None:
                time.sleep(_NO_FUNCTION_SECONDS)
                waiting.insert(0, batch)
                continue
            waiting[:0] = self._attempt(function, batch)

    def _attempt(self, function: dict[str, Any], batch: _Batch) -> list[_Batch]:
        """Invoke once; returns what is left to deliver, in order."""
        self._source.measure(batch.records)
        result = lambda_svc._execute_function(function, self._source.payload(batch.records))
        outcome = outcome_of(result, batch.records, self._mapping.reports_items)
        if outcome.verdict is Verdict.NOT_INVOKED:
            # "If unable to invoke the function due to throttling, it retries until the records expire."
            _back_off(batch.attempts + 1)
            return [batch]
        measures.count_events(self._mapping, "InvokedEventCount", len(batch.records))
        if outcome.verdict is Verdict.DONE:
            self._mapping.note_result("OK")
            return []
        self._mapping.note_result("PROBLEM: Function call failed")
        left = batch.records[outcome.done :]
        measures.count_events(self._mapping, "FailedInvokeEventCount", len(left))
        # What is left after progress is another batch, which has been tried once.
        attempts = 1 if outcome.done else batch.attempts + 1
        _back_off(attempts)
        if outcome.verdict is Verdict.FAILED and self._mapping.splits and len(left) > 1:
            # A report says itself where to split. "Splitting batches doesn't consume the retry quota."
            middle = len(left) // 2
            return [_Batch(left[:middle], batch.attempts), _Batch(left[middle:], batch.attempts)]
        most = self._mapping.most_retries
        if most is not None and attempts > most:
            self._give_up(Failure(left, "RetryAttemptsExhausted", attempts, function, result))
            return []
        return [_Batch(left, attempts)]

    def _wanted(self, records: Sequence[Record]) -> list[Record]:
        """The records that pass the mapping's filters."""
        passes = self._mapping.matching([record.event for record in records])
        wanted = [record for record, kept in zip(records, passes, strict=True) if kept]
        measures.count_events(self._mapping, "FilteredOutEventCount", len(records) - len(wanted))
        return wanted

    def _without_expired(self, batch: _Batch) -> _Batch:
        """The batch without the records that are older than the mapping allows, which are given up."""
        most = self._mapping.most_age
        if most is None:
            return batch
        oldest = time.time() - most
        expired = [record for record in batch.records if record.arrived < oldest]
        if not expired:
            return batch
        self._give_up(Failure(expired, "RecordAgeExceeded", batch.attempts, self._mapping.function() or {}))
        return _Batch([record for record in batch.records if record.arrived >= oldest], batch.attempts)

    def _give_up(self, failure: Failure) -> None:
        """Tell the failure destination, if there is one. As on AWS, records that it does not take are lost."""
        destination = self._mapping.failure_destination
        number = len(failure.records)
        if destination is None:
            measures.count_events(self._mapping, "DroppedEventCount", number)
            return
        try:
            send_failure(destination, self._mapping, self._source, failure)
        except Exception:
            log.exception("%d records of %s did not reach %s", number, self._source.shard_id, destination)
            measures.count_failed_delivery(self._mapping)
            measures.count_events(self._mapping, "DroppedEventCount", number)
            return
        measures.count_events(self._mapping, "OnFailureDestinationDeliveredEventCount", number)


def _back_off(attempts: int) -> None:
    time.sleep(_BACKOFF_SECONDS[min(attempts, len(_BACKOFF_SECONDS)) - 1])
