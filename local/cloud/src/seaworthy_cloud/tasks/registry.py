"""What the container registry and ECS answer that the emulator alone gets wrong."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import ecr

from seaworthy_cloud.tasks.images import is_pushed

_original_describe_images = ecr._describe_images


def describe_images(data: dict[str, Any]) -> Any:
    """DescribeImages; an image that was not pushed is an error, by which the CDK knows that it has to build it."""
    answer = _original_describe_images(data)
    wanted = data.get("imageIds") or []
    if answer[0] >= 400 or not wanted or json.loads(answer[2]).get("imageDetails"):
        return answer
    repository = data.get("repositoryName", "")
    missing = [each for each in wanted if not is_pushed(repository, each.get("imageTag", ""))]
    if not missing:
        return answer
    tag = missing[0].get("imageTag", "null")
    return error_response_json(
        "ImageNotFoundException",
        f"The image with imageId {{imageDigest:'null', imageTag:'{tag}'}} does not exist within the repository "
        f"with name '{repository}' in the registry with id '{ecr._registry_id()}'",
        400,
    )


def refuse_execute_command(_: dict[str, Any]) -> Any:
    """ExecuteCommand; refused, since the emulator would answer with a session that leads nowhere."""
    return error_response_json("ClientException", "ExecuteCommand is not part of the embedded cloud", 400)
