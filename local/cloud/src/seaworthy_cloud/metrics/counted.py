"""Metrics that AWS counts where a request or an event passes: of streams, load balancers, rules and executions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ministack.services import alb, eventbridge, kinesis, stepfunctions

from seaworthy_cloud.metrics.sampled import dimensions_of
from seaworthy_cloud.metrics.store import record_metric
from seaworthy_cloud.patching import replace

Put = Callable[[dict[str, Any]], Any]

_original_forward = alb._forward_to_tg
_original_dispatch = eventbridge._dispatch_event
_original_failure = stepfunctions._fail_execution


def install() -> None:
    """Count at the doors. The extension's own forwarding must be in place; its changes of events may be."""
    global _original_forward, _original_dispatch
    for name in ("_put_record", "_put_records"):
        replace(kinesis, name, _counted(getattr(kinesis, name)))
    _original_forward = alb._forward_to_tg
    _original_dispatch = eventbridge._dispatch_event
    replace(alb, "_forward_to_tg", _forward)
    replace(eventbridge, "_dispatch_event", _dispatch)
    replace(stepfunctions, "_fail_execution", _fail)


def _fail(execution: dict[str, Any], error: str, cause: str) -> None:
    """Record that an execution failed. One that runs out of its own time fails here too, with that error."""
    _original_failure(execution, error, cause)
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    record_metric("AWS/States", "ExecutionsFailed", 1, "Count", dimensions)


def _counted(put: Put) -> Put:
    """Record `IncomingRecords` and `IncomingBytes` of the stream."""

    def put_and_count(data: dict[str, Any]) -> Any:
        answer = put(data)
        if answer[0] < 400:
            name = data.get("StreamName") or str(data.get("StreamARN", "")).rsplit("/", 1)[-1]
            records = data.get("Records", [data])
            size = sum(len(record.get("Data", "")) * 3 // 4 for record in records)
            dimensions = {"StreamName": name}
            record_metric("AWS/Kinesis", "IncomingRecords", len(records), "Count", dimensions)
            record_metric("AWS/Kinesis", "IncomingBytes", size, "Bytes", dimensions)
            record_metric("AWS/Kinesis", "WriteProvisionedThroughputExceeded", 0, "Count", dimensions)
        return answer

    return put_and_count


async def _forward(arn: str, *arguments: Any, **named: Any) -> Any:
    started = time.monotonic()
    answer = await _original_forward(arn, *arguments, **named)
    group = alb._tgs.get(arn)
    for dimensions in dimensions_of(group) if group else []:
        _record_answer(dimensions, answer[0], time.monotonic() - started)
    return answer


def _record_answer(dimensions: dict[str, str], status: int, seconds: float) -> None:
    """A 502, 503 or 504 is taken for the load balancer's own: that no target answered."""
    namespace = "AWS/ApplicationELB"
    balancer = {"LoadBalancer": dimensions["LoadBalancer"]}
    record_metric(namespace, "RequestCount", 1, "Count", balancer)
    if status in (502, 503, 504):
        record_metric(namespace, "HTTPCode_ELB_5XX_Count", 1, "Count", balancer)
        return
    for each in (dimensions, balancer):
        record_metric(namespace, f"HTTPCode_Target_{status // 100}XX_Count", 1, "Count", each)
        record_metric(namespace, "TargetResponseTime", seconds, "Seconds", each)


def _dispatch(event: dict[str, Any], view: Any = None) -> None:
    """Record `TriggeredRules` of each rule that the event matches, also of one without targets."""
    view = view or eventbridge._pattern_event_view(event)
    _original_dispatch(event, view)
    bus = event.get("EventBusName", "default")
    for rule in list(eventbridge._rules.values()):
        if rule.get("EventBusName", "default") != bus or rule.get("State") != "ENABLED" or not rule.get("EventPattern"):
            continue
        if eventbridge._matches_pattern_view(rule["EventPattern"], view, rule["Name"]):
            record_metric("AWS/Events", "TriggeredRules", 1, "Count", {"RuleName": rule["Name"]})
