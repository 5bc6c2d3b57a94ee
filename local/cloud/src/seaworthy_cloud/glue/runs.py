"""StartJobRun and BatchStopJobRun: the life of a job's runs."""

from __future__ import annotations

import contextvars
import copy
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seaworthy_cloud.glue import events
from seaworthy_cloud.glue.connector import find_java
from seaworthy_cloud.glue.definitions import Answer
from seaworthy_cloud.glue.logs import group_prefix
from seaworthy_cloud.glue.refusals import reason_to_refuse
from seaworthy_cloud.glue.scripts import Order, Outcome, Tools, run_script
from seaworthy_cloud.settings import read_settings

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"})
_DEFAULT_MINUTES = 2880

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_stops: dict[str, threading.Event] = {}
"""Of each run that has not ended, by its id: set to stop it."""


def start(data: dict[str, Any]) -> Answer:
    """StartJobRun: check, record the run and let it run on a thread of its own."""
    from ministack.core.responses import error_response_json, json_response
    from ministack.services import glue

    name = data.get("JobName", "")
    if name not in glue._jobs:
        return error_response_json(
            "EntityNotFoundException", f"Failed to start job run due to missing metadata: {name}"
        )
    # What the run began with stays, even if the job is changed meanwhile.
    job = copy.deepcopy(glue._jobs[name])
    arguments = {
        **(job.get("DefaultArguments") or {}),
        **(data.get("Arguments") or {}),
        **(job.get("NonOverridableArguments") or {}),
    }
    if reason := reason_to_refuse(job, data, arguments):
        return error_response_json("InvalidInputException", reason)
    with _lock:
        limit = int(job["ExecutionProperty"].get("MaxConcurrentRuns", 1))
        if sum(run["JobRunState"] not in ENDED for run in glue._job_runs[name]) >= limit:
            return error_response_json("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}")
        run = _record(job, f"jr_{secrets.token_hex(32)}", arguments, {**job, **data})
    threading.Thread(
        target=contextvars.copy_context().run, args=(_execute, job, run), name=run["Id"], daemon=True
    ).start()
    return json_response({"JobRunId": run["Id"]})


def find(name: str, run_id: str) -> dict[str, Any]:
    """The record of a run, which changes while it runs."""
    from ministack.services import glue

    return next(run for run in glue._job_runs[name] if run["Id"] == run_id)


def stop(data: dict[str, Any]) -> Answer:
    """BatchStopJobRun: ask the runs to end; they are STOPPING until their processes are gone."""
    from ministack.core.responses import json_response

    submitted, errors = [], []
    for run_id in data.get("JobRunIds", []):
        subject = {"JobName": data.get("JobName", ""), "JobRunId": run_id}
        if refused := _ask_to_stop(**subject):
            errors.append({**subject, "ErrorDetail": {"ErrorCode": refused[0], "ErrorMessage": refused[1]}})
        else:
            submitted.append(subject)
    return json_response({"SuccessfulSubmissions": submitted, "Errors": errors})


def stopping_all(reset: Callable[[], None]) -> Callable[[], None]:
    """The emulator's reset, which leaves no run behind."""

    def reset_and_stop() -> None:
        with _lock:
            for stopped in _stops.values():
                stopped.set()
        reset()

    return reset_and_stop


def _ask_to_stop(JobName: str, JobRunId: str) -> tuple[str, str] | None:
    """Ask a run to end; returns code and message when it can't be."""
    from ministack.services import glue

    with _lock:
        run = next((run for run in glue._job_runs.get(JobName, []) if run["Id"] == JobRunId), None)
        if run is None:
            return "EntityNotFoundException", f"Job run {JobRunId} of job {JobName} was not found"
        if run["JobRunState"] in ENDED or JobRunId not in _stops:
            return "JobRunInTerminalStateException", f"Job run {JobRunId} is in the state {run['JobRunState']}"
        run.update(JobRunState="STOPPING", LastModifiedOn=int(time.time()))
        _stops[JobRunId].set()
        return None


