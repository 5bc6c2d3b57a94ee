"""Executions of Node functions, with results as AWS has them."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from seaworthy_cloud.lambdas.node_worker import NodeWorker
from seaworthy_cloud.patching import replace

RESPONSE_BYTES = 6 * 1024 * 1024 + 100 * 1024
"""Most that a function may answer."""

served_by: ContextVar[tuple[NodeWorker, bool] | None] = ContextVar("served_by", default=None)
"""Of the execution that has just ended on this thread: its environment, and whether it was started for it."""

_original_execute = lambda_svc._execute_function_warm
_original_worker_class = lambda_runtime._worker_class_for


def install() -> None:
    """Run functions with a Node runtime here; those of other runtimes stay with the emulator."""
    replace(lambda_runtime, "_worker_class_for", _worker_class_for)
    replace(lambda_svc, "_execute_function_warm", _execute)


def _worker_class_for(configuration: dict[str, Any]) -> type[lambda_runtime.Worker]:
    return NodeWorker if is_node(configuration) else _original_worker_class(configuration)


def is_node(configuration: dict[str, Any]) -> bool:
    """Whether a function has one of the Node runtimes."""
    return str(configuration.get("Runtime", "")).startswith("nodejs")


def _execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Run a function once.

    Returns:
        `body`: what the handler returned, or AWS's description of the error; `error` and `function_error` if it failed;
        `log`: the lines that it wrote.
    """
    configuration = function.get("config") or function
    served_by.set(None)
    if not is_node(configuration):
        return _original_execute(function, event, request_id)
    code = function.get("code_zip")
    if not code:
        raise ValueError(f"the function {configuration.get('FunctionName')} has no code")
    lambda_svc._ensure_reaper_thread()
    name, version = configuration["FunctionName"], configuration.get("Version", "$LATEST")
    worker, _ = lambda_runtime.acquire_worker(name, configuration, code, qualifier=version)
    try:
        result = worker.invoke(
            event,
            request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(configuration),
            durable=lambda_svc._durable_env_overlay(),
            invoked_function_arn=configuration.get("FunctionArn", ""),
        )
        served_by.set((worker, result["cold_start"]))
    finally:
        lambda_runtime.release_worker(worker)
    if result["status"] == "error":
        return _failure(result["error"], result["log"], request_id)
    size = len(json.dumps(result["result"], ensure_ascii=False).encode())
    if size > RESPONSE_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        return _failure(error, result["log"], request_id)
    return {"body": result["result"], "log": result["log"], "request_id": request_id}


def _failure(error: dict[str, Any], log: str, request_id: str) -> dict[str, Any]:
    return {"body": error, "error": True, "function_error": "Unhandled", "log": log, "request_id": request_id}
