"""The evaluation of one alarm.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from typing import Any

from ministack.services import cloudwatch

from seaworthy_cloud.metrics.expression import solve
from seaworthy_cloud.metrics.judgement import EXTRA_PERIODS, Rule, Treatment, state_of
from seaworthy_cloud.metrics.series import Periods, Series, complete_periods, series

Alarm = dict[str, Any]

_COMPARE: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


def evaluate(alarm: Alarm) -> None:
    """Bring the alarm's state up to date; a change is recorded, acted on, and passed on to composite alarms.

    Raises ValueError if the alarm compares, or computes, in a way that is not known here.
    """
    if alarm.get("ComparisonOperator") not in _COMPARE:
        raise ValueError(f"the embedded cloud does not know the comparison {alarm.get('ComparisonOperator')}")
    compare, words = _COMPARE[alarm["ComparisonOperator"]]
    threshold = float(alarm.get("Threshold") or 0)
    values = latest_values(alarm)
    breaches = [None if value is None else compare(value, threshold) for value in values]
    rule, before = _rule(alarm), alarm["StateValue"]
    state = state_of(rule, breaches, before)
    if state == before:
        return
    reason = _reason(values, rule, f"{words} the threshold ({threshold})")
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def period_of(alarm: Alarm) -> int:
    """The length of the alarm's periods, in seconds; of several metrics, the longest."""
    metrics = alarm.get("Metrics") or []
    periods = [(each.get("MetricStat") or {}).get("Period") or each.get("Period") for each in metrics]
    return max((int(each) for each in periods if each), default=int(alarm.get("Period") or 60))


def latest_values(alarm: Alarm) -> list[float | None]:
    """The values of the alarm's evaluation range, oldest first."""
    periods = complete_periods(period_of(alarm), int(alarm.get("EvaluationPeriods") or 1) + EXTRA_PERIODS)
    found = _values(alarm, periods)
    return [found.get(at) for at in periods.starts]


def _values(alarm: Alarm, periods: Periods) -> Series:
    metrics = alarm.get("Metrics")
    if not metrics:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return series(alarm, statistic, periods)
    returned = next((each["Id"] for each in metrics if each.get("ReturnData", True)), metrics[-1]["Id"])
    return solve(metrics, periods)[returned]


def _rule(alarm: Alarm) -> Rule:
    periods = int(alarm.get("EvaluationPeriods") or 1)
    treatment: Treatment = alarm.get("TreatMissingData") or "missing"
    if alarm.get("Namespace") == "AWS/DynamoDB":
        # "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data."
        treatment = "ignore"
    return Rule(int(alarm.get("DatapointsToAlarm") or periods), periods, treatment)


def _reason(values: Sequence[float | None], rule: Rule, comparison: str) -> str:
    there = [value for value in values if value is not None][-rule.periods :]
    missing = rule.periods - len(there)
    if not there:
        return f"Insufficient Data: no datapoints were received for {missing} periods, treated as [{rule.treatment}]."
    treated = f"; {missing} missing, treated as [{rule.treatment}]" if missing else ""
    return (
        f"Threshold Crossed: {rule.needed} out of the last {rule.periods} datapoints must be {comparison}; "
        f"they were {there}{treated}."
    )
