"""`AWS/Kinesis` metrics that alarms watch: what comes into a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch, kinesis

from seaworthy_cloud.patching import replace

Put = Callable[[dict[str, Any]], Any]


def watch_streams() -> None:
    """Record `IncomingRecords` where records are put."""
    for name in ("_put_record", "_put_records"):
        replace(kinesis, name, _counted(getattr(kinesis, name)))


def _counted(put: Put) -> Put:
    def put_and_count(data: dict[str, Any]) -> Any:
        answer = put(data)
        if answer[0] < 400:
            name = data.get("StreamName") or str(data.get("StreamARN", "")).rsplit("/", 1)[-1]
            count = len(data["Records"]) if "Records" in data else 1
            cloudwatch.record_metric("AWS/Kinesis", "IncomingRecords", count, "Count", {"StreamName": name})
        return answer

    return put_and_count
