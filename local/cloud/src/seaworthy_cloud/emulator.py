"""The emulator process: MiniStack with the extension's modules installed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from seaworthy_cloud import (
    alb,
    app_configuration,
    cloudformation,
    glue,
    lambdas,
    lifecycle,
    metrics,
    object_events,
    queues,
    rights,
    streams,
    tasks,
    workflows,
)
from seaworthy_cloud.settings import read_settings
from seaworthy_cloud.tasks.containers import remove_all

EXTENSIONS: tuple[Callable[[], None], ...] = (
    alb.install,
    tasks.install,
    cloudformation.install,
    lambdas.install,
    metrics.install,
    streams.install,
    queues.install,
    glue.install,
    workflows.install,
    object_events.install,
    app_configuration.install,
    rights.install,
)
"""The `install` function of each extension module, in the order in which they are installed."""


def main() -> None:
    """Install every extension and serve until the process is stopped."""
    import ministack.app

    settings = read_settings()
    lifecycle.end_with_supervisor(lambda: remove_all(settings.state))
    for install in EXTENSIONS:
        install()
    sys.argv = sys.argv[:1]
    ministack.app.main()


if __name__ == "__main__":
    main()
