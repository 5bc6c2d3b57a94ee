"""The emulator process: MiniStack with the extension's modules installed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from seaworthy_cloud import lifecycle

EXTENSIONS: tuple[Callable[[], None], ...] = ()
"""The `install` function of each extension module, in the order in which they are installed."""


def main() -> None:
    """Install every extension and serve until the process is stopped."""
    import ministack.app

    lifecycle.end_with_supervisor()
    for install in EXTENSIONS:
        install()
    sys.argv = sys.argv[:1]
    ministack.app.main()


if __name__ == "__main__":
    main()
