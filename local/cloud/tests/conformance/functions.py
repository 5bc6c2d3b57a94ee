"""Node functions, streams and what they leave behind, for the conformance tests."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import uuid
import zipfile
from typing import Any

from conftest import ACCOUNT, REGION, Cloud, wait_until


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def zipped(code: str, name: str = "index.mjs") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, code)
    return content.getvalue()


def create_function(cloud: Cloud, code: str, **settings: Any) -> str:
    """Create a Node 24 function of a module that exports `handler`; returns its name."""
    name = unique("function")
    defaults = {
        "Runtime": "nodejs24.x",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/function",
        "Handler": "index.handler",
        "Code": {"ZipFile": zipped(code)},
    }
    cloud.client("lambda").create_function(FunctionName=name, **{**defaults, **settings})
    return name


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def invoke(cloud: Cloud, name: str, event: Any = None) -> tuple[dict[str, Any], Any]:
    """Invoke and return the whole answer, and the payload as a value."""
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer, json.loads(answer["Payload"].read())


def create_stream(cloud: Cloud, shards: int = 1) -> tuple[str, str]:
    """Create a Kinesis stream; returns its name and its ARN."""
    kinesis, name = cloud.client("kinesis"), unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    described = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    wait_until(
        lambda: (
            kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
        ),
        f"the stream {name} is active",
    )
    return name, described["StreamARN"]


def put(cloud: Cloud, stream: str, *records: tuple[str, str]) -> list[str]:
    """Put records, each a key and its data; returns their sequence numbers."""
    entries = [{"PartitionKey": key, "Data": data.encode()} for key, data in records]
    answer = cloud.client("kinesis").put_records(StreamName=stream, Records=entries)
    return [record["SequenceNumber"] for record in answer["Records"]]


def map_stream(cloud: Cloud, stream_arn: str, function: str, **settings: Any) -> str:
    """Map a stream to a function, from its beginning if not said otherwise; returns the mapping's id."""
    given = {"StartingPosition": "TRIM_HORIZON", **settings}
    created = cloud.client("lambda").create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName=function, **given
    )
    return created["UUID"]


def log_lines(cloud: Cloud, function: str) -> list[str]:
    """Everything in the log of a function, oldest first."""
    logs = cloud.client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        return [event["message"] for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def said(cloud: Cloud, function: str) -> list[Any]:
    """What a function has written as lines `> JSON`, oldest first."""
    return [json.loads(line[2:]) for line in log_lines(cloud, function) if line.startswith("> ")]


def decoded(record: dict[str, Any]) -> str:
    return base64.b64decode(record["kinesis"]["data"]).decode()


def total(cloud: Cloud, namespace: str, metric: str, dimensions: dict[str, str]) -> float:
    """The sum of a metric over the last hour."""
    now = dt.datetime.now(dt.UTC)
    points = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)
