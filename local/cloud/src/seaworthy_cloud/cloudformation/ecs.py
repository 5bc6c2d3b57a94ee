"""ECS services through CloudFormation: complete once they are stable, and failed when they do not become so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Properties, boolean, extend, integer, present
from seaworthy_cloud.patching import replace

_PATIENCE_SECONDS = 900
_POLL_SECONDS = 0.25


def install() -> None:
    """Extend services and task definitions."""
    extend("AWS::ECS::Service", _apply_service)
    extend("AWS::ECS::TaskDefinition", _apply_task_definition)
    replace(provisioners, "_ecs_deployment_configuration", _rolling(provisioners._ecs_deployment_configuration))


def _rolling(translate: Callable[[Properties], dict[str, Any] | None]) -> Callable[[Properties], dict[str, Any] | None]:
    """Roll every deployment, with the circuit breaker, whatever strategy the template names.

    Requests are not shifted by steps here; the circuit breaker ends a deployment that can't get healthy, as the
    strategies with steps do when their stages take too long.
    """

    def translate_rolling(properties: Properties) -> dict[str, Any] | None:
        configuration = translate(properties)
        if configuration and configuration.get("strategy", "ROLLING") != "ROLLING":
            configuration["deploymentCircuitBreaker"] = {"enable": True, "rollback": True}
        return configuration

    return translate_rolling


def _apply_service(arn: str, properties: Properties, old: Properties | None) -> None:
    key = "/".join(arn.split("/")[-2:])
    service = ecs._services[key]
    service.update(
        present(
            {
                "healthCheckGracePeriodSeconds": integer(properties.get("HealthCheckGracePeriodSeconds")),
                "enableECSManagedTags": boolean(properties.get("EnableECSManagedTags", False)),
                "enableExecuteCommand": boolean(properties.get("EnableExecuteCommand", False)),
                "platformVersion": properties.get("PlatformVersion"),
                "propagateTags": properties.get("PropagateTags"),
            }
        )
    )
    try:
        _wait_until_stable(key)
    except Exception:
        if old is None:
            client("ecs").delete_service(cluster=key.split("/")[0], service=arn, force=True)
        raise


def _apply_task_definition(arn: str, properties: Properties, old: Properties | None) -> None:
    # Cpu and memory are checked by Fargate; the platform is that of this machine, whatever is asked for.
    definition = ecs._task_defs[arn.rsplit("/", 1)[-1]]
    platform = properties.get("RuntimePlatform") or {}
    if platform.get("OperatingSystemFamily", "LINUX") != "LINUX":
        raise ValueError(f"tasks for {platform['OperatingSystemFamily']} are not part of the embedded cloud")
    if storage := properties.get("EphemeralStorage"):
        definition["ephemeralStorage"] = {"sizeInGiB": int(storage["SizeInGiB"])}


def _wait_until_stable(key: str) -> None:
    """Wait until the service's one deployment is complete; raises RuntimeError when it fails or takes too long."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        service = ecs._services.get(key)
        if service is None or service["status"] != "ACTIVE":
            raise RuntimeError(f"ECS service {key} was deleted before it was stable")
        if _is_stable(service):
            return
        if failed := next((each for each in service["deployments"] if each.get("rolloutState") == "FAILED"), None):
            raise RuntimeError(f"{failed['rolloutStateReason']} {_last_reason(key)}".strip())
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"ECS service {key} was not stable after {_PATIENCE_SECONDS} s. {_last_reason(key)}".strip())


def _is_stable(service: dict[str, Any]) -> bool:
    deployments = service["deployments"]
    return (
        len(deployments) == 1
        and deployments[0].get("rolloutState") == "COMPLETED"
        and service["runningCount"] == service["desiredCount"]
    )


def _last_reason(key: str) -> str:
    """Why the service's last task stopped, if one did."""
    cluster, name = key.split("/")
    stopped = [
        task
        for task in list(ecs._tasks.values())
        if task.get("group") == f"service:{name}" and task.get("lastStatus") == "STOPPED"
        if ecs._cluster_name_from_arn(task["clusterArn"]) == cluster
    ]
    if not stopped:
        return ""
    last = max(stopped, key=lambda task: task["stoppedAt"] or "")
    codes = ", ".join(f"{each['name']} ended with {each.get('exitCode')}" for each in last["containers"])
    return f"The last task: {last['stoppedReason']} ({codes})"
