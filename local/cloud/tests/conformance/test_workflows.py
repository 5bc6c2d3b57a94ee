"""Step Functions: tasks that wait for a callback.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, Cloud, wait_until
from functions import create_function, function_arn, unique

ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")

KEEPS_TOKEN = """
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
const dynamo = new DynamoDBClient({});
export const handler = async ({ token, table }) => {
  await dynamo.send(new PutItemCommand({ TableName: table, Item: { id: { S: 'token' }, token: { S: token } } }));
};
"""
FAILS = "export const handler = async () => { throw new RangeError('no'); };"


@pytest.fixture
def table(cloud: Cloud) -> str:
    name = unique("tokens")
    cloud.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def start(cloud: Cloud, table: str, code: str, given: dict[str, Any] | None = None, **limits: Any) -> str:
    """Start a workflow of one task that waits; returns the execution's ARN."""
    machine = {
        "StartAt": "Wait",
        "States": {
            "Wait": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Parameters": {
                    "FunctionName": function_arn(create_function(cloud, code)),
                    "Payload": {"token.$": "$$.Task.Token", "table": table},
                },
                "Catch": [
                    {"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"},
                    {"ErrorEquals": ["States.Timeout"], "Next": "Late"},
                    {"ErrorEquals": ["RangeError"], "Next": "Broken"},
                    {"ErrorEquals": ["Asked"], "Next": "Sent"},
                ],
                "End": True,
                **limits,
            },
            **{name: {"Type": "Pass", "Result": name, "End": True} for name in ("Silent", "Late", "Broken", "Sent")},
        },
    }
    steps = cloud.client("stepfunctions")
    role = f"arn:aws:iam::{ACCOUNT}:role/workflow"
    arn = steps.create_state_machine(name=unique("workflow"), definition=json.dumps(machine), roleArn=role)[
        "stateMachineArn"
    ]
    return steps.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"]


def result(cloud: Cloud, execution: str) -> Any:
    """What a workflow ended with: its output, or its status."""
    steps = cloud.client("stepfunctions")

    def ended() -> dict[str, Any] | None:
        found = steps.describe_execution(executionArn=execution)
        return found if found["status"] in ENDED else None

    found = wait_until(ended, "the workflow has ended")
    return json.loads(found["output"]) if found["status"] == "SUCCEEDED" else found["status"]


def token_of(cloud: Cloud, table: str) -> str:
    dynamo = cloud.client("dynamodb")
    found = wait_until(
        lambda: dynamo.get_item(TableName=table, Key={"id": {"S": "token"}}).get("Item"), "the token was kept"
    )
    return found["token"]["S"]


def test_a_callback_gives_the_result(cloud: Cloud, table: str) -> None:
    execution = start(cloud, table, KEEPS_TOKEN, TimeoutSeconds=60)
    token = token_of(cloud, table)
    cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"said": "yes"}')
    assert result(cloud, execution) == {"said": "yes"}


def test_a_callback_of_failure_is_caught_by_its_name(cloud: Cloud, table: str) -> None:
    execution = start(cloud, table, KEEPS_TOKEN, TimeoutSeconds=60)
    cloud.client("stepfunctions").send_task_failure(taskToken=token_of(cloud, table), error="Asked")
    assert result(cloud, execution) == "Sent"


def test_silence_ends_the_task_by_its_heartbeat(cloud: Cloud, table: str) -> None:
    execution = start(cloud, table, KEEPS_TOKEN, HeartbeatSeconds=1, TimeoutSeconds=60)
    assert result(cloud, execution) == "Silent"


def test_heartbeats_keep_it_until_its_timeout(cloud: Cloud, table: str) -> None:
    execution = start(cloud, table, KEEPS_TOKEN, HeartbeatSeconds=2, TimeoutSeconds=4)
    steps, token = cloud.client("stepfunctions"), token_of(cloud, table)

    def timed_out() -> bool:
        try:
            steps.send_task_heartbeat(taskToken=token)
        except ClientError:
            return True
        return False

    wait_until(timed_out, "the token is worth nothing any more")
    assert result(cloud, execution) == "Late"


def test_limits_can_come_from_the_input(cloud: Cloud, table: str) -> None:
    execution = start(
        cloud, table, KEEPS_TOKEN, {"plan": {"timeout": 1}}, TimeoutSecondsPath="$.plan.timeout", HeartbeatSeconds=30
    )
    assert result(cloud, execution) == "Late"


def test_a_function_that_fails_fails_the_task(cloud: Cloud, table: str) -> None:
    assert result(cloud, start(cloud, table, FAILS, TimeoutSeconds=60)) == "Broken"
