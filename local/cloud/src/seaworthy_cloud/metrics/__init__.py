"""CloudWatch as alarms need it: dimensions, M of N, missing data, whole periods, metric math, and AWS's own metrics.

The emulator compares the latest value of a metric's name, without dimensions, when one is put, and never notices that
none is.
"""

from seaworthy_cloud.metrics import api, counted, sampled, store, watch


def install() -> None:
    """Put evaluation and measurement in the place of the emulator's."""
    store.install()
    api.install()
    watch.install()
    sampled.install()
    counted.install()
