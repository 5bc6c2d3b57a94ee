"""Event source mappings of SQS queues with AWS's batch size and batching window.

The emulator hands over ten messages at most, as soon as there is one. Lambda gathers up to `BatchSize` messages of a
standard queue, for `MaximumBatchingWindowInSeconds` at most, and up to 6 MB of them.
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import lambda_svc, sqs

from seaworthy_cloud.patching import replace
from seaworthy_cloud.rights.reading import refusal_to_read

_LARGEST_PAYLOAD = 6 * 1024 * 1024
"""Bytes of an invocation's event."""
_PER_RECORD = 1024
"""Bytes that a record has beside its body, at most: ids, attributes, the receipt handle."""

_waiting_since: dict[str, float] = {}
"""When the first message of the batch that is gathered was seen, by queue."""


def install() -> None:
    """Put the gathering of batches in the place of the emulator's receipt for mappings."""
    replace(sqs, "_receive_messages_for_esm", _receive)


def _receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    """Receive the batch of a mapping, or nothing while it is still gathered."""
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        most = _fitting(queue, int(batch_size or 1))
        if (
            most == 0
            or not _may_read(queue["attributes"]["QueueArn"])
            or _still_gathers(queue_url, queue, most, int(batch_size or 1))
        ):
            return []
        _waiting_since.pop(queue_url, None)
        return sqs._collect_msgs(queue, most, int(queue["attributes"].get("VisibilityTimeout", "30")))


def _fitting(queue: dict[str, Any], batch_size: int) -> int:
    """How many of the visible messages make one batch."""
    now = time.time()
    count = size = 0
    for message in queue["messages"]:
        if message.get("visible_at", 0) > now:
            continue
        size += len(message["body"].encode()) + _PER_RECORD
        if count == batch_size or (count > 0 and size > _LARGEST_PAYLOAD):
            break
        count += 1
    return count


def _still_gathers(queue_url: str, queue: dict[str, Any], count: int, batch_size: int) -> bool:
    window = _window_of(queue["attributes"]["QueueArn"])
    if count >= batch_size or window == 0:
        return False
    return time.time() - _waiting_since.setdefault(queue_url, time.time()) < window


def _may_read(queue_arn: str) -> bool:
    """Whether the role of the mapping's function may receive from the queue."""
    for _, _, mapping in lambda_svc._iter_all_esms():
        if mapping.get("EventSourceArn") == queue_arn:
            refusal = refusal_to_read(queue_arn, mapping["FunctionName"])
            mapping["LastProcessingResult"] = f"PROBLEM: {refusal}" if refusal else "OK"
            return refusal is None
    return True


def _window_of(queue_arn: str) -> float:
    """The batching window of a queue's mapping, in seconds."""
    mappings = (mapping for _, _, mapping in lambda_svc._iter_all_esms())
    return max(
        (
            float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
            for mapping in mappings
            if mapping.get("EventSourceArn") == queue_arn
        ),
        default=0.0,
    )
