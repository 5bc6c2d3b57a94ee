"""How far behind its stream a function is: the age of the last record of each batch."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import cloudwatch

from seaworthy_cloud.streams.shard import Record, arrival


def record_age(mapping: dict[str, Any], batch: list[Record]) -> None:
    """Record the age under both names that AWS gives it."""
    age = max(0.0, (time.time() - arrival(batch[-1])) * 1000)
    stream = mapping["EventSourceArn"].rsplit("/", 1)[-1]
    function = mapping["FunctionArn"].split(":")[6] if "FunctionArn" in mapping else mapping["FunctionName"]
    for namespace, metric, dimensions in (
        ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", {"StreamName": stream}),
        ("AWS/Lambda", "IteratorAge", {"FunctionName": function}),
    ):
        cloudwatch.record_metric(namespace, metric, age, "Milliseconds", dimensions)
