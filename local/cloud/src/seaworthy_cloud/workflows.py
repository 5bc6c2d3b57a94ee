"""Step Functions: a task with a callback ends when its heartbeat stops, and fails when what it has invoked fails.

The emulator waits for the callback whatever becomes of the function, knows no heartbeat, and no limit from a path.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

from __future__ import annotations

import json
import threading
import time
from contextvars import ContextVar
from typing import Any

from ministack.services import stepfunctions

from seaworthy_cloud.patching import replace
from seaworthy_cloud.rights.roles import AccessDenied
from seaworthy_cloud.rights.steps import require_for_task
from seaworthy_cloud.rights.tokens import note_token

Definition = dict[str, Any]

_machine: ContextVar[str] = ContextVar("machine", default="")
"""The ARN of the state machine whose task is carried out."""
_LONGEST_SECONDS = 99_999_999
"""What AWS waits when nothing is said."""

_original_invoke = stepfunctions._invoke_resource
_original_callback = stepfunctions._invoke_with_callback
_original_task = stepfunctions._execute_task
_original_heartbeat = stepfunctions._send_task_heartbeat


def install() -> None:
    """Wait for callbacks as AWS does."""
    replace(stepfunctions, "_execute_task", _execute_task)
    replace(stepfunctions, "_invoke_resource", _invoke)
    replace(stepfunctions, "_invoke_with_callback", _invoke_with_callback)
    replace(stepfunctions, "_send_task_heartbeat", _send_task_heartbeat)


def _execute_task(definition: Definition, given: Any, execution: Any, context: dict[str, Any]) -> Any:
    limits = {
        name: int(stepfunctions._resolve_path(definition[f"{name}Path"], given))
        for name in ("TimeoutSeconds", "HeartbeatSeconds")
        if f"{name}Path" in definition
    }
    token = _machine.set((execution or {}).get("stateMachineArn", ""))
    try:
        return _original_task({**definition, **limits}, given, execution, context)
    finally:
        _machine.reset(token)


def _invoke(resource: str, given: Any) -> Any:
    """Carry out a task by the rights of the state machine's role."""
    try:
        machine = stepfunctions._state_machines.get(_machine.get()) or {}
        require_for_task(machine.get("roleArn", ""), resource, given)
    except AccessDenied as denied:
        raise stepfunctions._ExecutionError("States.Permissions", str(denied)) from None
    return _original_invoke(resource, given)


def _invoke_with_callback(resource: str, given: Any, token: str, definition: Definition) -> Any:
    note_token(token, _machine.get())
    invoked = resource.replace(".waitForTaskToken", "")
    if "states:::lambda:invoke" not in invoked and "states:::aws-sdk:" not in invoked:
        return _original_callback(resource, given, token, definition)
    event = threading.Event()
    task = {"event": event, "result": None, "error": None, "heartbeat": None, "beat": time.monotonic()}
    stepfunctions._task_tokens[token] = task
    try:
        # A failure of the function is the task's, and leaves nothing that could be called back.
        stepfunctions._invoke_resource(invoked, given)
        _await(event, task, definition)
    finally:
        stepfunctions._task_tokens.pop(token, None)
    return _outcome(task)


def _await(event: threading.Event, task: dict[str, Any], definition: Definition) -> None:
    end = time.monotonic() + definition.get("TimeoutSeconds", _LONGEST_SECONDS)
    heartbeat = definition.get("HeartbeatSeconds", _LONGEST_SECONDS)
    task["beat"] = time.monotonic()
    while not event.is_set():
        now = time.monotonic()
        if now >= end:
            raise stepfunctions._ExecutionError("States.Timeout", "")
        lost = task["beat"] + heartbeat
        if now >= lost:
            raise stepfunctions._ExecutionError("States.HeartbeatTimeout", "")
        event.wait(min(end, lost) - now)


def _outcome(task: dict[str, Any]) -> Any:
    if error := task["error"]:
        raise stepfunctions._ExecutionError(error.get("Error", ""), error.get("Cause", ""))
    return json.loads(task["result"])


def _send_task_heartbeat(data: dict[str, Any]) -> Any:
    if task := stepfunctions._task_tokens.get(data.get("taskToken")):
        task["beat"] = time.monotonic()
    return _original_heartbeat(data)
