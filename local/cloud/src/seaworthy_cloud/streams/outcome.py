"""What the result of an invocation says of its batch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from seaworthy_cloud.streams.source import Record


class Verdict(Enum):
    """How an invocation ended for its batch."""

    DONE = "done"
    REPORTED = "reported"
    """The function said from which record on the batch has to be delivered again."""
    FAILED = "failed"
    """The function threw, timed out or answered what is no report."""
    NOT_INVOKED = "not invoked"
    """The function was throttled: this is no attempt."""


@dataclass(frozen=True)
class Outcome:
    """A verdict, and how many records are done."""

    verdict: Verdict
    done: int


def outcome_of(result: dict[str, Any], batch: Sequence[Record], reports_items: bool) -> Outcome:
    """Judge a batch by the rules of partial batch responses.

    Everything from the lowest reported sequence number on is delivered again, whatever became of what came after it.
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    if result.get("throttle"):
        return Outcome(Verdict.NOT_INVOKED, 0)
    if result.get("error"):
        return Outcome(Verdict.FAILED, 0)
    if not reports_items:
        return Outcome(Verdict.DONE, len(batch))
    order = {record.sequence: index for index, record in enumerate(batch)}
    try:
        failed = [order[number] for number in _reported(result.get("body"))]
    except (ValueError, KeyError):
        return Outcome(Verdict.FAILED, 0)
    return Outcome(Verdict.REPORTED, min(failed)) if failed else Outcome(Verdict.DONE, len(batch))


def _reported(body: Any) -> list[str]:
    """The sequence numbers reported as failed. Raises ValueError if the answer is no report."""
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    if not answer:
        return []
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")
    numbers = [
        _identifier(item.get("itemIdentifier")) if isinstance(item, dict) else None
        for item in answer.get("batchItemFailures") or []
    ]
    identified = [number for number in numbers if isinstance(number, str) and number]
    if len(identified) < len(numbers):
        raise ValueError("a reported item has no identifier")
    return identified


def _identifier(identifier: Any) -> Any:
    """A Kafka record is named by its partition, such as `topic-0`, and its offset."""
    if isinstance(identifier, dict) and identifier.keys() == {"partition", "offset"}:
        return f"{identifier['partition']}:{identifier['offset']}"
    return identifier
