"""A real listener for each load balancer: plain `http://<DNSName>` reaches it from every process of this machine.

Its DNS name is an address of this machine with a port, which stands for the port of its one HTTP listener.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb

_log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class _Server:
    name: str
    stop: Callable[[], object]


_servers: dict[str, _Server] = {}
_loop = asyncio.new_event_loop()


def start() -> None:
    """Begin to serve: one event loop of its own for all load balancers."""
    threading.Thread(target=_loop.run_forever, name="load-balancers", daemon=True).start()


def open_for(arn: str) -> str:
    """Listen for a load balancer and return the DNS name under which it is reached."""
    if arn in _servers:
        return _servers[arn].name
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    name = f"127.0.0.1:{listening.getsockname()[1]}"
    stopped = asyncio.Event()
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.accesslog = None
    config.errorlog = _log
    config.include_server_header = False
    config.keep_alive_timeout = 60
    application = _application(arn, get_account_id(), get_region())
    asyncio.run_coroutine_threadsafe(serve(application, config, shutdown_trigger=stopped.wait), _loop)
    _servers[arn] = _Server(name, lambda: _loop.call_soon_threadsafe(stopped.set))
    return name


def close_for(arn: str) -> None:
    """Stop listening for a load balancer that has been deleted."""
    if server := _servers.pop(arn, None):
        server.stop()


def _application(arn: str, account: str, region: str) -> Any:
    """The ASGI application of a load balancer: its rules decide, in the account and region it belongs to."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']} through a load balancer")
        body = await _read_body(receive)
        with request_scope(account, region):
            status, headers, content = await _answer(arn, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": _encode(headers)})
        await send({"type": "http.response.body", "body": content})

    return application


async def _answer(arn: str, scope: dict[str, Any], body: bytes) -> tuple[int, dict[str, Any], bytes]:
    balancer = alb._lbs.get(arn)
    if balancer is None:
        return 503, {"Content-Type": "application/json"}, b'{"message":"the load balancer has been deleted"}'
    query = scope["query_string"].decode("latin-1")
    return await alb.dispatch_request(
        balancer,
        scope["method"],
        scope["path"],
        {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body,
        parse_qs(query, keep_blank_values=True),
        client_ip=scope["client"][0],
        raw_query_string=query,
        raw_path=scope["raw_path"].decode("latin-1").partition("?")[0],
    )


async def _read_body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the client went away before it had sent its request")
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _encode(headers: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1"), str(each).encode("latin-1"))
        for name, value in headers.items()
        for each in (value if isinstance(value, list) else [value])
    ]


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
