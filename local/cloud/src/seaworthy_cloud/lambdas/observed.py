"""What is seen of an execution: `AWS/Lambda` metrics for each, and the metrics that its log lines carry."""

from __future__ import annotations

from typing import Any

from ministack.services import cloudwatch_logs, lambda_svc

from seaworthy_cloud.lambdas.log_metrics import metrics_from_lines
from seaworthy_cloud.patching import replace

_record = lambda_svc._emit_lambda_metrics
_write_log = lambda_svc._emit_lambda_logs
_put_log_events = cloudwatch_logs._put_log_events


def install() -> None:
    """Record metrics where every execution passes; the emulator does so for calls of the Invoke action only."""
    replace(lambda_svc, "_emit_lambda_metrics", _only_throttles)
    replace(lambda_svc, "_emit_lambda_logs", _observe)
    replace(cloudwatch_logs, "_put_log_events", _put)
    for table in (each for each in vars(cloudwatch_logs).values() if isinstance(each, dict)):
        for key, value in list(table.items()):
            if value is _put_log_events:
                table[key] = _put


def _only_throttles(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    if throttle:
        _record(function_name, duration_ms, error, throttle)


def _observe(function: dict[str, Any], request_id: str, log: str, error: bool, duration_ms: int, **named: Any) -> None:
    _write_log(function, request_id, log, error, duration_ms, **named)
    configuration = function.get("config") or function
    name = configuration.get("FunctionName", "")
    _record(name, duration_ms, error, False)
    group = (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    metrics_from_lines(group, log.splitlines() if log else [])


def _put(data: dict[str, Any]) -> Any:
    answer = _put_log_events(data)
    if answer[0] < 400:
        metrics_from_lines(
            data.get("logGroupName", ""), [each.get("message", "") for each in data.get("logEvents", [])]
        )
    return answer
