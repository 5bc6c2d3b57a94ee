"""S3's events name the version of their object; the emulator leaves it out of those that go to EventBridge."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

from seaworthy_cloud.patching import replace

_version: ContextVar[str | None] = ContextVar("version", default=None)
_original_fire = s3._fire_s3_event
_original_dispatch = eventbridge._dispatch_event


def install() -> None:
    """Add the version to the events of versioned buckets. What counts events may be in place already."""
    global _original_dispatch
    _original_dispatch = eventbridge._dispatch_event
    replace(s3, "_fire_s3_event", _fire)
    replace(eventbridge, "_dispatch_event", _dispatch)


def _fire(*args: Any, version_id: str | None = None, **rest: Any) -> None:
    token = _version.set(version_id)
    try:
        _original_fire(*args, version_id=version_id, **rest)
    finally:
        _version.reset(token)


def _dispatch(event: dict[str, Any], *rest: Any) -> Any:
    version = _version.get()
    if version and event.get("Source") == "aws.s3":
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return _original_dispatch(event, *rest)
