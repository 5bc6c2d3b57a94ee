"""Step Functions' optimised integration with ECS: `ecs:runTask.sync` waits for the tasks' end, and fails when they did.

The emulator gives up after ten minutes, and takes a task whose container ended with an error for a success.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.services import ecs, stepfunctions

_POLL_SECONDS = 0.2

_original = stepfunctions._invoke_ecs_run_task


def run_task(resource: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run tasks; with `.sync` answer their description at their end, or fail the state with it as the cause."""
    started = _original(resource.replace(".sync", ""), given)
    if ".sync" not in resource:
        return started
    if started.get("failures"):
        raise stepfunctions._ExecutionError("AmazonECS.Unknown", json.dumps(started["failures"]))
    tasks = _ended(given.get("Cluster", "default"), [task["taskArn"] for task in started["tasks"]])
    failed = [task for task in tasks if any(container.get("exitCode") != 0 for container in task["containers"])]
    if failed:
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(failed[0]))
    return {"Tasks": tasks}


def _ended(cluster: str, arns: list[str]) -> list[dict[str, Any]]:
    while True:
        _, _, body = ecs._describe_tasks({"cluster": cluster, "tasks": arns})
        tasks = json.loads(body)["tasks"]
        if all(task["lastStatus"] == "STOPPED" for task in tasks):
            return tasks
        time.sleep(_POLL_SECONDS)
