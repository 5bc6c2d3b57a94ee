"""A fault of each family that every queue, workflow and table has: its metric, and the alarm on it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html and
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from __future__ import annotations

import json

from conftest import ACCOUNT, wait_until
from functions import unique


def alarm_on(cloud, namespace, metric, dimension, value, statistic, threshold=1):
    """An alarm as the constructs make it."""
    name = unique("family")
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": value}],
        Statistic=statistic,
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def rings(cloud, name):
    def state():
        return cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    wait_until(lambda: state() == "ALARM", f"{name} rings", seconds=150)


def test_what_waits_in_a_queue_rings_by_its_number_and_by_its_age(cloud):
    sqs, name = cloud.client("sqs"), unique("waiting")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="nobody takes it")
    visible = alarm_on(cloud, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name, "Maximum")
    stale = alarm_on(cloud, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name, "Maximum", threshold=5)
    rings(cloud, visible)
    rings(cloud, stale)


def test_an_empty_queue_does_not_ring(cloud):
    sqs, name = cloud.client("sqs"), unique("empty")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="taken at once")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    alarm = alarm_on(cloud, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name, "Maximum")
    quiet = cloud.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]
    assert quiet["StateValue"] != "ALARM"


def test_an_execution_that_fails_rings(cloud):
    definition = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Broken"}}}
    states = cloud.client("stepfunctions")
    arn = states.create_state_machine(
        name=unique("failing"),
        definition=json.dumps(definition),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
    )["stateMachineArn"]
    alarm = alarm_on(cloud, "AWS/States", "ExecutionsFailed", "StateMachineArn", arn, "Sum")
    states.start_execution(stateMachineArn=arn)
    rings(cloud, alarm)
