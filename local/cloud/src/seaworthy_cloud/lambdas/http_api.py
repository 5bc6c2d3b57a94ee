"""HTTP APIs: the answers to failed and throttled functions, and the metrics of requests.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from typing import Any

from ministack.services import apigateway, cloudwatch, lambda_svc

from seaworthy_cloud.patching import replace

Answer = tuple[int, dict[str, Any], Any]

_BODY_BYTES = 10 * 1024 * 1024
"""Most that a request may send."""

_original_convert = lambda_svc.lambda_execute_result_to_api_proxy_response
_original_invoke = apigateway._invoke_lambda_proxy
_original_handle = apigateway._handle_execute_in_scope
_for_http_api: ContextVar[bool] = ContextVar("for_http_api", default=False)


def install() -> None:
    """Answer and measure as AWS does."""
    replace(lambda_svc, "lambda_execute_result_to_api_proxy_response", _convert)
    replace(apigateway, "_invoke_lambda_proxy", _invoke)
    replace(apigateway, "_handle_execute_in_scope", _handle)


async def _invoke(*arguments: Any, **named: Any) -> Answer:
    token = _for_http_api.set(True)
    try:
        return await _original_invoke(*arguments, **named)
    finally:
        _for_http_api.reset(token)


def _convert(result: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """The proxy response for a function's result; an HTTP API does not show what went wrong in a function."""
    if not _for_http_api.get():
        return _original_convert(result)
    if result.get("throttle"):
        return _plain(503, "Service Unavailable"), None
    if result.get("error"):
        return _plain(500, "Internal Server Error"), None
    response, note = _original_convert(result)
    if response is not None and not _is_status(response.get("statusCode", 200)):
        return _plain(500, "Internal Server Error"), None
    return response, note


def _plain(status: int, message: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps({"message": message})}


def _is_status(value: Any) -> bool:
    return str(value).isdigit() and 100 <= int(value) <= 599


async def _handle(
    api_id: str, stage: str, path: str, method: str, headers: dict[str, str], body: bytes, *rest: Any, **named: Any
) -> Answer:
    started = time.monotonic()
    if len(body or b"") > _BODY_BYTES:
        answer: Answer = (413, {"Content-Type": "application/json"}, b'{"message":"Request Entity Too Large"}')
    else:
        answer = await _original_handle(api_id, stage, path, method, headers, body, *rest, **named)
    _record(api_id, stage, answer[0], (time.monotonic() - started) * 1000)
    return answer


def _record(api_id: str, stage: str, status: int, milliseconds: float) -> None:
    dimensions = {"ApiId": api_id, "Stage": stage}
    for metric, value in (("Count", 1), ("4xx", int(400 <= status < 500)), ("5xx", int(status >= 500))):
        cloudwatch.record_metric("AWS/ApiGateway", metric, value, "Count", dimensions)
    cloudwatch.record_metric("AWS/ApiGateway", "Latency", milliseconds, "Milliseconds", dimensions)
