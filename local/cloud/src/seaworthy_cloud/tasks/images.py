"""The images that docker-shim.mjs has built: a folder and a command to run as a process, or an image of Docker's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from seaworthy_cloud.settings import read_settings


@dataclass(frozen=True)
class ProcessImage:
    """What a process needs of an image: where it runs, what it runs and the environment it brings along."""

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def programs(self) -> Path | None:
        """Folder of the programs that come first on PATH: those of the image's Python environment, if it has one."""
        programs = self.folder / ".venv" / "bin"
        return programs if programs.is_dir() else None


@dataclass(frozen=True)
class DockerImage:
    """An image that Docker holds under its name."""

    name: str


class UnknownImageError(LookupError):
    """No image of this name has been built; the message names it and the remedy."""


def find_image(name: str) -> ProcessImage | DockerImage:
    """Look up an image by its full name with tag; raises UnknownImageError."""
    recorded = _read().get(name)
    if recorded is None:
        raise UnknownImageError(f"image {name} has not been built: deploy with CDK_DOCKER=local/cloud/docker-shim.mjs")
    if recorded["kind"] == "docker":
        return DockerImage(name)
    return ProcessImage(Path(recorded["dir"]), tuple(recorded["command"]), dict(recorded["env"]))


def is_pushed(repository: str, tag: str) -> bool:
    """Whether an image with this tag was pushed to the repository of this name."""
    return any(recorded.get("pushed") and name.endswith(f"/{repository}:{tag}") for name, recorded in _read().items())


def _read() -> dict[str, dict]:
    file = read_settings().images
    return json.loads(file.read_text()) if file.exists() else {}
