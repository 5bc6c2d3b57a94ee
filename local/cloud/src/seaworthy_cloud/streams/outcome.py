"""What an invocation says of its batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from seaworthy_cloud.streams.shard import Record


@dataclass(frozen=True)
class Outcome:
    """How far a batch got."""

    #: Index of the first record that has to be delivered again; None if there is none.
    first_failed: int | None
    #: The invocation's result, for the record of a failure.
    result: dict[str, Any]


def outcome_of(result: dict[str, Any], batch: list[Record], reports_items: bool) -> Outcome:
    """Judge a batch by the rules of partial batch responses.

    A function that throws, or that answers something that is no valid report, has failed the whole batch; else
    everything from the lowest reported sequence number on is delivered again, whatever came after it.
    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    if result.get("error"):
        return Outcome(0, result)
    if not reports_items:
        return Outcome(None, result)
    try:
        reported = _reported(result.get("body"))
    except ValueError:
        return Outcome(0, result)
    order = {record["SequenceNumber"]: index for index, record in enumerate(batch)}
    if any(number not in order for number in reported):
        return Outcome(0, result)
    return Outcome(min((order[number] for number in reported), default=None), result)


def _reported(body: Any) -> list[str]:
    """The sequence numbers reported as failed. Raises ValueError if the answer is no report."""
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    if not answer:
        return []
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")
    items = answer.get("batchItemFailures") or []
    numbers = [item.get("itemIdentifier") if isinstance(item, dict) else None for item in items]
    identified = [number for number in numbers if isinstance(number, str) and number]
    if len(identified) < len(items):
        raise ValueError("a reported item has no identifier")
    return identified
