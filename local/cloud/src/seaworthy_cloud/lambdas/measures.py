"""What is measured of an execution: `AWS/Lambda` metrics, and the metrics that its log lines carry."""

from __future__ import annotations

import logging
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from seaworthy_cloud.lambdas.environment import log_group
from seaworthy_cloud.lambdas.log import write_log
from seaworthy_cloud.lambdas.log_metrics import metrics_from_lines, put_metric_filter
from seaworthy_cloud.patching import replace

log = logging.getLogger(__name__)

_acquire = lambda_svc._acquire_execution_slot
_put_log_events = cloudwatch_logs._put_log_events


def install() -> None:
    """Record metrics where every execution passes; the emulator does so for calls of the Invoke action only."""
    replace(lambda_svc, "_emit_lambda_metrics", lambda *_, **__: None)
    replace(lambda_svc, "_acquire_execution_slot", _acquire_slot)
    replace(lambda_svc, "_emit_lambda_logs", _observe)
    replace(cloudwatch_logs, "_put_log_events", _put)
    replace(cloudwatch_logs, "_put_metric_filter", put_metric_filter)


def _acquire_slot(function: dict[str, Any], configuration: dict[str, Any]) -> tuple[str | None, str | None]:
    """Called before each execution; one that finds no slot is throttled, which is no invocation."""
    slot, limit = _acquire(function, configuration)
    if slot is None:
        _record(configuration, "Throttles", 1)
    return slot, limit


def _observe(
    function: dict[str, Any], request_id: str, text: str, failed: bool, duration_ms: int, **named: Any
) -> None:
    """Called after each execution: a metric that can't be had must not fail it."""
    configuration = function.get("config") or function
    write_log(function, request_id, text, failed, duration_ms, **named)
    _record(configuration, "Invocations", 1)
    _record(configuration, "Errors", int(failed))
    _record(configuration, "Throttles", 0)
    _record(configuration, "Duration", duration_ms, "Milliseconds")
    _measure_lines(log_group(configuration), text.splitlines() if text else [])


def _record(configuration: dict[str, Any], metric: str, value: float, unit: str = "Count") -> None:
    name = configuration.get("FunctionName", "")
    cloudwatch.record_metric("AWS/Lambda", metric, value, unit, {"FunctionName": name})


def _put(data: dict[str, Any]) -> Any:
    answer = _put_log_events(data)
    if answer[0] < 400:
        _measure_lines(data.get("logGroupName", ""), [each.get("message", "") for each in data.get("logEvents", [])])
    return answer


def _measure_lines(group: str, lines: list[str]) -> None:
    try:
        metrics_from_lines(group, lines)
    except Exception:
        log.exception("the lines of %s give no metrics", group)
