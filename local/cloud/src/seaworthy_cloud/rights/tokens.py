"""Who may answer a task's token: the right is one on the state machine that waits, which the emulator does not know.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

from seaworthy_cloud.patching import replace

_machines: dict[str, str] = {}
"""The ARN of the state machine that has given out a token."""
_original_resource = iam_actions.extract_resource_arn


def install() -> None:
    """Tell the resource of a request that carries a token."""
    replace(iam_actions, "extract_resource_arn", _resource)


def note_token(token: str, machine: str) -> None:
    """Keep which state machine waits for a token."""
    _machines[token] = machine


def _resource(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
    if service == "states" and b"taskToken" in body:
        return _machines.get(json.loads(body).get("taskToken", ""), "*")
    return _original_resource(service, method, path, headers, body, *rest)
