"""Glue jobs that run: a Spark job is a Spark process on this machine.

The emulator alone reports a Spark job as SUCCEEDED without running anything when it finds no Docker image for it.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Put job runs, the properties of a job that they need, and Step Functions' Glue task in the emulator's place."""
    from ministack.services import glue, stepfunctions
    from ministack.services.cloudformation import provisioners

    from seaworthy_cloud.glue import definitions, rulesets, runs, tasks
    from seaworthy_cloud.patching import replace

    replace(glue, "_create_job", definitions.keeping_all(glue._create_job))
    replace(glue, "_update_job", definitions.updating_all(glue._update_job))
    provisioners._GLUE_JOB_DEFAULTS.update(definitions.DEFAULTS)
    replace(glue, "_handle_request_sync", rulesets.answering_rulesets(glue._handle_request_sync))
    replace(glue, "_start_job_run", runs.start)
    replace(glue, "_batch_stop_job_run", runs.stop)
    replace(glue, "reset", runs.stopping_all(glue.reset))
    integrations: dict[str, Any] = stepfunctions._SERVICE_DISPATCH
    integrations["arn:aws:states:::glue:startJobRun"] = tasks.start_job_run
