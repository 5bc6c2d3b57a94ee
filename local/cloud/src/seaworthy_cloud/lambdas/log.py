"""The log of an execution: one stream per execution environment, with the lines that Lambda itself adds."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from seaworthy_cloud.lambdas.environment import log_group
from seaworthy_cloud.lambdas.execution import served_by
from seaworthy_cloud.lambdas.node_worker import NodeWorker
from seaworthy_cloud.rights.roles import AccessDenied, require

_original_emit = lambda_svc._emit_lambda_logs


def write_log(
    function: dict[str, Any], request_id: str, log: str, failed: bool, duration_ms: int, **named: Any
) -> None:
    """Write the log of the execution that has just ended on this thread."""
    served = served_by.get()
    if served is None:
        _original_emit(function, request_id, log, failed, duration_ms, **named)
        return
    worker, cold = served
    configuration = function.get("config") or function
    version = configuration.get("Version", "$LATEST")
    lines = [
        f"START RequestId: {request_id} Version: {version}",
        *log.splitlines(),
        f"END RequestId: {request_id}",
        _report(configuration, request_id, duration_ms, worker, cold),
    ]
    if _may_write(configuration, worker.log_stream):
        _append(log_group(configuration), worker.log_stream, lines)


def _report(configuration: dict[str, Any], request_id: str, duration_ms: int, worker: NodeWorker, cold: bool) -> str:
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {duration_ms} ms",
        f"Memory Size: {configuration.get('MemorySize', 128)} MB",
        f"Max Memory Used: {worker.peak_memory()} MB",
    ]
    return "\t".join([*parts, f"Init Duration: {worker.init_ms:.2f} ms"] if cold else parts)


def _may_write(configuration: dict[str, Any], stream: str) -> bool:
    """Whether the function's role lets Lambda write its log; without the right there is no log, and no error."""
    arn = f"{cloudwatch_logs._make_group_arn(log_group(configuration)).removesuffix(':*')}:log-stream:{stream}"
    try:
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            require(configuration.get("Role", ""), action, arn, configuration["FunctionName"])
    except AccessDenied:
        return False
    return True


def _append(group_name: str, stream_name: str, lines: list[str]) -> None:
    now = int(time.time() * 1000)
    if group_name not in cloudwatch_logs._log_groups:
        cloudwatch_logs._log_groups[group_name] = {
            "arn": cloudwatch_logs._make_group_arn(group_name),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    stream = cloudwatch_logs._log_groups[group_name]["streams"].setdefault(
        stream_name,
        {
            "events": [],
            "uploadSequenceToken": "1",
            "creationTime": now,
            "firstEventTimestamp": None,
            "lastEventTimestamp": None,
            "lastIngestionTime": None,
        },
    )
    events = [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines]
    cloudwatch_logs._append_log_events(stream, events)
    sent = [{"timestamp": now, "message": line} for line in lines]
    cloudwatch_logs._fanout_to_subscription_filters(group_name, stream_name, sent)
