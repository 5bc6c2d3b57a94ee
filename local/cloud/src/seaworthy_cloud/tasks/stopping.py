"""How a task ends: it leaves its load balancers, is asked to end, is killed if it does not, and tells its exit code.

The emulator alone marks a task STOPPED with exit code 0 at once and leaves the service of a task that a user stopped
one task short.
"""

from __future__ import annotations

from typing import Any

from ministack.core.concurrency import resource_lock, spawn_background
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import ecs

from seaworthy_cloud.alb import forward
from seaworthy_cloud.tasks import addresses
from seaworthy_cloud.tasks.runtime import Runtime

_DEFAULT_STOP_SECONDS = 30
_DRAIN_SECONDS = 30
_original_clean_up = ecs._cleanup_task_resources


def stop_by_user(data: dict[str, Any]) -> Any:
    """StopTask; a service's scheduler then starts a replacement."""
    return _stop(data, "UserInitiated")


def stop_by_scheduler(data: dict[str, Any]) -> Any:
    """Stop a task that its service no longer wants."""
    return _stop(data, "ServiceSchedulerInitiated")


def _stop(data: dict[str, Any], code: str) -> Any:
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    if cluster is None:
        return error_response_json("ClusterNotFoundException", "Cluster not found.", 400)
    task = ecs._resolve_task(data.get("task", ""), cluster)
    if task is None:
        return error_response_json("InvalidParameterException", "The referenced task was not found.", 400)
    begin_stop(task, data.get("reason", "Task stopped by user"), code)
    return json_response({"task": ecs._sanitize(task)})


def begin_stop(task: dict[str, Any], reason: str, code: str) -> bool:
    """Take the task out of service and end it in the background; False when it was ending already."""
    with resource_lock("ecs-task", task["taskArn"]):
        if not ecs._task_is_active(task["taskArn"], task):
            return False
        ecs._bump_task_version(task)
        task.update(
            desiredStatus="STOPPED",
            lastStatus="DEACTIVATING",
            stoppingAt=ecs._iso(),
            stoppedReason=reason,
            stopCode=code,
        )
    _refresh(task)
    spawn_background(_end, task, get_account_id(), get_region(), thread_name="ecs-stop")
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    group = task.get("group", "")
    if code == "UserInitiated" and group.startswith("service:"):
        ecs._reconcile_service_tasks(cluster, f"{cluster}/{group.removeprefix('service:')}")
    return True


def clean_up(task: dict[str, Any], _: object, extra: Any = None) -> None:
    """Remove the containers of a task that has ended and give its address back."""
    runtime: Runtime = ecs._get_docker()
    references = [*(task.get("_docker_ids") or []), *([extra.id] if extra is not None else [])]
    _original_clean_up(task, runtime, extra)
    for reference in references:
        runtime.containers.forget(reference)
    addresses.release(task["taskArn"])


def _end(task: dict[str, Any], account: str, region: str) -> None:
    with request_scope(account, region):
        if address := ecs._task_ip(task):
            forward.drain(address, _DRAIN_SECONDS)
        with resource_lock("ecs-task", task["taskArn"]):
            task["lastStatus"] = "STOPPING"
        codes = [_end_container(task, index, each) for index, each in enumerate(list(task.get("_docker_ids") or []))]
        now = ecs._iso()
        with resource_lock("ecs-task", task["taskArn"]):
            for container in task.get("containers", []):
                container["lastStatus"] = "STOPPED"
            for container, exit_code in zip(task.get("containers", []), codes, strict=False):
                container["exitCode"] = exit_code
            ecs._bump_task_version(task)
            task.update(lastStatus="STOPPED", executionStoppedAt=now, stoppedAt=now)
        ecs.ecs_metadata.set_task_status(task["taskArn"], known_status="STOPPED", desired_status="STOPPED")
        ecs._cleanup_task_resources(task, ecs._get_docker())
        _refresh(task)


def _end_container(task: dict[str, Any], index: int, reference: str) -> int:
    """End one container and return its exit code."""
    runtime: Runtime = ecs._get_docker()
    container = runtime.containers.get(reference)
    container.stop(_stop_seconds(task, index))
    return container.wait()["StatusCode"]


def _stop_seconds(task: dict[str, Any], index: int) -> int:
    """The container's stopTimeout, in seconds."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {}
    containers = definition.get("containerDefinitions", [])
    given = containers[index].get("stopTimeout") if index < len(containers) else None
    return int(given) if given else _DEFAULT_STOP_SECONDS


def _refresh(task: dict[str, Any]) -> None:
    """Count the cluster's and the service's tasks anew and withdraw the task from its target groups."""
    cluster = ecs._cluster_name_from_arn(task["clusterArn"])
    if cluster:
        ecs._recount_cluster(cluster)
        ecs._refresh_service_state(cluster, task.get("group", ""))
