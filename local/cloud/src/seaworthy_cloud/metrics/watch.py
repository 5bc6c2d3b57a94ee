"""Looks at every alarm as time passes."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from seaworthy_cloud.metrics.alarm import evaluate, period_of
from seaworthy_cloud.metrics.series import complete_periods
from seaworthy_cloud.patching import replace

log = logging.getLogger(__name__)

Key = tuple[str, str, str]

_LOOK_SECONDS = 0.5

_seen: dict[Key, float] = {}
"""For each alarm the end of the last period that it was evaluated for."""
_changed = threading.Event()
"""Values or alarms were put, maybe for periods that have been looked at."""
_failures: dict[Key, str] = {}


def install() -> None:
    """Evaluate alarms when a period is over. The emulator does so when a value is put, and never notices silence."""
    replace(cloudwatch, "_evaluate_alarm", lambda alarm: _changed.set())
    replace(cloudwatch, "_evaluate_all_alarms", _changed.set)
    threading.Thread(target=_watch, name="alarms", daemon=True).start()


def _watch() -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        everything = _changed.is_set()
        _changed.clear()
        for key, alarm in list(cloudwatch._alarms._data.items()):
            end = complete_periods(period_of(alarm), 1).end
            if everything or _seen.get(key) != end:
                _seen[key] = end
                _evaluate(key, alarm)


def _evaluate(key: Key, alarm: dict[str, Any]) -> None:
    account, region, name = key
    try:
        with request_scope(account, region):
            evaluate(alarm)
    except Exception as error:
        # One alarm that can't be evaluated must not silence the others; it is said once, with its name.
        if _failures.get(key) != str(error):
            _failures[key] = str(error)
            log.exception("the alarm %s can't be evaluated", name)
