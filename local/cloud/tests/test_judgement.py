"""The tables in which AWS shows how alarms treat missing data, row by row.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import pytest

from seaworthy_cloud.metrics.judgement import Rule, state_of

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "as before"


def judged(row, needed, treatment, current="INSUFFICIENT_DATA"):
    breaches = [{"0": False, "X": True, "-": None}[value] for value in row.split()]
    return state_of(Rule(needed, 3, treatment), breaches, current)


def check(row, needed, expected):
    for treatment, state in zip(TREATMENTS, expected, strict=True):
        for current in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            wanted = current if state == KEPT else state
            assert judged(row, needed, treatment, current) == wanted, (row, treatment, current)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0 - X - X", ("OK", "OK", "OK", "OK")),
        ("- - - - 0", ("OK", "OK", "OK", "OK")),
        ("- - - - -", ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
        ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", ("ALARM", KEPT, "ALARM", "OK")),
    ],
)
def test_three_out_of_three(row, expected):
    check(row, 3, expected)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", ("ALARM", KEPT, "ALARM", "OK")),
    ],
)
def test_two_out_of_three(row, expected):
    check(row, 2, expected)


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_an_alarm_does_not_ring_too_early(row):
    check(row, 3, (KEPT, KEPT, "ALARM", "OK"))


@pytest.mark.parametrize("row", ["- - - X 0", "- - X - 0"])
def test_a_good_value_after_a_bad_one_is_no_alarm(row):
    assert judged(row, 3, "missing", "ALARM") == "OK"
