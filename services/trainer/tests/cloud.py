"""An embedded cloud for tests of what the trainer does on AWS."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / "local/cloud/.venv/bin/python"


class Cloud:
    """Runs until it is stopped. ``environment`` is what an AWS client needs to reach it."""

    def __init__(self, state: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-2",
            "AWS_DEFAULT_REGION": "eu-west-2",
        }
        # The cloud ends when the pipe to it is closed.
        self._process = subprocess.Popen(
            [PYTHON, "-m", "seaworthy_cloud"],
            env={
                "PATH": os.environ["PATH"],
                "GATEWAY_PORT": str(port),
                "SEAWORTHY_STATE": str(state),
                "DOCKER_HOST": "unix:///nowhere/docker.sock",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def _wait(self) -> None:
        while True:
            assert self._process.poll() is None, "the embedded cloud has ended"
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
