"""ExecuteChangeSet answers when the stack is done, if that is soon.

AWS answers at once, and the CDK toolkit then looks every five seconds whether the stack is done. An embedded stack is
done in one or two, so most of that would be waiting for nothing. To a caller it is the same call, answered late.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.services import cloudformation

_LONGEST_S = 25.0
"""Below the shortest time limit of an AWS client, and long enough for most stacks."""
_LOOK_EVERY_S = 0.02

Answer = tuple[int, dict[str, str], bytes]
Handle = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Answer]]


def holding(handle: Handle) -> Handle:
    """Hold the answer to an ExecuteChangeSet back while its stack is in progress."""

    async def handle_and_hold(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Answer:
        answer = await handle(method, path, headers, body, query)
        if answer[0] == 200 and (stack := _executed_stack(headers, body)) is not None:
            await _end_of(stack)
        return answer

    return handle_and_hold


def _executed_stack(headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
    """The stack that an ExecuteChangeSet names; None for any other action, and for one that names a change set only."""
    if "json" in headers.get("content-type", ""):
        if not headers.get("x-amz-target", "").endswith(".ExecuteChangeSet"):
            return None
        return cloudformation._stacks.get(json.loads(body).get("StackName"))
    given = parse_qs(body.decode()) if b"ExecuteChangeSet" in body else {}
    if given.get("Action") != ["ExecuteChangeSet"]:
        return None
    return cloudformation._stacks.get(given.get("StackName", [""])[0])


async def _end_of(stack: dict[str, Any]) -> None:
    latest = time.monotonic() + _LONGEST_S
    while stack["StackStatus"].endswith("_IN_PROGRESS") and time.monotonic() < latest:
        await asyncio.sleep(_LOOK_EVERY_S)
