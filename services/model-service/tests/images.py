"""The images of both services, built from their Dockerfiles and run with no more rights than on AWS."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import FolderRegistry, Served

SERVICES = Path(__file__).parents[2]
BASE = "python:3.13-slim"
#: As the task definitions of lib/serving and lib/training have it. The host's network is there with any daemon.
HARDENED = [
    "--network=host",
    "--user=10001:10001",
    "--read-only",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=128m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--pids-limit=256",
]


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def need_daemon() -> None:
    """Skip, saying why, where there is nothing to build an image with."""
    if sys.platform != "linux" or shutil.which("docker") is None:
        pytest.skip("needs Docker on Linux")
    answer = docker("version", "--format", "{{.Server.Version}}", check=False)
    if answer.returncode:
        pytest.skip(f"needs a Docker daemon: {answer.stderr.strip()}")
    if docker("image", "inspect", BASE, check=False).returncode:
        pulled = docker("pull", "--quiet", BASE, check=False)
        if pulled.returncode:
            pytest.skip(f"needs the image {BASE}: {pulled.stderr.strip()}")


def build(service: str) -> str:
    """Build a service's image, and return its name."""
    name = f"seaworthy-{service}:tested"
    docker("build", "--network=host", f"--build-arg=BASE_IMAGE={BASE}", f"--tag={name}", str(SERVICES / service))
    return name


def run(image: str, *command: str, options: list[str]) -> tuple[int, dict[str, Any], str]:
    """Run a container to its end. Returns its exit code, what Docker knows of its state, and its output."""
    container = docker("create", *HARDENED, *options, image, *command).stdout.strip()
    try:
        ended = docker("start", "--attach", container, check=False)
        state = json.loads(docker("inspect", "--format", "{{json .State}}", container).stdout)
        return ended.returncode, state, ended.stdout + ended.stderr
    finally:
        docker("rm", "--force", "--volumes", container)


class Container(Served):
    """The model service in a container that may do nothing but read its registry and answer."""

    def __init__(self, image: str, registry: FolderRegistry) -> None:
        super().__init__()
        environment = {
            "MODEL_REGISTRY": "file:///registry",
            "MODEL_SIGNING_KEY": f"file:///registry/{registry.public_key.name}",
            "MODEL_POLL_SECONDS": "0.05",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }
        self.id = docker(
            "run",
            "--detach",
            *HARDENED,
            "--memory=512m",
            # The image's own check, but more often, and counted from the start.
            "--health-interval=1s",
            "--health-start-period=1s",
            f"--volume={registry.folder}:/registry:ro",
            *(f"--env={name}={value}" for name, value in environment.items()),
            image,
        ).stdout.strip()

    @property
    def state(self) -> dict[str, Any]:
        return json.loads(docker("inspect", "--format", "{{json .State}}", self.id).stdout)

    @property
    def docker_health(self) -> str:
        return self.state["Health"]["Status"]

    def last_words(self) -> str | None:
        return None if self.state["Running"] else docker("logs", self.id).stdout

    def python(self, code: str) -> str:
        """What some Python prints, run in the container beside the service."""
        return docker("exec", self.id, "python", "-c", code).stdout.strip()

    def stop(self) -> None:
        self.http.close()
        docker("rm", "--force", "--volumes", self.id)
