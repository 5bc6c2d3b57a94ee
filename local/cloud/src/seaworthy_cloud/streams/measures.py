"""The metrics of a mapping: how far behind it is, and what became of its records.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ministack.services import cloudwatch

from seaworthy_cloud.streams.mapping import Mapping

if TYPE_CHECKING:
    from seaworthy_cloud.streams.source import Record


def record_age(mapping: Mapping, batch: Sequence[Record]) -> None:
    """Record the age of a batch's last record under both names that AWS gives it."""
    age = max(0.0, (time.time() - batch[-1].arrived) * 1000)
    cloudwatch.record_metric("AWS/Lambda", "IteratorAge", age, "Milliseconds", {"FunctionName": mapping.function_name})
    if ":kinesis:" in mapping.source_arn:
        stream = {"StreamName": mapping.source_arn.rsplit("/", 1)[-1]}
        cloudwatch.record_metric("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", age, "Milliseconds", stream)


def record_lag(mapping: Mapping, records: int) -> None:
    """Record how many records of a Kafka topic the mapping's group has not processed."""
    cloudwatch.record_metric("AWS/Lambda", "OffsetLag", records, "Count", {"FunctionName": mapping.function_name})


def count_events(mapping: Mapping, metric: str, number: int) -> None:
    """Record one of the event counts of a mapping, such as `PolledEventCount`."""
    if number:
        dimensions = {"EventSourceMappingUUID": mapping.id}
        cloudwatch.record_metric("AWS/Lambda", metric, number, "Count", dimensions)


def count_failed_delivery(mapping: Mapping) -> None:
    """Record that a failure destination could not be told."""
    dimensions = {"FunctionName": mapping.function_name}
    cloudwatch.record_metric("AWS/Lambda", "DestinationDeliveryFailures", 1, "Count", dimensions)
