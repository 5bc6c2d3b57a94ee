"""CloudWatch alarms as AWS evaluates them: dimensions, M of N, missing data, metric math, and time passing.

The emulator compares the latest value of a metric's name, without dimensions, when one is put, and never notices that
none is.
"""

from __future__ import annotations

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from seaworthy_cloud.metrics.alarm import evaluate
from seaworthy_cloud.metrics.streams import watch_streams
from seaworthy_cloud.patching import replace

log = logging.getLogger(__name__)

#: Seconds between two looks at every alarm.
_EVERY = 1.0


def install() -> None:
    """Put the evaluation in the place of the emulator's, and look at every alarm as time passes."""
    replace(cloudwatch, "_evaluate_alarm", evaluate)
    watch_streams()
    threading.Thread(target=_watch, daemon=True, name="alarms").start()


def _watch() -> None:
    while True:
        time.sleep(_EVERY)
        for (account, region, name), alarm in list(cloudwatch._alarms._data.items()):
            try:
                with request_scope(account, region):
                    evaluate(alarm)
            except Exception:
                # One alarm that can't be evaluated must not silence the others; it is said, and so is its name.
                log.exception("the alarm %s can't be evaluated", name)
