"""Nothing is left behind, whatever dies first.

`python -m seaworthy_cloud` is a supervisor, and the emulator is its child, in a session of its own. Each watches the
other, and both are sub-reapers, so that every process which a function, a task or a job has started stays below them:

* the starter ends or is killed: the pipe on the supervisor's standard input closes; it stops the emulator and the rest;
* the emulator ends or is killed: its processes fall to the supervisor, which kills them;
* the supervisor, or its whole process group, is killed: the pipe on the emulator's standard input closes; it kills its
  processes and itself.

Only when supervisor and emulator are killed one by one in the same instant does anything survive.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.5


def supervise(command: Sequence[str], environment: Mapping[str, str], clean_up: Callable[[], None]) -> int:
    """Run the emulator until it or our starter ends, leave nothing behind, and return the exit code.

    `clean_up` removes what is not a process below this one, such as Docker's containers.

    A starter that holds no pipe to our standard input (a terminal) ends us by a signal or by its own end.
    """
    _become_subreaper()
    starter = os.getppid()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    emulator = subprocess.Popen(command, env=dict(environment), stdin=subprocess.PIPE, start_new_session=True)
    watches_pipe = not sys.stdin.isatty()
    while emulator.poll() is None and not stopping.is_set():
        if os.getppid() != starter or (watches_pipe and _is_closed(0)):
            break
        if not watches_pipe:
            stopping.wait(_POLL_SECONDS)
    stopped_by_us = emulator.poll() is None
    _stop(emulator)
    end_descendants()
    clean_up()
    return 0 if stopped_by_us else _exit_code(emulator.returncode)


def end_with_supervisor(clean_up: Callable[[], None]) -> None:
    """In the emulator: kill every process below this one, clean up and end, once the supervisor is gone."""
    _become_subreaper()
    threading.Thread(target=_wait_for_supervisor, args=(clean_up,), name="end-with-supervisor", daemon=True).start()


def end_descendants() -> None:
    """Kill every process below this one and wait until none is left."""
    while below := _descendants(os.getpid()):
        for pid in below:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        _reap()
        time.sleep(0.02)


def _wait_for_supervisor(clean_up: Callable[[], None]) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    end_descendants()
    clean_up()
    os._exit(1)


def _is_closed(descriptor: int) -> bool:
    """Wait a moment for the pipe's other end to close; anything that is written to it is read and dropped."""
    readable, _, _ = select.select([descriptor], [], [], _POLL_SECONDS)
    return bool(readable) and not os.read(descriptor, 1024)


def _stop(emulator: subprocess.Popen[bytes]) -> None:
    if emulator.poll() is not None:
        return
    emulator.terminate()
    try:
        emulator.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        emulator.kill()
        emulator.wait()


def _exit_code(returncode: int | None) -> int:
    """A shell's view of how the emulator ended: a signal counts as 128 plus its number."""
    if returncode is None:
        return 1
    return returncode if returncode >= 0 else 128 - returncode


def _become_subreaper() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _descendants(root: int) -> list[int]:
    """The living processes below `root`, children first."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The name, in brackets, may hold spaces: count the fields from its end.
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(folder.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
