"""The functions of metric math."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from seaworthy_cloud.metrics.series import Periods, Series

Value = Series | float | list[Any]
"""A series, a number or an array of series."""

FOLDS: dict[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "STDDEV": statistics.pstdev,
}
"""Of one series: a number; of several: a series."""

SINGLE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
"""Of each value."""


def pairwise(left: Value, right: Value, combine: Callable[[float, float], float | None]) -> Value:
    """Combine period by period; a period that one side lacks has no value."""
    if isinstance(left, list) or isinstance(right, list):
        raise ValueError("metric math: arithmetic on arrays is not known here")
    if not isinstance(left, dict) and not isinstance(right, dict):
        return combine(left, right) or 0.0
    times = set(left if isinstance(left, dict) else right)  # ty: ignore[invalid-argument-type]
    if isinstance(left, dict) and isinstance(right, dict):
        times &= set(right)
    values = {at: combine(_at(left, at), _at(right, at)) for at in sorted(times)}
    return {at: value for at, value in values.items() if value is not None}


def fold(arguments: list[Value], combine: Callable[[Sequence[float]], float]) -> Value:
    """A function of one series is a number; of an array or of several series, the value in each period."""
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        return combine(list(arguments[0].values())) if arguments[0] else 0.0
    values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
    times = sorted(set().union(*(value for value in values if isinstance(value, dict))))
    if not times:
        numbers = [value for value in values if isinstance(value, float)]
        return combine(numbers) if numbers else {}
    return {
        at: combine([_at(value, at) for value in values if not isinstance(value, dict) or at in value]) for at in times
    }


def _fill(arguments: list[Value], periods: Periods) -> Value:
    """FILL(series, number): a value for every period."""
    values, filler = arguments
    if not isinstance(values, dict) or isinstance(filler, list):
        raise ValueError("metric math: FILL takes a series and a number or a series")
    return {at: values[at] if at in values else _at(filler, at) for at in periods.starts if _has(values, filler, at)}


def _choose(arguments: list[Value], _: Periods) -> Value:
    """IF(condition, then, otherwise): in a period that the chosen side lacks there is no value."""
    condition, then, otherwise = [*arguments, {}][:3]
    if not isinstance(condition, dict):
        return then if condition else otherwise
    chosen = {at: (then if value else otherwise) for at, value in condition.items()}
    return {at: _at(value, at) for at, value in chosen.items() if not isinstance(value, dict) or at in value}


def _differences(arguments: list[Value], _: Periods) -> Value:
    return {at: value - before for at, _, value, before in _steps(arguments)}


def _rates(arguments: list[Value], _: Periods) -> Value:
    return {at: (value - before) / (at - last) for at, last, value, before in _steps(arguments)}


def _hours(arguments: list[Value], _: Periods) -> Value:
    """HOUR(series): the hour of the day, in UTC, of each period."""
    values = arguments[0]
    if not isinstance(values, dict):
        raise ValueError("metric math: HOUR takes a series")
    return {at: float(datetime.fromtimestamp(at, UTC).hour) for at in values}


def _steps(arguments: list[Value]) -> list[tuple[float, float, float, float]]:
    """Each time with the one before it, and their values."""
    values = arguments[0]
    if not isinstance(values, dict):
        raise ValueError("metric math: RATE and DIFF take a series")
    times = sorted(values)
    return [(at, last, values[at], values[last]) for last, at in itertools.pairwise(times)]


FUNCTIONS: dict[str, Callable[[list[Value], Periods], Value]] = {
    "FILL": _fill,
    "IF": _choose,
    "DIFF": _differences,
    "RATE": _rates,
    "HOUR": _hours,
    "PERIOD": lambda _, periods: float(periods.length),
}
"""Functions with rules of their own."""


def _has(values: Series, filler: Series | float, at: float) -> bool:
    return at in values or not isinstance(filler, dict) or at in filler


def _at(value: Value, time: float) -> float:
    found = value[time] if isinstance(value, dict) else value
    if isinstance(found, list):
        raise ValueError("metric math: an array is not known as a value here")
    return float(found)
