"""Signatures of requests by HTTP/2, as SDKs send them to Kinesis: they sign `:authority`, which arrives as `host`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ministack import app

from seaworthy_cloud.patching import replace

_original_pin = app.pin_signed_request


def install() -> None:
    """Tell the check of signatures the header by both of its names."""
    replace(app, "pin_signed_request", _pin)


def _pin(
    method: str, raw_path: str, query: dict[str, Any], headers: Iterable[tuple[bytes, bytes]], **rest: Any
) -> None:
    given = list(headers)
    authority = [(b":authority", value) for name, value in given if name.lower() == b"host"]
    _original_pin(method, raw_path, query, [*given, *authority], **rest)
