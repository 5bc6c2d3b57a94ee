"""Start the embedded cloud: `python -m seaworthy_cloud`; see settings.py for the environment it reads."""

from __future__ import annotations

import sys
from importlib import metadata

from seaworthy_cloud import lifecycle
from seaworthy_cloud.environment import prepare
from seaworthy_cloud.settings import SettingsError, read_settings
from seaworthy_cloud.tasks.containers import remove_all

MINISTACK_VERSION = "1.5.33"
"""The version whose internals the extension replaces; run the conformance tests before raising it."""


def main() -> int:
    """Check the platform, the installed MiniStack and the environment, then serve; returns the exit code."""
    try:
        _check_platform()
        _check_version()
        settings = read_settings()
        environment = prepare(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "seaworthy_cloud.emulator"]
    return lifecycle.supervise(command, environment, lambda: remove_all(settings.state))


def _check_platform() -> None:
    if sys.platform != "linux":
        raise SettingsError(
            f"the embedded cloud needs Linux, and this is {sys.platform}: "
            "its tasks have loopback addresses of their own; use a container or WSL"
        )


def _check_version() -> None:
    installed = metadata.version("ministack")
    if installed != MINISTACK_VERSION:
        raise SettingsError(
            f"MiniStack {installed} is installed, but this extension was written for {MINISTACK_VERSION}: "
            "run `uv sync --locked` in local/cloud"
        )


if __name__ == "__main__":
    sys.exit(main())
