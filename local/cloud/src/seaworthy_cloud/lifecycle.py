"""Nothing is left behind: the cloud ends with whoever started it, and its processes end with the cloud.

Three cases are covered. Whoever started the cloud ends or is killed: the pipe on the cloud's standard input closes, and
it ends its processes and itself. The cloud ends: it ends its processes first. The cloud is killed: a watcher, a process
of its own that only holds the list of process groups, sees the pipe to the cloud close and ends them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

_WATCHER = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    sign, group = line[0], int(line[1:])
    groups.add(group) if sign == '+' else groups.discard(group)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
"""

_watcher: subprocess.Popen[str] | None = None
_lock = threading.Lock()


def own(process: subprocess.Popen[bytes]) -> None:
    """Register a process, the leader of a group of its own, to end with the cloud."""
    _tell(f"+{process.pid}")


def disown(process: subprocess.Popen[bytes]) -> None:
    """Forget a process that has ended, before the system gives its number to another."""
    _tell(f"-{process.pid}")


def end_with_parent() -> None:
    """End this process when its standard input is closed, which happens however the parent ends."""
    threading.Thread(target=_wait_for_end, name="end-with-parent", daemon=True).start()


def _wait_for_end() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    # As for Ctrl-C, so that what is open is closed; the watcher ends the rest.
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(10)
    os._exit(1)


def _tell(line: str) -> None:
    global _watcher
    with _lock:
        if _watcher is None:
            # A session of its own: a signal to the cloud's group must not reach it.
            _watcher = subprocess.Popen(
                [sys.executable, "-c", _WATCHER], stdin=subprocess.PIPE, text=True, start_new_session=True
            )
        if _watcher.stdin is not None:
            _watcher.stdin.write(line + "\n")
            _watcher.stdin.flush()
