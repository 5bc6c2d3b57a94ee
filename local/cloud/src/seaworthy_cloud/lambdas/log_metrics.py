"""Metrics out of log lines: the embedded metric format, and metric filters.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs

_TERM = re.compile(r"\(?\s*(\$\.[\w.]+)\s*(=|!=|>=|<=|>|<)\s*(\"?)(.*?)\3\s*\)?$")
_COMPARE = {">": float.__gt__, "<": float.__lt__, ">=": float.__ge__, "<=": float.__le__}


def metrics_from_lines(group: str, lines: Iterable[str]) -> None:
    """Record the metrics of a log group's new lines."""
    filters = [each for (name, _), each in list(cloudwatch_logs._metric_filters.items()) if name == group]
    for line in lines:
        document = _parsed(line)
        if document is not None and "_aws" in document:
            _record_embedded(document)
        for each in filters:
            if _matches(each["filterPattern"], line, document):
                _record_transformed(each, document)


def _parsed(line: str) -> dict[str, Any] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _record_embedded(document: dict[str, Any]) -> None:
    for directive in document["_aws"].get("CloudWatchMetrics", []):
        for dimensions in directive.get("Dimensions") or [[]]:
            named = {name: str(document.get(name)) for name in dimensions}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"])
                for value in values if isinstance(values, list) else [values]:
                    if isinstance(value, int | float):
                        unit = metric.get("Unit", "None")
                        cloudwatch.record_metric(directive["Namespace"], metric["Name"], value, unit, named)


def _record_transformed(metric_filter: dict[str, Any], document: dict[str, Any] | None) -> None:
    for transformation in metric_filter["metricTransformations"]:
        value = str(transformation.get("metricValue", "1"))
        found = _at(document, value) if value.startswith("$.") else value
        try:
            number = float(found)  # ty: ignore[invalid-argument-type]
        except (TypeError, ValueError):
            continue
        unit = transformation.get("unit", "None")
        cloudwatch.record_metric(transformation["metricNamespace"], transformation["metricName"], number, unit, {})


def _matches(pattern: str | None, line: str, document: dict[str, Any] | None) -> bool:
    pattern = (pattern or "").strip()
    if not pattern.startswith("{"):
        return bool(cloudwatch_logs._subscription_pattern_matches(pattern, line))
    if document is None:
        return False
    alternatives = pattern.strip("{} ").split("||")
    return any(all(_holds(term, document) for term in each.split("&&")) for each in alternatives)


def _holds(term: str, document: dict[str, Any]) -> bool:
    """One comparison of a JSON filter pattern, such as `$.level = "ERROR"`."""
    parts = _TERM.match(term.strip())
    if not parts:
        raise ValueError(f"the filter pattern's term {term!r} is not one that the embedded cloud knows")
    path, operator, _, wanted = parts.groups()
    value = _at(document, path)
    if value is None:
        return False
    if operator in ("=", "!="):
        expression = re.escape(wanted).replace(r"\*", ".*")
        return (re.fullmatch(expression, str(value)) is not None) == (operator == "=")
    try:
        return bool(_COMPARE[operator](float(value), float(wanted)))
    except (TypeError, ValueError):
        return False


def _at(document: dict[str, Any] | None, path: str) -> Any:
    value: Any = document
    for part in path[2:].split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
