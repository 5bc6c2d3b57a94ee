"""The state of an alarm.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from seaworthy_cloud.metrics.expression import evaluate_expression
from seaworthy_cloud.metrics.series import Series, series

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

Alarm = dict[str, Any]


def evaluate(alarm: Alarm) -> None:
    """Bring the alarm's state up to date; a change is recorded, acted on, and passed on to composite alarms."""
    comparison = alarm.get("ComparisonOperator")
    if comparison is None:
        return  # A composite alarm follows its children.
    if comparison not in _COMPARE:
        raise ValueError(f"the comparison {comparison} is not one that the embedded cloud knows")
    values = latest_values(alarm, time.time())
    state, reason = judge(alarm, values)
    before = alarm["StateValue"]
    if state == before:
        return
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm: Alarm, values: list[float | None]) -> tuple[str, str]:
    """The state that follows from the values of the evaluation periods, oldest first, and why."""
    compare, threshold = _COMPARE[alarm["ComparisonOperator"]], float(alarm.get("Threshold") or 0)
    needed = int(alarm.get("DatapointsToAlarm") or len(values))
    treatment = alarm.get("TreatMissingData") or "missing"
    there = [value for value in values if value is not None]
    breaching = sum(1 for value in there if compare(value, threshold))
    absent = len(values) - len(there)
    found = f"{breaching} of {len(values)} periods, {values}, were {alarm['ComparisonOperator']} {threshold}"
    if not there and treatment in ("missing", "ignore"):
        kept = "INSUFFICIENT_DATA" if treatment == "missing" else alarm["StateValue"]
        return kept, f"no data in {len(values)} periods, which is treated as {treatment}"
    if treatment == "breaching":
        breaching += absent
    if breaching >= needed:
        return "ALARM", f"Threshold Crossed: {found}; missing data is treated as {treatment}"
    if treatment == "ignore" and absent and breaching:
        return alarm["StateValue"], f"{found}; missing data is ignored"
    return "OK", f"{found}; missing data is treated as {treatment}"


def latest_values(alarm: Alarm, now: float) -> list[float | None]:
    """The values of the alarm's last evaluation periods, oldest first; the one that has just begun counts too."""
    metrics = alarm.get("Metrics")
    period = _period(alarm)
    count = int(alarm.get("EvaluationPeriods") or 1)
    end = now // period * period + period
    times = [end - (count - index) * period for index in range(count)]
    if metrics:
        found = _by_math(metrics, period, times, end)
    else:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        found = series(alarm, statistic, period, times[0], end)
    return [found.get(at) for at in times]


def _period(alarm: Alarm) -> int:
    metrics = alarm.get("Metrics") or []
    periods = [(each.get("MetricStat") or {}).get("Period") or each.get("Period") for each in metrics]
    return max((int(each) for each in periods if each), default=int(alarm.get("Period") or 60))


def _by_math(metrics: list[dict[str, Any]], period: int, times: list[float], end: float) -> Series:
    known: dict[str, Series] = {}
    for each in metrics:
        if stat := each.get("MetricStat"):
            known[each["Id"]] = series(stat["Metric"], stat["Stat"], period, times[0], end)
    expressions = [each for each in metrics if each.get("Expression")]
    # An expression may use another; each round adds at least one, or what is left names something unknown.
    while pending := [each for each in expressions if each["Id"] not in known]:
        ready = [each for each in pending if _add(each, known, times)]
        if not ready:
            raise ValueError(f"the expression {pending[0]['Expression']} uses a series that is not there")
    returned = next((each for each in metrics if each.get("ReturnData", True)), metrics[-1])
    return known[returned["Id"]]


def _add(metric: dict[str, Any], known: dict[str, Series], times: list[float]) -> bool:
    try:
        value = evaluate_expression(metric["Expression"], known, times)
    except KeyError:
        return False
    if isinstance(value, list):
        raise ValueError(f"the expression {metric['Expression']} gives several series: an alarm takes one")
    # A number is the same in every period, once there is any data to speak of.
    constant = {at: float(value) for at in times} if not isinstance(value, dict) and any(known.values()) else {}
    known[metric["Id"]] = value if isinstance(value, dict) else constant
    return True
