"""A container as a process on this machine: its own process group, address, log file and memory limit."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seaworthy_cloud.tasks import memory
from seaworthy_cloud.tasks.images import ProcessImage

_CHUNK = 65536


@dataclass(frozen=True)
class Start:
    """What a container is started with; `memory_bytes` None means no limit."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    address: str
    log: Path
    memory_bytes: int | None


class ProcessContainer:
    """A running or ended process, with the part of the Docker SDK's container that the emulator's ECS uses."""

    def __init__(self, image: ProcessImage, start: Start) -> None:
        """Start the process; raises OSError when its program is missing."""
        self.id = uuid.uuid4().hex * 2
        self.name = start.name
        self.labels = dict(start.labels)
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {"loopback": {"IPAddress": start.address}}}}
        self.out_of_memory = False
        self._log = start.log
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                list(start.command or image.command),
                cwd=image.folder,
                env=_environment(image, start),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if start.memory_bytes is not None:
            memory.watch(self._process, start.memory_bytes, self._exceeded)

    @property
    def status(self) -> str:
        """`running` or `exited`, in Docker's words."""
        return "running" if self._process.poll() is None else "exited"

    def reload(self) -> None:
        """Nothing: the status is always read afresh."""

    def wait(self, timeout: float | None = None) -> dict[str, int]:
        """Wait for the end; a signal's number is added to 128, as a shell and ECS do."""
        code = self._process.wait(timeout)
        return {"StatusCode": code if code >= 0 else 128 - code}

    def logs(self, stream: bool = False, follow: bool = False, tail: int | None = None, **_: object) -> Any:
        """What the process has written; with `stream` an iterator, which with `follow` ends with the process."""
        if stream:
            return self._chunks(follow)
        written = self._log.read_bytes()
        return written if tail is None else b"".join(written.splitlines(keepends=True)[-tail:])

    def stop(self, timeout: float = 30) -> None:
        """Ask the process to end by SIGTERM and kill its whole group when it has not in `timeout` seconds."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def remove(self, **_: object) -> None:
        """Kill what is left of the process group; the log stays."""
        self._signal(signal.SIGKILL)

    def exec_run(self, cmd: Sequence[str] | str, **_: object) -> tuple[int, bytes]:
        """Refused: a process on this machine has no inside to run a command in."""
        raise NotImplementedError(f"ExecuteCommand {cmd!r}: a task that runs as a process has no container to enter")

    def _exceeded(self) -> None:
        self.out_of_memory = True
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _chunks(self, follow: bool) -> Iterator[bytes]:
        with self._log.open("rb") as log:
            while True:
                ended = self.status == "exited"
                if chunk := log.read(_CHUNK):
                    yield _whole_lines(chunk, log, ended)
                elif ended or not follow:
                    return
                else:
                    time.sleep(0.2)


def _whole_lines(chunk: bytes, log: Any, ended: bool) -> bytes:
    """Cut the chunk after its last whole line and step back to there, so that no log event is half a line."""
    end = chunk.rfind(b"\n") + 1
    if ended or end in (0, len(chunk)):
        return chunk
    log.seek(end - len(chunk), os.SEEK_CUR)
    return chunk[:end]


def _environment(image: ProcessImage, start: Start) -> dict[str, str]:
    path = os.environ.get("PATH", os.defpath)
    if image.programs:
        path = f"{image.programs}{os.pathsep}{path}"
    host = {name: os.environ[name] for name in ("LANG", "JAVA_HOME", "TMPDIR", "SEAWORTHY_STATE") if name in os.environ}
    return {**host, "HOME": str(start.log.parent), "PATH": path, **image.environment, **start.environment}
