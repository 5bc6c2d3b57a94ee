"""The expressions from which the alarms on silent failures are made.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import pytest

from seaworthy_cloud.metrics.expression import evaluate_expression
from seaworthy_cloud.metrics.series import Periods

HOUR = 3600
DAY = Periods(0.0, HOUR, 24)
"""The hours of 1 January 1970, in UTC."""


def test_hour_is_that_of_the_period_in_utc():
    assert evaluate_expression("HOUR(a)", {"a": {0.0: 5.0, 13.0 * HOUR: 5.0}}, DAY) == {0.0: 0.0, 13.0 * HOUR: 13.0}


def test_hours_in_which_too_few_came():
    came = "FILL(a, 0)"
    expression = f"IF((HOUR({came}) >= 8 AND HOUR({came}) < 10 AND {came} < 3), 1, 0)"
    rings = evaluate_expression(expression, {"a": {8.0 * HOUR: 3.0, 12.0 * HOUR: 1.0}}, DAY)
    assert isinstance(rings, dict)
    assert [at / HOUR for at, value in rings.items() if value == 1] == [9.0]


@pytest.mark.parametrize(
    ("part", "whole", "wanted"),
    [(10, 100, 1.0), (50, 100, 0.0), (99, 100, 1.0), (1, 10, None)],
)
def test_a_share_out_of_its_range_and_of_too_few_to_tell(part, whole, wanted):
    expression = "IF(whole >= 50, IF(100 * part / whole < 20 OR 100 * part / whole > 95, 1, 0))"
    known = {"part": {0.0: float(part)}, "whole": {0.0: float(whole)}}
    value = evaluate_expression(expression, known, DAY)
    assert isinstance(value, dict)
    assert value.get(0.0) == wanted
