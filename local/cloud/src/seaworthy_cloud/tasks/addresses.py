"""A loopback address for each task, so that all tasks of a service can listen on the same port."""

from __future__ import annotations

import threading

_lock = threading.Lock()
_by_task: dict[str, str] = {}


def network_of(port: int) -> str:
    """The first three numbers of the addresses of the cloud on this port: no two clouds on a machine share them."""
    return f"127.{64 + (port >> 8) % 64}.{port & 255}"


def address_of(task: str, port: int) -> str:
    """The task's address; its containers share it. Raises RuntimeError when all addresses are taken."""
    with _lock:
        if task not in _by_task:
            _by_task[task] = _free_address(network_of(port))
        return _by_task[task]


def release(task: str) -> None:
    """Give the task's address back."""
    with _lock:
        _by_task.pop(task, None)


def _free_address(network: str) -> str:
    taken = set(_by_task.values())
    for host in range(1, 255):
        if (address := f"{network}.{host}") not in taken:
            return address
    raise RuntimeError(f"all 254 addresses of {network}.0/24 are taken by tasks: stop some")
