"""A container of Docker's, for images that Docker has built.

It runs in the host's network, where it reaches the emulator and has the task's loopback address, as a process would.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seaworthy_cloud.settings import read_settings
from seaworthy_cloud.tasks.images import DockerImage
from seaworthy_cloud.tasks.process import Start

_KILLED = 137
_OUT_OF_MEMORY_READS = 10
_STATE_LABEL = "seaworthy.state"


def remove_all(state: Path) -> None:
    """Remove every container of the cloud with this state folder; without a Docker daemon there is none."""
    from docker.errors import DockerException, NotFound

    try:
        left = docker_client().containers.list(all=True, filters={"label": f"{_STATE_LABEL}={state}"})
    except DockerException:
        return
    for container in left:
        # Docker may be removing it already.
        with contextlib.suppress(NotFound):
            container.remove(v=True, force=True)


@cache
def docker_client() -> Any:
    """A client of the Docker daemon; raises docker.errors.DockerException when none answers."""
    import docker

    return docker.from_env(timeout=60)


class DockerContainer:
    """A Docker container with the task's address, which Docker itself does not know of in the host's network."""

    def __init__(self, image: DockerImage, start: Start, options: Mapping[str, Any]) -> None:
        """Create and start the container; raises docker.errors.APIError."""
        self._container = docker_client().containers.run(
            image.name,
            command=list(start.command) or None,
            detach=True,
            name=start.name,
            environment=dict(start.environment),
            labels={**start.labels, _STATE_LABEL: str(read_settings().state)},
            network_mode="host",
            mem_limit=start.memory_bytes,
            security_opt=["no-new-privileges"],
            **options,
        )
        self.id: str = self._container.id
        self.name = start.name
        self.labels = dict(start.labels)
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {"loopback": {"IPAddress": start.address}}}}

    @property
    def status(self) -> str:
        """`running`, `exited` or another of Docker's states."""
        self._container.reload()
        return self._container.status

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel killed it for its memory, which Docker may learn a moment after the container's end."""
        for _ in range(_OUT_OF_MEMORY_READS):
            self._container.reload()
            state = self._container.attrs["State"]
            if state["OOMKilled"] or state["ExitCode"] != _KILLED:
                return bool(state["OOMKilled"])
            time.sleep(0.1)
        return False

    def reload(self) -> None:
        """Nothing: the status is always read afresh."""

    def wait(self, timeout: float | None = None) -> dict[str, int]:
        """Wait for the end and return Docker's answer, with the exit code as StatusCode."""
        return self._container.wait(timeout=timeout)

    def logs(self, **options: Any) -> Any:
        """What the container has written, as the Docker SDK gives it."""
        return self._container.logs(**options)

    def stop(self, timeout: float = 30) -> None:
        """Ask it to end by SIGTERM; Docker kills it after `timeout` seconds."""
        self._container.stop(timeout=int(timeout))

    def remove(self, **_: object) -> None:
        """Remove it with its anonymous volumes, killing it if it still runs."""
        self._container.remove(v=True, force=True)

    def exec_run(self, cmd: Any, **options: Any) -> Any:
        """Run a command in the container."""
        return self._container.exec_run(cmd, **options)
