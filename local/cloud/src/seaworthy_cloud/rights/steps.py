"""What a state machine's role must allow for a task of it: each integration by the actions that it stands for.

https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from seaworthy_cloud.rights.roles import AccessDenied, require

Need = tuple[str, str]
"""An action and the ARN of what it is done to."""


def require_for_task(role: str, resource: str, given: dict[str, Any]) -> None:
    """Check a task with its resolved parameters; raises AccessDenied. Nothing is checked without `AUTH`."""
    from ministack import app

    service, _, action = resource.partition(":states:::")[2].removeprefix("aws-sdk:").partition(":")
    if not app.AUTH or not service:
        return
    if service not in _NEEDS:
        raise AccessDenied(f"the embedded cloud does not know what rights {resource} needs: see {__name__}")
    context = {"ecs:cluster": _cluster(given)} if service == "ecs" else {}
    for needed, arn in _NEEDS[service](action.partition(".")[0], given, action.endswith(".sync")):
        require(role, needed, arn, "states", context)


def _lambda(_: str, given: dict[str, Any], __: bool) -> Iterator[Need]:
    name = given["FunctionName"]
    yield "lambda:InvokeFunction", name if name.startswith("arn:") else _arn("lambda", f"function:{name}")


def _dynamodb(action: str, given: dict[str, Any], _: bool) -> Iterator[Need]:
    yield f"dynamodb:{action[0].upper()}{action[1:]}", _arn("dynamodb", f"table/{given['TableName']}")


def _glue(_: str, given: dict[str, Any], waits: bool) -> Iterator[Need]:
    job = _arn("glue", f"job/{given['JobName']}")
    actions = ("glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun")
    for action in actions if waits else actions[:1]:
        yield action, job


def _ecs(_: str, given: dict[str, Any], waits: bool) -> Iterator[Need]:
    definition = ecs._task_defs[ecs._resolve_td_key(given["TaskDefinition"])]
    yield "ecs:RunTask", definition["taskDefinitionArn"]
    for role in (definition.get("taskRoleArn"), definition.get("executionRoleArn")):
        if role:
            yield "iam:PassRole", role
    if waits:
        yield "ecs:DescribeTasks", _cluster(given).replace(":cluster/", ":task/") + "/any"
        rule = _arn("events", "rule/StepFunctionsGetEventsForECSTaskRule")
        for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
            yield action, rule


def _cluster(given: dict[str, Any]) -> str:
    cluster = str(given.get("Cluster", "default"))
    return cluster if cluster.startswith("arn:") else _arn("ecs", f"cluster/{cluster}")


def _sqs(_: str, given: dict[str, Any], __: bool) -> Iterator[Need]:
    yield "sqs:SendMessage", _arn("sqs", str(given["QueueUrl"]).rpartition("/")[2])


def _sns(_: str, given: dict[str, Any], __: bool) -> Iterator[Need]:
    yield "sns:Publish", given["TopicArn"]


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


_NEEDS = {"lambda": _lambda, "dynamodb": _dynamodb, "glue": _glue, "ecs": _ecs, "sqs": _sqs, "sns": _sns}
