"""Step Functions' optimised integration with Glue: `glue:startJobRun`, and `.sync`, which waits for the run's end."""

from __future__ import annotations

import json
import time
from typing import Any

from seaworthy_cloud.glue import runs

_POLL_SECONDS = 0.2


def start_job_run(resource: str, data: dict[str, Any]) -> dict[str, Any]:
    """Start a run; with `.sync` wait for it, answer its description, and fail the task when it did not succeed."""
    from ministack.services.stepfunctions import _ExecutionError

    status, _, body = runs.start(data)
    answer = json.loads(body)
    if status >= 400:
        raise _ExecutionError(f"Glue.{answer['__type'].rpartition('#')[2]}", answer["message"])
    if ".sync" not in resource:
        return answer
    run = runs.find(data["JobName"], answer["JobRunId"])
    while run["JobRunState"] not in runs.ENDED:
        time.sleep(_POLL_SECONDS)
    if run["JobRunState"] != "SUCCEEDED":
        raise _ExecutionError("States.TaskFailed", json.dumps(run))
    return dict(run)
