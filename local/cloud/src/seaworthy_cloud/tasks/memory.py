"""The memory limit of tasks that run as processes.

A container's limit is kept by the kernel's control groups, which a user may not set up without root. Here the resident
memory of each process group is measured every second, and a group above its limit is killed, with the outcome of a
container that ran out of memory: exit code 137. A short peak between two measurements goes unseen.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 1.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class _Watched:
    process: subprocess.Popen[bytes]
    limit: int
    exceeded: Callable[[], None]


_lock = threading.Lock()
_watched: list[_Watched] = []
_thread: threading.Thread | None = None


def watch(process: subprocess.Popen[bytes], limit: int, exceeded: Callable[[], None]) -> None:
    """Call `exceeded` once the process's group has more than `limit` bytes resident."""
    global _thread
    with _lock:
        _watched.append(_Watched(process, limit, exceeded))
        if _thread is None:
            _thread = threading.Thread(target=_measure_for_ever, name="task-memory", daemon=True)
            _thread.start()


def resident_bytes() -> dict[int, int]:
    """Resident memory of every process group on this machine."""
    total: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            pages = int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError):
            # It ended in the meantime.
            continue
        total[group] = total.get(group, 0) + pages * _PAGE
    return total


def _measure_for_ever() -> None:
    pause = threading.Event()
    while not pause.wait(_SECONDS):
        with _lock:
            _watched[:] = [each for each in _watched if each.process.poll() is None]
            running = list(_watched)
        if not running:
            continue
        resident = resident_bytes()
        for each in running:
            if resident.get(each.process.pid, 0) > each.limit:
                each.exceeded()
