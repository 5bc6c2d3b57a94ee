"""Lanes that wait for records sleep until some are put, instead of looking again and again."""

from __future__ import annotations

import threading

from ministack.core.concurrency import esm_wake

_changed = threading.Condition()
_count = 0
_original_set = esm_wake.set


def install() -> None:
    """Hear of every record: whatever puts one sets the emulator's event."""
    esm_wake.set = _set


def count() -> int:
    """How often records were put so far; taken before a look at a stream, it tells `wait_beyond` what was seen."""
    return _count


def wait_beyond(seen: int, seconds: float) -> None:
    """Return when records were put since `count()` gave `seen`, or after so many seconds."""
    with _changed:
        _changed.wait_for(lambda: _count != seen, seconds)


def _set() -> None:
    global _count
    _original_set()
    with _changed:
        _count += 1
        _changed.notify_all()
