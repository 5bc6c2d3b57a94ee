"""Where records go that were given up: S3 gets them whole, SQS and SNS where they were.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from seaworthy_cloud.client import client
from seaworthy_cloud.rights.roles import require
from seaworthy_cloud.streams.mapping import Mapping
from seaworthy_cloud.streams.source import Record, Source, instant


@dataclass(frozen=True)
class Failure:
    """Records that are not delivered any more, and why."""

    records: Sequence[Record]
    condition: str
    """`RetryAttemptsExhausted` or `RecordAgeExceeded`."""
    attempts: int
    function: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)
    """The result of the last invocation, if there was one."""


def send_failure(destination: str, mapping: Mapping, source: Source, failure: Failure) -> None:
    """Tell a mapping's failure destination. Raises what the destination's service answers, if it refuses."""
    message = _message(source, failure)
    service, name = destination.split(":")[2], destination.split(":")[-1]
    role, session = _role_and_session(failure)
    if service == "sqs":
        require(role, "sqs:SendMessage", destination, session)
        url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message))
    elif service == "sns":
        require(role, "sns:Publish", destination, session)
        client("sns").publish(TopicArn=destination, Message=json.dumps(message))
    elif service == "s3":
        message["payload"] = json.dumps(source.payload(failure.records), default=str)
        require(role, "s3:ListBucket", destination, session)
        key = _object_key(mapping.id, source.shard_id, dt.datetime.now(dt.UTC))
        require(role, "s3:PutObject", f"{destination}/{key}", session)
        client("s3").put_object(Bucket=name, Key=key, Body=json.dumps(message).encode())
    else:
        raise ValueError(f"{destination} is no failure destination that the embedded cloud knows: use SQS, SNS or S3")


def _role_and_session(failure: Failure) -> tuple[str, str]:
    """Lambda tells a destination by the rights of the function's role."""
    configuration = failure.function.get("config") or failure.function
    return configuration.get("Role", ""), configuration.get("FunctionName", "")


def _object_key(mapping_id: str, shard_id: str, now: dt.datetime) -> str:
    return f"aws/lambda/{mapping_id}/{shard_id}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"


def _message(source: Source, failure: Failure) -> dict[str, Any]:
    configuration = failure.function.get("config") or failure.function
    result = failure.result
    return {
        "requestContext": {
            "requestId": result.get("request_id") or str(uuid.uuid4()),
            "functionArn": configuration.get("FunctionArn", ""),
            "condition": failure.condition,
            "approximateInvokeCount": failure.attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": configuration.get("Version", "$LATEST"),
            "functionError": result.get("function_error") or ("Unhandled" if result.get("error") else None),
        },
        "version": "1.0",
        "timestamp": instant(dt.datetime.now(dt.UTC).timestamp()),
        source.batch_info: source.describe(failure.records),
    }
