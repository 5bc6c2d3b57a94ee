"""The state that follows from the values of an alarm's periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]
State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


@dataclass(frozen=True)
class Rule:
    """How many values of how many periods have to breach, and what a missing one counts as."""

    needed: int
    """DatapointsToAlarm."""
    periods: int
    """EvaluationPeriods."""
    treatment: Treatment


EXTRA_PERIODS = 2
"""Periods before the evaluation periods that are looked at too, in case that values are missing."""


def state_of(rule: Rule, breaches: Sequence[bool | None], current: State) -> State:
    """Judge by AWS's rules.

    Args:
        rule: of the alarm.
        breaches: for each period of the evaluation range, oldest first, whether its value breaches; None if it is
            missing. The range is longer than the evaluation periods by EXTRA_PERIODS.
        current: the alarm's state until now.
    """
    there = [breach for breach in breaches if breach is not None]
    if len(there) >= rule.periods:
        # "The value you set for how to treat missing data is not needed": the latest real values decide.
        return "ALARM" if sum(there[-rule.periods :]) >= rule.needed else "OK"
    breaching = sum(there)
    if rule.treatment == "breaching":
        breaching += rule.periods - len(there)
    if breaching >= rule.needed:
        return "ALARM"
    if rule.treatment in ("breaching", "notBreaching") or not all(there):
        return "OK"
    # From here on there is no value within the threshold.
    if rule.treatment == "ignore":
        return current
    if not there:
        return "INSUFFICIENT_DATA"
    return "ALARM" if _is_old_enough(rule, breaches) else current


def _is_old_enough(rule: Rule, breaches: Sequence[bool | None]) -> bool:
    """Whether the oldest breaching value is at least as old as the number needed, and only breaching ones follow.

    Then an alarm rings though it has fewer values than it needs; a younger value might be the first of a good series.
    """
    oldest = next(index for index, breach in enumerate(breaches) if breach)
    return len(breaches) - oldest >= rule.needed
