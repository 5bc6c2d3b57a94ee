"""The service's HTTP interface, as a bare ASGI application: three routes need no framework."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from model_service.logs import describe, log
from model_service.messages import (
    Error,
    ErrorResponse,
    FieldProblem,
    Health,
    RequestProblem,
    ScoreResponse,
)
from model_service.model import Model
from model_service.patience import Patience
from model_service.serving import Serving
from model_service.shadow import Shadow

#: Largest body of a request, in bytes.
MOST_BYTES = 64 * 1024
#: Requests that may be in the service at a time; more are told to come again.
MOST_AT_ONCE = 64
#: Longest that a request may be in the service, in seconds, whatever time its caller has.
MOST_SECONDS = 5.0

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
SECONDS = Histogram("score_seconds", "Time that making the answer took", buckets=BUCKETS)
ANSWERS = Counter("score_answers_total", "Answers to requests for a score", ["status"])
SCORED = ANSWERS.labels("200")
AT_ONCE = Gauge("score_requests_at_once", "Requests for a score that are in the service")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_encode = msgspec.json.Encoder().encode


class Refusal(Exception):
    """A request that gets no score."""

    def __init__(self, status: int, code: str, message: str, fields: list[FieldProblem] | None = None) -> None:
        """Say why, for the caller."""
        super().__init__(message)
        self.status = status
        self.body = ErrorResponse(Error(code, message, fields or []))


class Application:
    """ASGI application over the model that is served."""

    def __init__(self, serving: Serving, shadow: Shadow, poll_seconds: float) -> None:
        """Make it; the registry is first looked at on start-up."""
        self._serving = serving
        self._shadow = shadow
        self._poll_seconds = poll_seconds
        self._patience = Patience()
        self._at_once = 0
        # Read when it is asked for: setting it with each request would cost more than the request's own count.
        AT_ONCE.set_function(lambda: self._at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through start-up and shut-down."""
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        route = (scope["method"], scope["path"])
        if route == ("POST", "/score"):
            return await self._score(scope, receive, send)
        if route == ("GET", "/health"):
            return await self._health(send)
        if route == ("GET", "/metrics"):
            return await _answer(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
        message = f"there is no {scope['method']} {scope['path']}: ask POST /score, GET /health or GET /metrics"
        return await _answer(send, 404, _encode(ErrorResponse(Error("not-found", message))))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._serving.refresh()  # The champion is there before the first request, if there is one.
        follow = (each.follow(self._poll_seconds) for each in (self._serving, self._shadow))
        async with _running(*follow, self._patience.watch()):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self._shadow.report()
        await send({"type": "lifespan.shutdown.complete"})

    async def _health(self, send: Send) -> None:
        model = self._serving.model
        if model is not None and _scores(model):
            return await _answer(send, 200, _encode(Health("ready", model.version)))
        if model is not None or self._serving.failing:
            return await _answer(send, 503, _encode(Health("failing", None)))
        return await _answer(send, 200, _encode(Health("waiting", None)))

    async def _score(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._at_once += 1
        try:
            body, response = await self._scored(scope, receive)
            SCORED.inc()
            await _answer(send, 200, _encode(response))
            self._shadow.compare(body, response)
        except Refusal as refusal:
            ANSWERS.labels(str(refusal.status)).inc()
            headers = [(b"retry-after", b"1")] if refusal.status in (429, 503) else []
            await _answer(send, refusal.status, _encode(refusal.body), headers=headers)
        except Exception:  # The server logs it, and answers.
            ANSWERS.labels("500").inc()
            raise
        finally:
            self._at_once -= 1

    async def _scored(self, scope: Scope, receive: Receive) -> tuple[bytes, ScoreResponse]:
        if self._at_once > MOST_AT_ONCE:
            raise Refusal(429, "busy", "too many requests at once: come again")
        until = time.perf_counter() + _seconds_left(scope)
        try:
            body = await self._patience.wait(until, _body(receive))
        except TimeoutError as error:
            raise _too_late() from error
        # Scoring never waits: without this each request would be answered before the next one is counted.
        await asyncio.sleep(0)
        began = time.perf_counter()
        if began > until:
            raise _too_late()
        response = self._response(body)
        SECONDS.observe(time.perf_counter() - began)
        return body, response

    def _response(self, body: bytes) -> ScoreResponse:
        model = self._serving.model
        if model is None:
            raise Refusal(503, "no-model", "no model was promoted yet")
        try:
            row, explain_above = model.read(body)
        except RequestProblem as problem:
            raise Refusal(400, "invalid", str(problem), problem.fields) from problem
        except msgspec.ValidationError as error:
            raise Refusal(400, "invalid", str(error), [FieldProblem("(body)", str(error))]) from error
        except msgspec.DecodeError as error:
            problem = "must be one JSON object"
            raise Refusal(400, "malformed", f"the body {problem}", [FieldProblem("(body)", problem)]) from error
        probability = model.probability(row)
        reasons = model.reasons(row) if probability >= explain_above else []
        return ScoreResponse(probability, model.version, reasons)


@contextlib.asynccontextmanager
async def _running(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Have work done meanwhile, each of which has no end of its own."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _scores(model: Model) -> bool:
    """Whether a real score comes out, and is a probability."""
    try:
        return 0 <= model.trial() <= 1
    except Exception as error:  # Whatever it is, this task can't serve.
        log(logging.ERROR, "the model does not score", error=describe(error))
        return False


def _seconds_left(scope: Scope) -> float:
    """How long the answer is of use to the caller, from the header ``x-deadline-ms``; at most MOST_SECONDS."""
    value = next((value for name, value in scope["headers"] if name == b"x-deadline-ms"), None)
    if value is None:
        return MOST_SECONDS
    try:
        milliseconds = int(value)
    except ValueError as error:
        problem = FieldProblem("x-deadline-ms", "must be a whole number of milliseconds")
        raise Refusal(400, "invalid", f"{problem.field} {problem.problem}", [problem]) from error
    return min(milliseconds / 1000, MOST_SECONDS)


def _too_late() -> Refusal:
    return Refusal(503, "deadline", "the caller's time was up before the score was made")


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(499, "gone", "the caller has gone")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            problem = f"must have at most {MOST_BYTES} bytes"
            raise Refusal(413, "too-large", f"the body {problem}", [FieldProblem("(body)", problem)])
        if not message.get("more_body", False):
            return body


async def _answer(
    send: Send,
    status: int,
    body: bytes,
    content_type: str = "application/json",
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    every = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
