"""Metrics of functions, and those that log lines carry.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError
from functions import create_function, invoke, total, unique


def embedded(metrics, dimensions, values):
    directive = {"Namespace": "Conformance", "Dimensions": dimensions, "Metrics": metrics}
    aws = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": aws, **values})


def log_group(cloud):
    logs, group = cloud.client("logs"), unique("/conformance/group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")

    def write(*lines):
        events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
        logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)

    return group, write


@pytest.mark.parametrize("write", ["process.stdout.write(line + '\\n')", "console.log(line)"])
def test_a_function_publishes_a_metric_with_its_log(cloud, write):
    metric = unique("metric")
    line = embedded([{"Name": metric, "Unit": "Count"}], [["service"]], {metric: 3, "service": "consumer"})
    function = create_function(
        cloud, f"const line = {json.dumps(line)}; export const handler = async () => {{ {write}; }};"
    )
    for _ in range(2):
        invoke(cloud, function)
    assert total(cloud, "Conformance", metric, {"service": "consumer"}) == 6
    assert total(cloud, "Conformance", metric, {}) == 0


def test_lists_of_values_and_several_sets_of_dimensions(cloud):
    metric = unique("metric")
    _, write = log_group(cloud)
    write(embedded([{"Name": metric}], [["a"], ["a", "b"], []], {metric: [1, 2, 4], "a": "x", "b": "y"}))
    assert total(cloud, "Conformance", metric, {"a": "x"}) == 7
    assert total(cloud, "Conformance", metric, {"a": "x", "b": "y"}) == 7
    assert total(cloud, "Conformance", metric, {}) == 7


@pytest.mark.parametrize("line", ["{", "[1]", '{"_aws": 1}', '{"_aws": {"CloudWatchMetrics": []}}', "no JSON at all"])
def test_other_lines_are_just_lines(cloud, line):
    group, write = log_group(cloud)
    write(line)
    (event,) = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    assert event["message"] == line


def test_every_execution_is_measured_however_it_came_about(cloud):
    code = "export const handler = async (event) => { if (event.fail) throw new Error('x'); };"
    function = create_function(cloud, code)
    for event in ({}, {"fail": True}, {}):
        invoke(cloud, function, event)
    dimensions = {"FunctionName": function}
    assert total(cloud, "AWS/Lambda", "Invocations", dimensions) == 3
    assert total(cloud, "AWS/Lambda", "Errors", dimensions) == 1
    assert total(cloud, "AWS/Lambda", "Duration", dimensions) > 0


def test_a_throttle_is_no_invocation(cloud):
    function = create_function(cloud, "export const handler = async () => 1;")
    lambda_ = cloud.client("lambda")
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_.exceptions.TooManyRequestsException):
        lambda_.invoke(FunctionName=function)
    dimensions = {"FunctionName": function}
    assert total(cloud, "AWS/Lambda", "Throttles", dimensions) == 1
    assert total(cloud, "AWS/Lambda", "Invocations", dimensions) == 0


def filtered(cloud, pattern, lines, value="1", **more):
    """The sum of a metric filter's metric over some lines."""
    group, write = log_group(cloud)
    metric = unique("metric")
    transformation = {"metricNamespace": "Conformance", "metricName": metric, "metricValue": value, **more}
    cloud.client("logs").put_metric_filter(
        logGroupName=group, filterName="filter", filterPattern=pattern, metricTransformations=[transformation]
    )
    write(*lines)
    return total(cloud, "Conformance", metric, {})


LINES = [
    json.dumps({"level": "ERROR", "status": 500, "request": {"user": "ann"}, "ok": False, "none": None}),
    json.dumps({"level": "INFO", "status": 200, "request": {"user": "bob"}, "ok": True, "tags": ["a", "b"]}),
    "plain ERROR line of ann",
    "plain line",
]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("", 4),
        ("ERROR", 2),
        ("ERROR ann", 2),
        ("?bob ?plain", 3),
        ("plain -ERROR", 1),
        ('"ERROR line"', 1),
        ('{ $.level = "ERROR" }', 1),
        ('{ $.level = "*" }', 2),
        ('{ $.level != "ERROR" }', 1),
        ("{ $.status >= 200 }", 2),
        ("{ $.status = 500 }", 1),
        ('{ ($.level = "ERROR" || $.level = "INFO") && $.request.user = "b*" }', 1),
        ('{ $.level = "INFO" || $.level = "ERROR" && $.status = 200 }', 1),
        ('{ $.tags[1] = "b" }', 1),
        ("{ $.ok IS TRUE }", 1),
        ("{ $.none IS NULL }", 1),
        ("{ $.tags NOT EXISTS }", 1),
        ("{ $.level = %ERR% }", 1),
    ],
)
def test_filter_patterns(cloud, pattern, count):
    assert filtered(cloud, pattern, LINES) == count


def test_a_filter_takes_its_value_from_the_line(cloud):
    assert filtered(cloud, "{ $.status = * }", LINES, value="$.status") == 700


def test_a_filter_with_a_default_says_that_nothing_matched(cloud):
    assert filtered(cloud, "NOTHING", LINES, defaultValue=2) == 8


@pytest.mark.parametrize("pattern", ["{ $.a }", "{ $.a = }", "{ ($.a = 1 }", "{ level = 1 }", "[ip, user]"])
def test_a_pattern_that_is_wrong_or_not_known_is_refused(cloud, pattern):
    with pytest.raises(ClientError) as refused:
        filtered(cloud, pattern, [])
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
