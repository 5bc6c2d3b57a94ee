"""What the emulator's ECS drives in place of the Docker SDK: it starts each container as its image asks for."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docker.errors import ImageNotFound, NotFound

from seaworthy_cloud.rights.roles import credentials_of
from seaworthy_cloud.settings import read_settings
from seaworthy_cloud.tasks.addresses import address_of
from seaworthy_cloud.tasks.containers import DockerContainer
from seaworthy_cloud.tasks.images import DockerImage, UnknownImageError, find_image
from seaworthy_cloud.tasks.launching import require_to_start
from seaworthy_cloud.tasks.process import ProcessContainer, Start

TASK_LABEL = "com.amazonaws.ecs.task-arn"
_FAMILY_LABEL = "com.amazonaws.ecs.task-definition-family"
_REVISION_LABEL = "com.amazonaws.ecs.task-definition-version"
_CONTAINER_LABEL = "com.amazonaws.ecs.container-name"
_MEBIBYTE = 1024 * 1024

Container = ProcessContainer | DockerContainer


class _Image:
    """An image that is there; with no registry there is no digest to pin it by."""

    def tag(self, *_: object, **__: object) -> bool:
        """Answer that the image has its name already."""
        return True


class Images:
    """The images that have been built."""

    def get(self, name: str) -> _Image:
        """Find an image by its name; raises docker.errors.ImageNotFound."""
        try:
            find_image(name)
        except UnknownImageError as error:
            raise ImageNotFound(str(error)) from error
        return _Image()

    def pull(self, name: str, **_: object) -> _Image:
        """As `get`: what was pushed is here."""
        return self.get(name)

    def get_registry_data(self, name: str, **_: object) -> _Image:
        """Refused, so that the emulator falls back to the image's name: there is no registry to ask for a digest."""
        raise NotFound(f"no registry holds {name}")


class Containers:
    """The containers of every task of this emulator."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_id: dict[str, Container] = {}
        self._lock = threading.Lock()

    def run(
        self,
        image: str,
        *,
        name: str,
        labels: Mapping[str, str],
        environment: Mapping[str, str],
        command: Sequence[str] | None = None,
        **_: object,
    ) -> Container:
        """Start a container; raises UnknownImageError, OSError (no such program) or docker.errors.APIError."""
        settings = read_settings()
        definition, container = _definitions(labels)
        task = labels[TASK_LABEL]
        require_to_start(definition, container, task)
        address = address_of(task, settings.port)
        start = Start(
            name=name,
            command=command or (),
            environment={
                **_task_environment(environment, address, settings.endpoint, settings.region),
                **_credentials(definition, task),
            },
            labels=labels,
            address=address,
            log=settings.state / "tasks" / f"{task.rsplit('/', 1)[-1]}-{labels[_CONTAINER_LABEL]}.log",
            memory_bytes=_memory_limit(definition, container),
        )
        found = find_image(image)
        if isinstance(found, DockerImage):
            started: Container = DockerContainer(found, start, _docker_options(definition, container))
        else:
            started = ProcessContainer(found, start)
        with self._lock:
            self._by_id[started.id] = started
        return started

    def get(self, reference: str) -> Container:
        """Find a container by its id; raises docker.errors.NotFound."""
        with self._lock:
            found = self._by_id.get(reference)
        if found is None:
            raise NotFound(f"no container {reference!r}")
        return found

    def list(self, **_: object) -> Sequence[Container]:
        """Every container that has not been forgotten."""
        with self._lock:
            return [*self._by_id.values()]

    def forget(self, reference: str) -> None:
        """Drop a container that has been removed."""
        with self._lock:
            self._by_id.pop(reference, None)


class Runtime:
    """The part of a Docker client that the emulator's ECS uses."""

    def __init__(self) -> None:
        """Begin without containers."""
        self.containers = Containers()
        self.images = Images()


def _definitions(labels: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The task definition and the container definition within it that the labels name."""
    from ministack.services import ecs

    definition = ecs._task_defs[f"{labels[_FAMILY_LABEL]}:{labels[_REVISION_LABEL]}"]
    name = labels[_CONTAINER_LABEL]
    return definition, next(each for each in definition["containerDefinitions"] if each["name"] == name)


def _task_environment(given: Mapping[str, str], address: str, endpoint: str, region: str) -> dict[str, str]:
    """The container's environment, with what makes its AWS clients and its server use this machine."""
    # The emulator would have the SDKs ask it for credentials, by the name of a host that only Docker Desktop knows.
    kept = {name: value for name, value in given.items() if not name.startswith(("AWS_CONTAINER_", "ECS_CONTAINER_"))}
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        **kept,
        "AWS_ENDPOINT_URL": endpoint,
        "HOST": address,
    }


def _credentials(definition: Mapping[str, Any], task: str) -> dict[str, str]:
    """The credentials of the task's role; a task without one has none."""
    role = definition.get("taskRoleArn")
    return credentials_of(role, task.rsplit("/", 1)[-1]) if role else {}


def _memory_limit(definition: Mapping[str, Any], container: Mapping[str, Any]) -> int | None:
    """The container's own hard limit in bytes, else the task's."""
    mebibytes = container.get("memory") or definition.get("memory")
    return int(mebibytes) * _MEBIBYTE if mebibytes else None


def _docker_options(definition: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    """How Docker is to confine the container, from its definition."""
    options: dict[str, Any] = {"read_only": bool(container.get("readonlyRootFilesystem"))}
    if user := container.get("user"):
        options["user"] = user
    if cpu := definition.get("cpu"):
        options["nano_cpus"] = int(cpu) * 10**9 // 1024
    mounts = [mount["containerPath"] for mount in container.get("mountPoints", [])]
    if mounts:
        # A Fargate task's volume is empty and any user may write to it, as a file system in memory is.
        options["tmpfs"] = {path: "mode=1777" for path in mounts}
    return options


def clear_logs(state: Path) -> None:
    """Delete the logs of the tasks of an earlier run."""
    for log in (state / "tasks").glob("*.log"):
        log.unlink()
