"""ECS tasks that run: as processes, or as containers where the image was built by Docker.

The emulator alone reports a task as RUNNING without running anything when it finds no Docker.
"""

from __future__ import annotations

from typing import Any

from seaworthy_cloud.patching import replace, replace_action
from seaworthy_cloud.settings import read_settings


def install() -> None:
    """Put the tasks' runtime, scheduler and images in the place of the emulator's own."""
    from ministack.services import ecr, ecs, stepfunctions

    from seaworthy_cloud.alb import health
    from seaworthy_cloud.tasks import registry, services, steps, stopping
    from seaworthy_cloud.tasks.runtime import Runtime, clear_logs

    clear_logs(read_settings().state)
    runtime = Runtime()
    replace(ecs, "_docker", runtime)
    replace(ecs, "_get_docker", lambda: runtime)
    replace(ecs, "_stop_task", stopping.stop_by_scheduler)
    replace(ecs, "_cleanup_task_resources", stopping.clean_up)
    replace(ecs, "_make_deployment", services.make_deployment)
    replace(ecs, "_record_service_task_failure", services.record_failure)
    replace(ecs, "_record_service_task_healthy", services.record_healthy)
    replace(ecs, "_complete_service_deployment", services.complete_deployment)
    replace(ecr, "_describe_images", registry.describe_images)
    replace_action(ecs, "StopTask", stopping.stop_by_user)
    replace_action(ecs, "ExecuteCommand", registry.refuse_execute_command)
    integrations: dict[str, Any] = stepfunctions._SERVICE_DISPATCH
    integrations["arn:aws:states:::ecs:runTask"] = steps.run_task
    health.on_unhealthy(services.replace_unhealthy)
