"""AWS clients that are answered inside this process.

CloudFormation handlers run on the emulator's event loop: a request over the socket would wait for itself. Here a
botocore client hands its request to the service's own handler, on a thread of its own, and never touches the network.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

_HANDLER_NAMES = {"cloudwatch": "monitoring"}
_clients: dict[tuple[str, str, str], Any] = {}
_lock = threading.Lock()
T = TypeVar("T")


class _Request(Protocol):
    method: str
    url: str
    headers: Mapping[str, str | bytes]
    body: Any


class _Body(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        while chunk := self.read(65536):
            yield chunk


def client(service: str, account: str | None = None, region: str | None = None) -> Any:
    """Return a botocore client of `service` on this emulator.

    Account and region default to those of the current request; a background thread, which has none, passes them.
    """
    from ministack.core.responses import get_account_id, get_region

    key = (service, account or get_account_id(), region or get_region())
    with _lock:
        if key not in _clients:
            _clients[key] = _create(*key)
        return _clients[key]


def _create(service: str, account: str, region: str) -> Any:
    created = botocore.session.Session().create_client(
        service,
        region_name=region,
        endpoint_url="http://in-process.invalid",
        aws_access_key_id=account,
        aws_secret_access_key="local",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    created.meta.events.register("before-send", _sender(_HANDLER_NAMES.get(service, service), account, region))
    return created


def _sender(service: str, account: str, region: str) -> Callable[..., AWSResponse]:
    from ministack import app
    from ministack.core.responses import set_request_account_id, set_request_region

    def send(request: _Request, **_: object) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        body = _bytes(request.body)

        def answer() -> tuple[int, Mapping[str, str], bytes | str | None]:
            set_request_account_id(account)
            set_request_region(region)
            return asyncio.run(app.SERVICE_HANDLERS[service](request.method, parts.path or "/", headers, body, query))

        status, answered, content = _on_own_thread(answer)
        response_headers = HTTPHeaders()
        for name, value in answered.items():
            response_headers[name] = str(value)
        return AWSResponse(request.url, status, response_headers, _Body(_bytes(content)))

    return send


def _on_own_thread(work: Callable[[], T]) -> T:
    """Run `work` on a new thread, in a copy of this context, and give back its result or its exception."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,))
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode()
    return value.read() if hasattr(value, "read") else bytes(value)
