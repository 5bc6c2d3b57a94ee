"""Where the values of metrics are kept: the emulator's store, without its loss of values and its growth.

The emulator replaces every metric's list of values at each call of CloudWatch, and a value that another thread adds
meanwhile is lost. Equal values of the same second are kept as one with a count.
"""

from __future__ import annotations

import threading
import time

from ministack.services import cloudwatch

from seaworthy_cloud.patching import replace

_KEPT_SECONDS = 14 * 24 * 3600
_EVICT_EVERY_SECONDS = 3600.0

_lock = threading.Lock()
_next_eviction = time.monotonic() + _EVICT_EVERY_SECONDS


def install() -> None:
    """Keep values here."""
    replace(cloudwatch, "record_metric", record_metric)
    replace(cloudwatch, "_evict_old_metrics", _evict)


def record_metric(
    namespace: str, metric_name: str, value: float, unit: str = "None", dimensions: dict[str, str] | None = None
) -> None:
    """Keep a value of now."""
    store_value(namespace, metric_name, value, unit, dimensions or {}, time.time())


def store_value(
    namespace: str, name: str, value: float, unit: str, dimensions: dict[str, str], timestamp: float
) -> None:
    """Keep a value of a time, in seconds since 1970, in the account and region of this thread."""
    key = (namespace, name, cloudwatch._dims_key(dimensions))
    with _lock:
        values = cloudwatch._metric_bucket(key)
        last = values[-1] if values else None
        if last and _is_same(last, value, unit, timestamp):
            last["Count"] = last.get("Count", 1.0) + 1
            return
        values.append({"Timestamp": timestamp, "Value": float(value), "Unit": unit, "Dimensions": dict(dimensions)})


def _is_same(last: dict, value: float, unit: str, timestamp: float) -> bool:
    return (
        last["Value"] == value
        and int(last["Timestamp"]) == int(timestamp)
        and last["Unit"] == unit
        and "_stat" not in last
    )


def _evict() -> None:
    """Called at every request: drop what is too old, now and then."""
    global _next_eviction
    if time.monotonic() < _next_eviction:
        return
    with _lock:
        _next_eviction = time.monotonic() + _EVICT_EVERY_SECONDS
        oldest = time.time() - _KEPT_SECONDS
        for values in cloudwatch._metrics._data.values():
            values[:] = [each for each in values if each["Timestamp"] >= oldest]
