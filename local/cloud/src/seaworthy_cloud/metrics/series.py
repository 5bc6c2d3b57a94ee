"""The values of a metric by period."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

Series = dict[float, float]
"""The value of each period that has one, by the period's start in seconds since 1970."""

_HIGH_RESOLUTION = 10


@dataclass(frozen=True)
class Periods:
    """Periods of equal length that follow each other."""

    first: float
    """Start of the first, in seconds since 1970."""
    length: int
    count: int

    @property
    def starts(self) -> list[float]:
        """The start of each, oldest first."""
        return [self.first + number * self.length for number in range(self.count)]

    @property
    def end(self) -> float:
        """When the last has ended."""
        return self.first + self.count * self.length


def complete_periods(length: int, count: int, now: float | None = None) -> Periods:
    """The last periods that are over.

    As on AWS an alarm is looked at every minute, or every ten seconds if its period is shorter than a minute, and its
    last period ends at that look.
    """
    resolution = min(60, max(length, _HIGH_RESOLUTION))
    end = (time.time() if now is None else now) // resolution * resolution
    return Periods(end - count * length, length, count)


def series(metric: dict[str, Any], statistic: str, periods: Periods) -> Series:
    """The statistic of a metric in each period; only values of exactly these dimensions count."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    by_period: dict[float, list[dict[str, Any]]] = {}
    for point in list(cloudwatch._metrics.get(key) or []):
        if periods.first <= point["Timestamp"] < periods.end:
            number = (point["Timestamp"] - periods.first) // periods.length
            by_period.setdefault(periods.first + number * periods.length, []).append(point)
    values = {at: _statistic(points, statistic) for at, points in by_period.items()}
    return {at: float(value) for at, value in values.items() if value is not None}


def _statistic(points: Sequence[dict[str, Any]], statistic: str) -> float | None:
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
