"""The values of a metric by period."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch

#: The value of each period that has one, by the period's start in seconds since 1970.
Series = dict[float, float]


def series(metric: dict[str, Any], statistic: str, period: int, start: float, end: float) -> Series:
    """The statistic of a metric over each period from start to end; only data of exactly these dimensions counts."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    by_period: dict[float, list[dict[str, Any]]] = {}
    for point in list(cloudwatch._metrics.get(key) or []):
        if start <= point["Timestamp"] < end:
            by_period.setdefault(point["Timestamp"] // period * period, []).append(point)
    values = {
        at: cloudwatch._stat_value(cloudwatch._calc_stats(each), statistic, each) for at, each in by_period.items()
    }
    return {at: float(value) for at, value in values.items() if value is not None}
