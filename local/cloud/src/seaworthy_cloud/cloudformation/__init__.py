"""CloudFormation types the emulator lacks, and the properties it drops from those it has."""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Add and extend the types, run all of them off the event loop, and refuse properties that nothing reads."""
    from ministack.services import cloudformation
    from ministack.services.cloudformation import stacks

    from seaworthy_cloud.cloudformation import (
        autoscaling,
        cloudwatch,
        dynamodb,
        ec2,
        ecs,
        event_sources,
        functions,
        glue,
        held,
        loadbalancing,
        messaging,
        s3,
        strict,
    )
    from seaworthy_cloud.patching import replace

    modules = (
        autoscaling,
        cloudwatch,
        dynamodb,
        ec2,
        ecs,
        event_sources,
        functions,
        glue,
        loadbalancing,
        messaging,
        s3,
    )
    for module in modules:
        module.install()
    strict.watch_all()
    # A handler that waits, such as for a stable service, must not hold up every other request.
    replace(stacks, "_runs_on_worker_thread", _on_worker_thread)
    replace(cloudformation, "handle_request", held.holding(cloudformation.handle_request))


def _on_worker_thread(_: Any) -> bool:
    return True