def _record(
    job: Mapping[str, Any], run_id: str, arguments: Mapping[str, str], wanted: Mapping[str, Any], attempt: int = 0
) -> dict[str, Any]:
    """Add a run to those of the job, `wanted` being the job's properties with the request's over them."""
    from ministack.services import glue

    now = int(time.time())
    workers = {name: wanted[name] for name in ("WorkerType", "NumberOfWorkers", "MaxCapacity") if wanted.get(name)}
    run: dict[str, Any] = {
        "Id": run_id,
        "JobName": job["Name"],
        "Attempt": attempt,
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": dict(arguments),
        "ErrorMessage": "",
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": int(wanted.get("Timeout") or _DEFAULT_MINUTES),
        "GlueVersion": job["GlueVersion"],
        "ExecutionClass": wanted["ExecutionClass"],
        "LogGroupName": group_prefix(job, arguments),
        **workers,
    }
    glue._job_runs[job["Name"]].append(run)
    _stops[run_id] = threading.Event()
    return run


def _execute(job: Mapping[str, Any], run: dict[str, Any]) -> None:
    """Run a job, and again after a failure as often as the job says."""
    following: dict[str, Any] | None = run
    while following is not None:
        run = following
        outcome = _attempt(job, run)
        following = _finish(job, run, outcome)
        events.publish_end(run)


def _attempt(job: Mapping[str, Any], run: dict[str, Any]) -> Outcome:
    def running() -> None:
        with _lock:
            if run["JobRunState"] == "STARTING":
                run.update(JobRunState="RUNNING", LastModifiedOn=int(time.time()))

    order = Order(
        run_id=run["Id"],
        location=job["Command"]["ScriptLocation"],
        # Glue's own come before the job's, so that a job which sets one of them wins.
        arguments={
            "--JOB_NAME": run["JobName"],
            "--JOB_RUN_ID": run["Id"],
            "--job-bookmark-option": "job-bookmark-disable",
            **run["Arguments"],
        },
        seconds=run["Timeout"] * 60,
        log_prefix=run["LogGroupName"],
        role=_role_of(job),
    )
    tools = Tools(Path(os.environ["SEAWORTHY_SPARK_PYTHON"]), find_java() or "java")
    try:
        return run_script(order, tools, read_settings(), _stops[run["Id"]], running)
    except Exception as error:
        _log.exception("Job run %s can't be carried out", run["Id"])
        return Outcome("FAILED", f"The embedded cloud can't carry out the run: {error!r}; see its log")


def _role_of(job: Mapping[str, Any]) -> str:
    """The ARN of a job's role, which may be given by its name."""
    from ministack.core.responses import get_account_id

    role = str(job.get("Role", ""))
    return role if role.startswith("arn:") else f"arn:aws:iam::{get_account_id()}:role/{role}"


def _finish(job: Mapping[str, Any], run: dict[str, Any], outcome: Outcome) -> dict[str, Any] | None:
    """Record how the run has ended; returns the run that follows a failure, if the job has retries left."""
    from ministack.services import glue

    now = int(time.time())
    with _lock:
        following = None
        retries = int(job.get("MaxRetries") or 0) if job["Name"] in glue._jobs else 0
        if outcome.state == "FAILED" and run["Attempt"] < retries:
            attempt = run["Attempt"] + 1
            first = run["Id"].partition("_attempt_")[0]
            following = _record(job, f"{first}_attempt_{attempt}", run["Arguments"], {**job, **run}, attempt)
            following["PreviousRunId"] = run["Id"]
        run.update(
            JobRunState=outcome.state,
            ErrorMessage=outcome.message,
            CompletedOn=now,
            LastModifiedOn=now,
            ExecutionTime=now - run["StartedOn"],
        )
        del _stops[run["Id"]]
        return following
