"""Forwarding of requests to the targets of a target group, over connections that are kept open."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import threading
from typing import Any

from ministack.services import alb

from seaworthy_cloud.alb import health

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade"}

Answer = tuple[int, dict[str, str | list[str]], bytes]

_original_forward = alb._forward_to_tg
_turn = itertools.count()
_lock = threading.Condition()
_in_flight: dict[str, int] = {}
_idle: dict[tuple[str, int], list[http.client.HTTPConnection]] = {}


async def forward_to_target_group(
    arn: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, list[str]],
    raw_query_string: str | None = None,
    raw_path: str | None = None,
) -> Any:
    """Answer a request from one of the group's targets, in turn; 503 when there is none to ask."""
    group = alb._tgs.get(arn)
    if group is None or group["TargetType"] == "lambda":
        return await _original_forward(arn, method, path, headers, body, query_params, raw_query_string, raw_path)
    usable = _usable_targets(group)
    if not usable:
        return _error(503, "Service Temporarily Unavailable")
    target = usable[next(_turn) % len(usable)]
    url = f"{raw_path or path}?{raw_query_string}" if raw_query_string else raw_path or path
    sent = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
    address = (str(target["Id"]), int(target.get("Port") or group["Port"]))
    return await asyncio.to_thread(_exchange, address, method, url, body, sent)


def drain(address: str, seconds: float) -> None:
    """Wait, at most `seconds`, until no request to the address is in flight, then close the connections to it."""
    with _lock:
        _lock.wait_for(lambda: not _in_flight.get(address), seconds)
        closing = [connection for target in _idle if target[0] == address for connection in _idle[target]]
        for target in [each for each in _idle if each[0] == address]:
            del _idle[target]
    for connection in closing:
        connection.close()


def _usable_targets(group: dict[str, Any]) -> list[dict[str, Any]]:
    """The healthy targets; when all have failed their checks, all of them, since AWS then fails open."""
    registered = list(alb._targets.get(group["TargetGroupArn"], []))
    by_state: dict[str, list[dict[str, Any]]] = {"initial": [], "healthy": [], "unhealthy": []}
    for target in registered:
        by_state[health.state_of(group, target)].append(target)
    return by_state["healthy"] or by_state["unhealthy"]


def _exchange(address: tuple[str, int], method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    host = address[0]
    with _lock:
        _in_flight[host] = _in_flight.get(host, 0) + 1
    try:
        return _ask(address, method, url, body, headers)
    except TimeoutError:
        return _error(504, "Gateway Time-out")
    except (OSError, http.client.HTTPException):
        return _error(502, "Bad Gateway")
    finally:
        with _lock:
            _in_flight[host] -= 1
            _lock.notify_all()


def _ask(address: tuple[str, int], method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    while connection := _take(address):
        try:
            return _send(connection, address, method, url, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The target had closed this idle connection; nothing of the request was answered.
            connection.close()
    connection = http.client.HTTPConnection(*address, timeout=_CONNECT_SECONDS)
    connection.connect()
    connection.sock.settimeout(_ANSWER_SECONDS)
    return _send(connection, address, method, url, body, headers)


def _send(
    connection: http.client.HTTPConnection,
    address: tuple[str, int],
    method: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
) -> Answer:
    try:
        connection.request(method, url, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    except BaseException:
        connection.close()
        raise
    received: dict[str, str | list[str]] = {}
    for name, value in answer.getheaders():
        if name.lower() in _HOP_BY_HOP:
            continue
        earlier = received.get(name.lower())
        received[name.lower()] = value if earlier is None else [*_as_list(earlier), value]
    if answer.will_close:
        connection.close()
    else:
        with _lock:
            _idle.setdefault(address, []).append(connection)
    return answer.status, received, content


def _take(address: tuple[str, int]) -> http.client.HTTPConnection | None:
    with _lock:
        idle = _idle.get(address)
        return idle.pop() if idle else None


def _as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _error(status: int, reason: str) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps({"message": reason}).encode()
