"""A running embedded cloud for the conformance tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
REGION = "eu-west-2"
ACCOUNT = "000000000000"
NO_DOCKER = "unix:///nowhere/docker.sock"
"""Makes tasks processes, whether or not this machine has Docker."""


@dataclass(frozen=True)
class Cloud:
    """One running embedded cloud and how to reach it."""

    endpoint: str
    port: int
    state: Path
    process: subprocess.Popen[bytes]
    """The supervisor; closing its standard input ends the cloud."""
    docker_host: str

    def client(self, service: str) -> Any:
        """A boto3 client of `service`; asks once, so that a test sees the first answer."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def node() -> str:
    pinned = ROOT / "node_modules" / ".bin" / "node"
    return str(pinned) if pinned.exists() else shutil.which("node") or "node"


def cloud_environment(port: int, state: Path) -> dict[str, str]:
    """What the starter sets."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "GATEWAY_PORT": str(port),
        "SEAWORTHY_STATE": str(state),
        "SEAWORTHY_NODE": node(),
        "SEAWORTHY_NODE_MODULES": str(ROOT),
        **{name: os.environ[name] for name in ("JAVA_HOME",) if name in os.environ},
    }


def start_cloud(state: Path, docker_host: str = NO_DOCKER, **extra: str) -> Cloud:
    """Start an embedded cloud on a free port and wait until it answers; its log is STATE/cloud.log."""
    state.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with (state / "cloud.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "seaworthy_cloud"],
            env={**cloud_environment(port, state), "DOCKER_HOST": docker_host, **extra},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    started = Cloud(f"http://127.0.0.1:{port}", port, state, process, docker_host)
    wait_until(lambda: _answers(started), "the embedded cloud answers")
    return started


def _answers(cloud: Cloud) -> bool:
    if cloud.process.poll() is not None:
        pytest.fail(
            f"the embedded cloud ended with {cloud.process.returncode}: {(cloud.state / 'cloud.log').read_text()}"
        )
    try:
        with urllib.request.urlopen(f"{cloud.endpoint}/_ministack/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def stop_cloud(cloud: Cloud) -> None:
    """Close the pipe that keeps the cloud alive, and wait until it has gone."""
    if cloud.process.stdin:
        cloud.process.stdin.close()
    cloud.process.wait(timeout=60)


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Return the first truthy answer of `condition`; fails the test, saying `what`, when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.1)
    pytest.fail(f"after {seconds} s it is not so that {what}")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded cloud for the whole test session, on a free port with a state folder of its own."""
    started = start_cloud(tmp_path_factory.mktemp("cloud"))
    yield started
    stop_cloud(started)


@pytest.fixture(scope="module")
def cloud_with_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded cloud for the tests of one module, which runs Glue jobs with the Spark of `jobs/`."""
    python = ROOT / "jobs/.venv/bin/python"
    started = start_cloud(tmp_path_factory.mktemp("glue"), SEAWORTHY_SPARK_PYTHON=str(python))
    yield started
    stop_cloud(started)
