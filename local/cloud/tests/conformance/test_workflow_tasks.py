"""Step Functions: states that run container tasks, and states that wait for a callback with a call of the AWS SDK.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import ACCOUNT, Cloud, wait_until
from functions import unique
from service import OUTPUTS, push_image, task_definition
from stacks import create, physical_id, resource

ROLE = f"arn:aws:iam::{ACCOUNT}:role/workflow"


def run(cloud: Cloud, states: dict[str, Any]) -> str:
    """Start a workflow that begins with the first state; returns the execution's ARN."""
    steps = cloud.client("stepfunctions")
    machine = {"StartAt": next(iter(states)), "States": states}
    arn = steps.create_state_machine(name=unique("workflow"), definition=json.dumps(machine), roleArn=ROLE)
    return steps.start_execution(stateMachineArn=arn["stateMachineArn"], input="{}")["executionArn"]


def ended(cloud: Cloud, execution: str) -> dict[str, Any]:
    steps = cloud.client("stepfunctions")

    def look() -> dict[str, Any] | None:
        found = steps.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    return wait_until(look, "the workflow has ended")


def run_task(cloud: Cloud, folder: Path, exit_code: str) -> dict[str, Any]:
    """Run a task that ends with a code, as a state that waits for its end."""
    name = unique("step")
    resources = {
        "Logs": resource("AWS::Logs::LogGroup", {}),
        "Cluster": resource("AWS::ECS::Cluster", {"ClusterName": name}),
        "Task": task_definition(push_image(cloud, folder, "steps"), {"EXIT_CODE": exit_code}, 512),
    }
    assert create(cloud, name, resources, {"Logs": OUTPUTS["Logs"]}) == "CREATE_COMPLETE"
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": name,
            "TaskDefinition": physical_id(cloud, name, "Task"),
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-a"]}},
        },
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Failed"}],
        "End": True,
    }
    return ended(cloud, run(cloud, {"Run": state, "Failed": {"Type": "Pass", "Result": "failed", "End": True}}))


def test_a_state_fails_when_its_task_ends_with_an_error(cloud: Cloud, tmp_path: Path) -> None:
    assert json.loads(run_task(cloud, tmp_path, "7")["output"]) == "failed"


def test_a_state_answers_the_description_of_a_task_that_has_ended_well(cloud: Cloud, tmp_path: Path) -> None:
    (task,) = json.loads(run_task(cloud, tmp_path, "0")["output"])["Tasks"]
    assert task["lastStatus"] == "STOPPED"
    assert [container["exitCode"] for container in task["containers"]] == [0]


def test_a_state_waits_for_a_call_back_to_what_a_call_of_the_sdk_has_left(cloud: Cloud) -> None:
    """And its heartbeat ends it, as one of a function."""
    dynamo, table = cloud.client("dynamodb"), unique("tokens")
    dynamo.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
        "Parameters": {
            "TableName": table,
            "Key": {"id": {"S": "wait"}},
            "UpdateExpression": "SET #token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":token": {"S.$": "$$.Task.Token"}},
        },
        "HeartbeatSeconds": 2,
        "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}],
        "End": True,
    }
    states = {"Wait": state, "Silent": {"Type": "Pass", "Result": "silent", "End": True}}
    answered = run(cloud, states)
    item = wait_until(
        lambda: dynamo.get_item(TableName=table, Key={"id": {"S": "wait"}}).get("Item"), "the token was left"
    )
    cloud.client("stepfunctions").send_task_success(taskToken=item["token"]["S"], output='"yes"')
    assert json.loads(ended(cloud, answered)["output"]) == "yes"
    silent = run(cloud, states)
    assert json.loads(ended(cloud, silent)["output"]) == "silent"
