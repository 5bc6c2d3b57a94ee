"""Where records go that were given up: S3 gets them whole, SQS and SNS where they were.

https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from seaworthy_cloud.client import client
from seaworthy_cloud.streams.shard import Record, Shard, arrival


def send_failure(
    mapping: dict[str, Any],
    shard: Shard,
    function: dict[str, Any],
    records: list[Record],
    condition: str,
    attempts: int,
    result: dict[str, Any],
) -> None:
    """Tell the mapping's failure destination of records that will not be delivered again.

    Without a destination they are gone, as on AWS. A destination that can't be reached is an error of the lane.
    """
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not destination:
        return
    message = _message(mapping, shard, function, records, condition, attempts, result)
    service, name = destination.split(":")[2], destination.split(":")[-1]
    if service == "sqs":
        url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message))
    elif service == "sns":
        client("sns").publish(TopicArn=destination, Message=json.dumps(message))
    elif service == "s3":
        payload = json.dumps({"Records": [shard.event(record) for record in records]}, default=str)
        now = dt.datetime.now(dt.UTC)
        key = f"aws/lambda/{mapping['UUID']}/{shard.id}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        client("s3").put_object(Bucket=name, Key=key, Body=json.dumps({**message, "payload": payload}).encode())
    else:
        raise ValueError(f"{destination} is no failure destination that the embedded cloud knows")


def _message(
    mapping: dict[str, Any],
    shard: Shard,
    function: dict[str, Any],
    records: list[Record],
    condition: str,
    attempts: int,
    result: dict[str, Any],
) -> dict[str, Any]:
    configuration = function.get("config") or function
    first, last = records[0], records[-1]
    error = result.get("function_error") or ("Unhandled" if result.get("error") else None)
    return {
        "requestContext": {
            "requestId": result.get("request_id") or str(uuid.uuid4()),
            "functionArn": configuration.get("FunctionArn", ""),
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": configuration.get("Version", "$LATEST"),
            "functionError": error,
        },
        "version": "1.0",
        "timestamp": _instant(dt.datetime.now(dt.UTC).timestamp()),
        "KinesisBatchInfo": {
            "shardId": shard.id,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _instant(arrival(first)),
            "approximateArrivalOfLastRecord": _instant(arrival(last)),
            "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _instant(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
