"""Event source mappings of SQS queues.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and .../services-sqs-errorhandling.html
"""

from __future__ import annotations

import json

from conftest import ACCOUNT, REGION, wait_until
from functions import create_function, said, unique

TELL = """
const say = (value) => process.stdout.write(`> ${JSON.stringify(value)}\\n`);
const bodies = (event) => event.Records.map(({ body }) => body);
"""
CONSUMER = TELL + "export const handler = async (event) => say(bodies(event));"


def create_queue(cloud, **attributes):
    name = unique("queue")
    url = cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def send(cloud, queue, *bodies):
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=body)


def map_queue(cloud, arn, function, **settings):
    created = cloud.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=function, **settings)
    return created["UUID"]


def test_a_batch_has_at_most_the_batch_size_which_may_be_more_than_ten(cloud):
    function = create_function(cloud, TELL + "export const handler = async (event) => say(event.Records.length);")
    queue, arn = create_queue(cloud)
    send(cloud, queue, *[str(number) for number in range(45)])
    map_queue(cloud, arn, function, BatchSize=20, MaximumBatchingWindowInSeconds=1)
    wait_until(lambda: sum(said(cloud, function)) == 45, "all messages arrive")
    assert sorted(said(cloud, function)) == [5, 20, 20]


def test_messages_are_gathered_for_the_window(cloud):
    function = create_function(cloud, CONSUMER)
    queue, arn = create_queue(cloud)
    map_queue(cloud, arn, function, BatchSize=100, MaximumBatchingWindowInSeconds=3)
    send(cloud, queue, "a")
    send(cloud, queue, "b", "c")
    wait_until(lambda: said(cloud, function), "the messages arrive")
    assert [sorted(batch) for batch in said(cloud, function)] == [["a", "b", "c"]]


def test_a_batch_holds_no_more_than_an_invocation_takes(cloud):
    function = create_function(cloud, TELL + "export const handler = async (event) => say(event.Records.length);")
    queue, arn = create_queue(cloud)
    send(cloud, queue, *["x" * 250_000] * 30)
    map_queue(cloud, arn, function, BatchSize=100, MaximumBatchingWindowInSeconds=1)
    wait_until(lambda: sum(said(cloud, function)) == 30, "all messages arrive")
    assert max(said(cloud, function)) <= 6 * 1024 * 1024 // 250_000


def test_those_that_are_reported_are_delivered_again_and_then_given_up(cloud):
    function = create_function(
        cloud,
        TELL
        + """
export const handler = async (event) => {
  say(bodies(event));
  const failed = event.Records.filter(({ body }) => body === 'bad');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
""",
    )
    letters, letters_arn = create_queue(cloud)
    policy = json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": "2"})
    queue, arn = create_queue(cloud, VisibilityTimeout="1", RedrivePolicy=policy)
    send(cloud, queue, "good", "bad")
    map_queue(cloud, arn, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    sqs = cloud.client("sqs")
    (message,) = wait_until(
        lambda: sqs.receive_message(QueueUrl=letters).get("Messages"), "the bad message is given up"
    )
    assert message["Body"] == "bad"
    assert sorted(body for batch in said(cloud, function) for body in batch) == ["bad", "bad", "good"]
