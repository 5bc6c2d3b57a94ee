"""Alarms, against metrics of past minutes: nothing has to wait for one to pass.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and .../using-metric-math.html
"""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, wait_until
from functions import unique

NAMESPACE = "Conformance"


def minute(back: float = 1) -> dt.datetime:
    """The middle of a minute that is over: 1 is the last."""
    start = time.time() // 60 * 60
    return dt.datetime.fromtimestamp(start - back * 60 + 30, dt.UTC)


def put(cloud, metric, value, back=1, dimensions=None, namespace=NAMESPACE):
    datum = {"MetricName": metric, "Value": value, "Timestamp": minute(back)}
    datum["Dimensions"] = [{"Name": name, "Value": given} for name, given in (dimensions or {}).items()]
    cloud.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def create(cloud, metric=None, **settings):
    """An alarm that rings when the sum of a minute is 1 or more."""
    name = unique("alarm")
    given = {
        "Namespace": NAMESPACE,
        "MetricName": metric,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        **settings,
    }
    given = {key: value for key, value in given.items() if value is not None}
    cloud.client("cloudwatch").put_metric_alarm(AlarmName=name, **given)
    return name


def described(cloud, name):
    answer = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
    return alarm


def state(cloud, name):
    return described(cloud, name)["StateValue"]


def becomes(cloud, name, wanted):
    wait_until(lambda: state(cloud, name) == wanted, f"{name} is {wanted}", seconds=150)


def test_an_alarm_rings_and_is_over(cloud):
    metric = unique("metric")
    put(cloud, metric, 2, back=2)
    put(cloud, metric, 3, back=1)
    alarm = create(cloud, metric)
    becomes(cloud, alarm, "ALARM")
    assert "Threshold Crossed" in described(cloud, alarm)["StateReason"]
    quiet = create(cloud, metric, Threshold=100)
    becomes(cloud, quiet, "OK")


def test_only_values_of_exactly_its_dimensions_count(cloud):
    metric = unique("metric")
    put(cloud, metric, 5, dimensions={"Service": "other"})
    put(cloud, metric, 5)
    put(cloud, metric, 0, dimensions={"Service": "this"})
    both = {"Service": "this", "Zone": "a"}
    put(cloud, metric, 5, dimensions=both)
    dimensions = [{"Name": "Service", "Value": "this"}]
    becomes(cloud, create(cloud, metric, Dimensions=dimensions), "OK")
    dimensions = [{"Name": "Zone", "Value": "a"}, {"Name": "Service", "Value": "this"}]
    becomes(cloud, create(cloud, metric, Dimensions=dimensions), "ALARM")


def test_the_minute_that_has_just_begun_does_not_count(cloud):
    metric = unique("metric")
    put(cloud, metric, 0, back=1)
    put(cloud, metric, 5, back=0)
    becomes(cloud, create(cloud, metric), "OK")


def test_m_out_of_n(cloud):
    metric = unique("metric")
    for back, value in enumerate((5, 0, 5, 0, 0), start=1):
        put(cloud, metric, value, back=back)
    becomes(cloud, create(cloud, metric, EvaluationPeriods=3, DatapointsToAlarm=2), "ALARM")
    becomes(cloud, create(cloud, metric, EvaluationPeriods=3, DatapointsToAlarm=3), "OK")
    becomes(cloud, create(cloud, metric, EvaluationPeriods=3), "OK")


@pytest.mark.parametrize(
    ("treatment", "wanted"),
    [("breaching", "ALARM"), ("notBreaching", "OK"), ("missing", "INSUFFICIENT_DATA"), (None, "INSUFFICIENT_DATA")],
)
def test_a_metric_without_values(cloud, treatment, wanted):
    metric = unique("metric")
    alarm = create(cloud, metric, EvaluationPeriods=2, TreatMissingData=treatment)
    if wanted == "INSUFFICIENT_DATA":
        # It must leave that state to be seen to return.
        cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="test")
        cloud.client("cloudwatch").put_metric_data(
            Namespace=NAMESPACE, MetricData=[{"MetricName": unique("metric"), "Value": 1}]
        )
    becomes(cloud, alarm, wanted)


def test_ignore_keeps_the_state(cloud):
    cloudwatch, metric = cloud.client("cloudwatch"), unique("metric")
    alarm = create(cloud, metric, TreatMissingData="ignore")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
    other = create(cloud, metric, TreatMissingData="breaching")
    becomes(cloud, other, "ALARM")
    assert state(cloud, alarm) == "ALARM"


def test_a_percentile(cloud):
    metric = unique("metric")
    for value in range(1, 101):
        put(cloud, metric, value)
    settings = {"Statistic": None, "ComparisonOperator": "GreaterThanThreshold"}
    becomes(cloud, create(cloud, metric, **settings, ExtendedStatistic="p99", Threshold=98), "ALARM")
    becomes(cloud, create(cloud, metric, **settings, ExtendedStatistic="p50", Threshold=98), "OK")


@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        ("GreaterThanThreshold", "OK"),
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
    ],
)
def test_comparisons_with_an_equal_value(cloud, comparison, wanted):
    metric = unique("metric")
    put(cloud, metric, 7)
    becomes(cloud, create(cloud, metric, Threshold=7, ComparisonOperator=comparison), wanted)


