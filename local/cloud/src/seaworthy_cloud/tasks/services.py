"""How a service keeps its tasks: restarts that slow down, deployments that wait for healthy targets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs

from seaworthy_cloud.alb import health
from seaworthy_cloud.tasks.runtime import Runtime
from seaworthy_cloud.tasks.stopping import begin_stop

_POLL_SECONDS = 0.5
_HEALTHY_AFTER_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 60.0

_original_failure = ecs._record_service_task_failure
_original_healthy = ecs._record_service_task_healthy
_original_complete = ecs._complete_service_deployment
_original_make_deployment = ecs._make_deployment
_failures: dict[str, int] = {}
_awaited: set[str] = set()
_lock = threading.Lock()


def make_deployment(task_definition: str, desired_count: int, status: str = "PRIMARY") -> dict[str, Any]:
    """A deployment that is in progress until its tasks run, also the first one of a service."""
    deployment = _original_make_deployment(task_definition, desired_count, status)
    deployment.update(rolloutState="IN_PROGRESS", rolloutStateReason="ECS deployment in progress.")
    return deployment


def record_failure(task: dict[str, Any], digest_resolution_failed: bool = False) -> None:
    """Count a failed task and start a new one, after a pause that doubles while tasks keep failing."""
    _note_memory(task)
    _restart(task, digest_resolution_failed)


def _restart(task: dict[str, Any], digest_resolution_failed: bool = False) -> None:
    pause = _pause_after(task)

    def restart(account: str, region: str) -> None:
        time.sleep(pause)
        with request_scope(account, region):
            _original_failure(task, digest_resolution_failed)

    spawn_background(restart, get_account_id(), get_region(), thread_name="ecs-restart")


def record_healthy(key: str, task: dict[str, Any]) -> None:
    """Count a task as healthy, which forgives the failures before it, once its targets are.

    The emulator alone takes a task for healthy that has run for a second.
    """
    service = ecs._services.get(key)
    if service is None or task.get("lastStatus") != "RUNNING":
        return
    if _is_in_service(service, task):
        _original_healthy(key, task)
    else:
        _later(record_healthy, key, task)


def complete_deployment(cluster: str, key: str, expected_deployment_id: str | None = None) -> None:
    """Complete a deployment, draining the one before it, once the new tasks are healthy in their target groups."""
    service = ecs._services.get(key)
    primary = ecs._primary_deployment(service) if service else None
    if not service or not primary or primary.get("rolloutState") != "IN_PROGRESS":
        return
    deployment = primary["id"]
    if expected_deployment_id not in (None, deployment):
        return
    if all(_is_in_service(service, task) for task in _running_tasks(deployment)):
        _original_complete(cluster, key, deployment)
    with _lock:
        if deployment in _awaited:
            return
        _awaited.add(deployment)
    _later(_complete_again, cluster, key, deployment)


def _complete_again(cluster: str, key: str, deployment: str) -> None:
    with _lock:
        _awaited.discard(deployment)
    complete_deployment(cluster, key, deployment)


def replace_unhealthy(group: str, address: str) -> None:
    """Replace the service's task at the address, which fails the health checks of the target group."""
    for task in list(ecs._tasks.values()):
        if task.get("lastStatus") == "RUNNING" and ecs._task_ip(task) == address:
            _replace(task, group)


def _replace(task: dict[str, Any], group: str) -> None:
    service = _service_of(task)
    if service is None or all(each.get("targetGroupArn") != group for each in service.get("loadBalancers") or []):
        return
    if _seconds_running(task) < int(service.get("healthCheckGracePeriodSeconds") or 0):
        return
    if begin_stop(task, f"Task failed ELB health checks in (target-group {group})", "ServiceSchedulerInitiated"):
        _restart(task)


def _note_memory(task: dict[str, Any]) -> None:
    """Give the containers that were killed for their memory the reason that ECS gives."""
    runtime: Runtime = ecs._get_docker()
    for container, reference in zip(task.get("containers", []), task.get("_docker_ids") or [], strict=False):
        if runtime.containers.get(reference).out_of_memory:
            container["reason"] = "OutOfMemoryError: Container killed due to memory usage"


def _running_tasks(deployment: str) -> list[dict[str, Any]]:
    return [
        task
        for task in list(ecs._tasks.values())
        if task.get("_deployment_id") == deployment and task.get("lastStatus") == "RUNNING"
    ]


def _is_in_service(service: dict[str, Any], task: dict[str, Any]) -> bool:
    """Whether the task is healthy in every target group of its service; a service without any needs none."""
    groups = [each["targetGroupArn"] for each in service.get("loadBalancers") or [] if each.get("targetGroupArn")]
    address = ecs._task_ip(task)
    return all(address is not None and health.is_healthy(group, address) for group in groups)


def _later(work: Callable[..., None], *arguments: Any) -> None:
    """Do the work after a moment, in the account and region of now."""

    def run(account: str, region: str) -> None:
        time.sleep(_POLL_SECONDS)
        with request_scope(account, region):
            work(*arguments)

    spawn_background(run, get_account_id(), get_region(), thread_name="ecs-service")


def _pause_after(task: dict[str, Any]) -> float:
    """Seconds before the next start: none after a task that ran well, else doubling from one second."""
    key = f"{task.get('clusterArn')}/{task.get('group')}"
    with _lock:
        count = 0 if _seconds_running(task) >= _HEALTHY_AFTER_SECONDS else _failures.get(key, 0)
        _failures[key] = count + 1
    return 0.0 if count == 0 else min(2.0 ** (count - 1), _LONGEST_PAUSE_SECONDS)


def _service_of(task: dict[str, Any]) -> dict[str, Any] | None:
    group = task.get("group", "")
    if not group.startswith("service:"):
        return None
    return ecs._services.get(f"{ecs._cluster_name_from_arn(task['clusterArn'])}/{group.removeprefix('service:')}")


def _seconds_running(task: dict[str, Any]) -> float:
    started = ecs._ts_to_epoch(task.get("startedAt"))
    return time.time() - started if started else 0.0
