"""Functions that consume a stream, and a queue for what they fail on."""

from __future__ import annotations

import json

from conftest import ACCOUNT, REGION
from functions import unique

TELL = """
const say = (value) => process.stdout.write(`> ${JSON.stringify(value)}\\n`);
const datas = (event) => event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
"""
CONSUMER = TELL + "export const handler = async (event) => say(datas(event));"
THROWS_ON_BAD = (
    TELL
    + """
export const handler = async (event) => {
  say(datas(event));
  if (datas(event).includes('bad')) throw new Error('bad record');
};
"""
)
REPORTS_BAD = (
    TELL
    + """
export const handler = async (event) => {
  say(datas(event));
  const failed = event.Records.filter((record) => Buffer.from(record.kinesis.data, 'base64').toString() === 'bad');
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.kinesis.sequenceNumber })) };
};
"""
)


def letters(text: str) -> list[tuple[str, str]]:
    return [("key", letter) for letter in text]


def sqs_destination(cloud):
    queue = cloud.client("sqs").create_queue(QueueName=unique("failures"))["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    return queue, {"OnFailure": {"Destination": arn}}


def received(cloud, queue):
    messages = cloud.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]
