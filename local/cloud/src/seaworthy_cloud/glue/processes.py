"""The process group of a job run: its interpreter, and the Java that PySpark starts from it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_POLL_SECONDS = 0.05
_GRACE_SECONDS = 10.0


def start_group(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, both of its outputs in one file."""
    with output.open("wb") as file:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Ask every process of the group to end, and kill what has not after a while."""
    _signal(process.pid, signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process.pid, signal.SIGKILL)
        process.wait()
    end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Wait for the rest of the group of a process that has ended, which may still clean up, and kill what stays.

    The rest has become children of this process, a sub-reaper: they are waited for by group, so that no other child's
    exit code is taken.
    """
    end = time.monotonic() + _GRACE_SECONDS
    while _has_children(process.pid):
        if time.monotonic() > end:
            _signal(process.pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
    _signal(process.pid, signal.SIGKILL)


def describe_exit(code: int) -> str:
    """What an exit code other than 0 means, in a sentence."""
    if code < 0:
        return f"The job's process was ended by the signal {signal.Signals(-code).name}"
    return f"The job's process ended with exit code {code}"


def _has_children(group: int) -> bool:
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
