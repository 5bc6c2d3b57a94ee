"""Start the embedded cloud: `python -m seaworthy_cloud`; see settings.py for the environment it reads."""

from __future__ import annotations

import sys
from importlib import metadata

from seaworthy_cloud.settings import SettingsError, read_settings

MINISTACK_VERSION = "1.5.33"
"""The version whose internals the extension replaces; run the conformance tests before raising it."""


def main() -> int:
    """Check the installed MiniStack and the environment, then serve; returns the exit code."""
    installed = metadata.version("ministack")
    if installed != MINISTACK_VERSION:
        print(
            f"MiniStack {installed} is installed, but this extension was written for {MINISTACK_VERSION}: "
            "run `uv sync --locked` in local/cloud",
            file=sys.stderr,
        )
        return 2
    try:
        settings = read_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    settings.state.mkdir(parents=True, exist_ok=True)
    from seaworthy_cloud import emulator

    emulator.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
