"""Whatever dies first, no process of the cloud outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NO_DOCKER, cloud_environment, free_port, start_cloud, wait_until


def processes_of(state: Path) -> set[int]:
    """Every living process that was started for the cloud with this state folder."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            zombie = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if not zombie and f"SEAWORTHY_STATE={state}".encode() in environment:
            found.add(int(folder.name))
    return found


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def running(tmp_path):
    cloud = start_cloud(tmp_path / "cloud")
    yield cloud
    cloud.process.kill()
    cloud.process.wait()
    wait_until(lambda: not processes_of(cloud.state), "no process is left")


def test_the_pipe_of_the_starter_closes(running):
    running.process.stdin.close()
    running.process.wait(timeout=30)
    assert processes_of(running.state) == set()


def test_the_emulator_is_killed(running):
    (emulator,) = children_of(running.process.pid)
    os.kill(emulator, signal.SIGKILL)
    assert running.process.wait(timeout=30) == 128 + signal.SIGKILL
    assert processes_of(running.state) == set()


def test_the_supervisor_is_killed(running):
    assert len(processes_of(running.state)) > 1
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not processes_of(running.state), "no process is left")


def test_the_starter_is_killed_while_another_process_holds_the_pipe(tmp_path):
    state = tmp_path / "cloud"
    starter = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.call([sys.executable, '-m', 'seaworthy_cloud'])"],
        env={**cloud_environment(free_port(), state), "DOCKER_HOST": NO_DOCKER},
        stdin=subprocess.PIPE,
    )
    wait_until(lambda: (state / "tmp").is_dir() and len(processes_of(state)) > 2, "the cloud has begun")
    starter.kill()
    starter.wait()
    wait_until(lambda: not processes_of(state), "no process is left")


def test_a_signal_stops_it_with_success(running):
    running.process.terminate()
    assert running.process.wait(timeout=30) == 0
    assert processes_of(running.state) == set()


def test_no_state_folder_is_an_error_that_names_the_variable(tmp_path):
    ended = subprocess.run([sys.executable, "-m", "seaworthy_cloud"], env={}, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "SEAWORTHY_STATE is not set" in ended.stderr
