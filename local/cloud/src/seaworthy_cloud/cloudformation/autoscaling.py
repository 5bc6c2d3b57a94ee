"""Application Auto Scaling, which the emulator lacks: kept in the stack only. Nothing here scales by itself."""

from __future__ import annotations

import logging

from ministack.core.responses import get_account_id, get_region

from seaworthy_cloud.cloudformation.handlers import Created, Properties, add

_log = logging.getLogger(__name__)


def install() -> None:
    """Add scalable targets and scaling policies."""
    add("AWS::ApplicationAutoScaling::ScalableTarget", _create_target, _update, _delete)
    add("AWS::ApplicationAutoScaling::ScalingPolicy", _create_policy, _update, _delete)


def _create_target(logical_id: str, properties: Properties, stack: str) -> Created:
    low, high = int(properties["MinCapacity"]), int(properties["MaxCapacity"])
    if low > high:
        raise ValueError(f"{logical_id}: MinCapacity {low} is above MaxCapacity {high}")
    resource = properties["ResourceId"]
    physical_id = f"{resource}|{properties['ScalableDimension']}|{properties['ServiceNamespace']}"
    _log.warning("%s stays as it is: nothing scales by itself here", resource)
    return physical_id, {"Id": physical_id}


def _create_policy(logical_id: str, properties: Properties, stack: str) -> Created:
    name = properties["PolicyName"]
    arn = f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{stack}/{logical_id}:policyName/{name}"
    return arn, {"Arn": arn}


def _update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    return physical_id, {"Id": physical_id, "Arn": physical_id}


def _delete(physical_id: str, properties: Properties) -> None:
    """Nothing to delete: it is in the stack only."""
