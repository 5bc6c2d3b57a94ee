"""What the tests of CloudFormation share: stacks from templates, and why one failed."""

from __future__ import annotations

import json
from typing import Any

from conftest import Cloud, wait_until

_ENDED = ("_COMPLETE", "_FAILED")


def resource(resource_type: str, properties: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"Type": resource_type, "Properties": properties, **rest}


def create(cloud: Cloud, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> str:
    """Create a stack, wait for its end and return its status."""
    template = json.dumps({"Resources": resources, "Outputs": outputs or {}})
    cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=template)
    return _end(cloud, name)


def update(cloud: Cloud, name: str, resources: dict[str, Any]) -> str:
    template = json.dumps({"Resources": resources})
    cloud.client("cloudformation").update_stack(StackName=name, TemplateBody=template)
    return _end(cloud, name)


def delete(cloud: Cloud, name: str) -> str:
    cloudformation = cloud.client("cloudformation")
    # A deleted stack is found by its id only.
    identity = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    return _end(cloud, identity)


def physical_id(cloud: Cloud, name: str, logical_id: str) -> str:
    found = cloud.client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def output(cloud: Cloud, name: str, key: str) -> str:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == key)


def reasons(cloud: Cloud, name: str) -> list[str]:
    """The reasons of the resources that failed, the latest first."""
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return [each["ResourceStatusReason"] for each in events if each["ResourceStatus"].endswith("_FAILED")]


def _end(cloud: Cloud, name: str) -> str:
    def status() -> str | None:
        (stack,) = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        found = stack["StackStatus"]
        return found if found.endswith(_ENDED) and "CLEANUP_IN_PROGRESS" not in found else None

    return wait_until(status, f"stack {name} has ended", seconds=120)
