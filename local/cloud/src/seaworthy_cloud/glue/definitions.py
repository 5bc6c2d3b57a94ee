"""The properties of a job that the emulator drops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Answer = tuple[int, Mapping[str, str], bytes]
Action = Callable[[dict[str, Any]], Answer]

DEFAULTS: Mapping[str, Any] = {
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "ExecutionClass": "STANDARD",
    "JobRunQueuingEnabled": False,
}
"""What a job has that is created without them."""


def keeping_all(create: Action) -> Action:
    """CreateJob, with the properties that it drops."""

    def create_job(data: dict[str, Any]) -> Answer:
        from ministack.services import glue

        answer = create(data)
        if answer[0] < 400:
            glue._jobs[data["Name"]].update({name: data.get(name) or value for name, value in DEFAULTS.items()})
        return answer

    return create_job


def updating_all(update: Action) -> Action:
    """UpdateJob, with the properties that it drops."""

    def update_job(data: dict[str, Any]) -> Answer:
        from ministack.services import glue

        answer = update(data)
        if answer[0] < 400:
            new = data.get("JobUpdate", {})
            glue._jobs[data["JobName"]].update({name: new[name] for name in DEFAULTS if name in new})
        return answer

    return update_job