def by_math(cloud, expression, **metrics):
    """An alarm on an expression over sums of minutes."""
    queries = [{"Id": "result", "Expression": expression, "ReturnData": True}]
    for name, metric in metrics.items():
        stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": metric}, "Period": 60, "Stat": "Sum"}
        queries.append({"Id": name, "MetricStat": stat, "ReturnData": False})
    return create(cloud, Namespace=None, Statistic=None, Period=None, Metrics=queries)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("100 * refused / requests", "ALARM"),
        ("requests - refused - 9", "OK"),
        ("IF(requests > 5 AND refused < 1, 1, 0)", "OK"),
        ("IF(requests > 5 && refused >= 2, 1, 0)", "ALARM"),
        ("IF(FILL(nothing, 0) < 1 AND requests > 0, 1, 0)", "ALARM"),
        ("MAX([refused, requests]) - 9", "ALARM"),
        ("SUM(METRICS()) - 11", "ALARM"),
        ("FILL(nothing, 0)", "OK"),
        ("nothing + requests", "INSUFFICIENT_DATA"),
        ("requests / (refused - 2)", "INSUFFICIENT_DATA"),
        ("-refused + 2^2 - 1", "ALARM"),
        ("ABS(refused - requests) / PERIOD(requests) * 7", "OK"),
    ],
)
def test_metric_math(cloud, expression, wanted):
    requests, refused = unique("requests"), unique("refused")
    for back in (1, 2, 3):
        put(cloud, requests, 10, back=back)
        put(cloud, refused, 2, back=back)
    alarm = by_math(cloud, expression, requests=requests, refused=refused, nothing=unique("nothing"))
    assert described(cloud, alarm)["Metrics"][0]["Expression"] == expression
    if wanted == "INSUFFICIENT_DATA":
        cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="test")
        put(cloud, requests, 0, back=1)
    becomes(cloud, alarm, wanted)


def test_a_query_evaluates_expressions_too(cloud):
    metric = unique("metric")
    put(cloud, metric, 4, back=2)
    stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": metric}, "Period": 60, "Stat": "Sum"}

    def ask(expression):
        (result,) = cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {"Id": "m", "MetricStat": stat, "ReturnData": False},
                {"Id": "e", "Expression": expression},
            ],
            StartTime=minute(4),
            EndTime=minute(0),
        )["MetricDataResults"]
        return result["Values"]

    assert ask("m * 2") == [8]
    assert ask("FILL(m, 0)").count(0) >= 3
    with pytest.raises(ClientError, match="NO_SUCH_FUNCTION"):
        ask("NO_SUCH_FUNCTION(m)")


def test_an_expression_is_not_run_as_a_program(cloud):
    with pytest.raises(ClientError, match="which is not known here"):
        cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=[{"Id": "e", "Expression": "().__class__.__bases__"}],
            StartTime=minute(4),
            EndTime=minute(0),
        )


def subscribed(cloud):
    """A topic, and what tells of the messages that it was sent."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    queue = sqs.create_queue(QueueName=unique("alarms"))["QueueUrl"]
    topic = sns.create_topic(Name=unique("alarms"))["TopicArn"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def messages():
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(json.loads(each["Body"])["Message"]) for each in found]

    return topic, messages


def test_actions_follow_changes_of_the_state(cloud):
    metric = unique("metric")
    topic, messages = subscribed(cloud)
    put(cloud, metric, 5)
    alarm = create(cloud, metric, AlarmActions=[topic], AlarmDescription="what to do")
    (message,) = wait_until(messages, "the topic is told")
    assert message["AlarmName"] == alarm
    assert message["AlarmDescription"] == "what to do"
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    history = cloud.client("cloudwatch").describe_alarm_history(AlarmName=alarm, HistoryItemType="StateUpdate")
    assert "to ALARM" in " ".join(item["HistorySummary"] for item in history["AlarmHistoryItems"])


def test_without_actions_enabled_nobody_is_told(cloud):
    metric = unique("metric")
    topic, messages = subscribed(cloud)
    put(cloud, metric, 5)
    becomes(cloud, create(cloud, metric, AlarmActions=[topic], ActionsEnabled=False), "ALARM")
    assert messages() == []


def test_a_composite_alarm_follows_its_rule(cloud):
    first, second = unique("metric"), unique("metric")
    topic, messages = subscribed(cloud)
    put(cloud, first, 5)
    put(cloud, second, 0)
    ringing, quiet = create(cloud, first), create(cloud, second)
    becomes(cloud, ringing, "ALARM")
    becomes(cloud, quiet, "OK")
    cloudwatch, both, either = cloud.client("cloudwatch"), unique("both"), unique("either")
    cloudwatch.put_composite_alarm(
        AlarmName=both, AlarmRule=f"ALARM({ringing}) AND ALARM({quiet})", AlarmActions=[topic]
    )
    cloudwatch.put_composite_alarm(AlarmName=either, AlarmRule=f'ALARM("{ringing}") OR ALARM("{quiet}")')
    becomes(cloud, either, "ALARM")
    assert state(cloud, both) == "OK"
    put(cloud, second, 5)
    becomes(cloud, both, "ALARM")
    (message,) = wait_until(messages, "the topic is told")
    assert (message["AlarmName"], message["NewStateValue"]) == (both, "ALARM")


def test_values_put_while_others_ask_are_not_lost(cloud):
    metric = unique("metric")
    cloudwatch = cloud.client("cloudwatch")
    for _ in range(200):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[{"MetricName": metric, "Value": 1}])
    now = dt.datetime.now(dt.UTC)
    (point,) = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        StartTime=now - dt.timedelta(minutes=30),
        EndTime=now + dt.timedelta(minutes=30),
        Period=86_400,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert (point["Sum"], point["SampleCount"]) == (200, 200)
