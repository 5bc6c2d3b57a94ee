"""Metrics out of log lines: the embedded metric format, and metric filters.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

from seaworthy_cloud.lambdas.filter_pattern import Document, compiled, field
from seaworthy_cloud.metrics.store import store_value

_original_put_filter = cloudwatch_logs._put_metric_filter


def put_metric_filter(data: dict[str, Any]) -> Any:
    """PutMetricFilter, which refuses a pattern that could never match."""
    try:
        compiled(data.get("filterPattern") or "")
    except ValueError as error:
        return error_response_json("InvalidParameterException", str(error), 400)
    return _original_put_filter(data)


def metrics_from_lines(group: str, lines: Iterable[str]) -> None:
    """Record the metrics of a log group's new lines."""
    filters = [each for (name, _), each in list(cloudwatch_logs._metric_filters.items()) if name == group]
    for line in lines:
        document = _document(line)
        if document is not None and isinstance(document.get("_aws"), dict):
            _record_embedded(document)
        for each in filters:
            whole = document if line.lstrip().startswith("{") else None
            matches = compiled(each["filterPattern"] or "")(line, whole)
            _record_transformed(each, whole, matches)


def _document(line: str) -> Document | None:
    """The JSON object of a line, also behind what the console of the runtime writes before it."""
    start = line.find("{")
    if start < 0 or (start > 0 and '"_aws"' not in line):
        return None
    try:
        document = json.loads(line[start:])
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _record_embedded(document: Document) -> None:
    timestamp = document["_aws"].get("Timestamp", time.time() * 1000) / 1000
    for directive in document["_aws"].get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            if any(name not in document for name in names):
                continue
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"])
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        unit = metric.get("Unit", "None")
                        store_value(directive["Namespace"], metric["Name"], value, unit, dimensions, timestamp)


def _record_transformed(metric_filter: dict[str, Any], document: Document | None, matches: bool) -> None:
    for transformation in metric_filter["metricTransformations"]:
        value = _value(transformation, document) if matches else transformation.get("defaultValue")
        if value is None:
            continue
        dimensions = {
            name: str(field(document, path)) for name, path in (transformation.get("dimensions") or {}).items()
        }
        store_value(
            transformation["metricNamespace"],
            transformation["metricName"],
            float(value),
            transformation.get("unit", "None"),
            dimensions if matches else {},
            time.time(),
        )


def _value(transformation: dict[str, Any], document: Document | None) -> float | None:
    given = str(transformation.get("metricValue", "1"))
    found = field(document, given) if given.startswith("$") else given
    try:
        return float(found)
    except (TypeError, ValueError):
        return None
