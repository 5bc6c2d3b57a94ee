"""What a task's execution role must allow for the task to start: its image pulled, its log written.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region

from seaworthy_cloud.rights.roles import require

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def require_to_start(definition: Mapping[str, Any], container: Mapping[str, Any], task: str) -> None:
    """Check the execution role; raises AccessDenied. A task without one is not checked; on AWS it pulls nothing."""
    role = definition.get("executionRoleArn")
    if not role:
        return
    session, place = task.rsplit("/", 1)[-1], f"{get_region()}:{get_account_id()}"
    registry, _, image = str(container["image"]).partition("/")
    if ".dkr.ecr." in registry:
        require(role, "ecr:GetAuthorizationToken", "*", session)
        repository = image.partition("@")[0].partition(":")[0]
        for action in _PULL:
            require(role, action, f"arn:aws:ecr:{place}:repository/{repository}", session)
    logging = container.get("logConfiguration") or {}
    if logging.get("logDriver") == "awslogs":
        stream = f"arn:aws:logs:{place}:log-group:{logging['options']['awslogs-group']}:log-stream:{session}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            require(role, action, stream, session)
