"""Tasks as containers, where Docker answers and has python:3.13-slim; other tests run them as processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import docker
import pytest
from conftest import start_cloud, stop_cloud, wait_until
from docker.errors import DockerException
from service import OUTPUTS, address, get, log_of, push_image, run_task, running, service_stack, stopped
from stacks import create, output

DOCKER_HOST = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")


@pytest.fixture(scope="module")
def daemon():
    try:
        client = docker.DockerClient(base_url=DOCKER_HOST)
        client.images.get("python:3.13-slim")
    except DockerException as error:
        pytest.skip(f"needs Docker with python:3.13-slim: {error}")
    return client


@pytest.fixture(scope="module")
def docker_cloud(daemon, tmp_path_factory):
    started = start_cloud(tmp_path_factory.mktemp("docker"), docker_host=DOCKER_HOST)
    yield started
    stop_cloud(started)


@pytest.fixture(scope="module")
def image(docker_cloud, tmp_path_factory):
    return push_image(docker_cloud, tmp_path_factory.mktemp("image"), "contained")


def containers(daemon, cloud):
    return daemon.containers.list(all=True, filters={"label": f"seaworthy.state={cloud.state}"})


def test_a_container_tells_its_exit_code_and_log_and_is_removed(daemon, docker_cloud, image):
    task = stopped(docker_cloud, "exits", run_task(docker_cloud, image, "exits", {"EXIT_CODE": "7"}))
    assert task["containers"][0]["exitCode"] == 7
    group = output(docker_cloud, "exits", "Logs")
    wait_until(lambda: log_of(docker_cloud, group, task["taskArn"]) == ["started"], "the output is in the log")
    wait_until(lambda: not containers(daemon, docker_cloud), "the container is removed")


def test_the_kernel_keeps_the_memory_limit(docker_cloud, image):
    arn = run_task(docker_cloud, image, "memory", {"HOLD_MEBIBYTES": "400"}, memory=128)
    (container,) = stopped(docker_cloud, "memory", arn)["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError")


def test_containers_of_a_service_are_reached_through_its_load_balancer(docker_cloud, image):
    assert create(docker_cloud, "served", service_stack(image, {"RELEASE": "1"}), OUTPUTS) == "CREATE_COMPLETE"
    found = {address(task) for task in running(docker_cloud, "served")}
    answers = {get(f"{output(docker_cloud, 'served', 'Url')}/")[1] for _ in range(10)}
    assert answers == {f"1 {each} hello there" for each in found}


def test_no_container_outlives_the_cloud(daemon, image, docker_cloud, tmp_path):
    cloud = start_cloud(tmp_path / "killed", docker_host=DOCKER_HOST)
    (cloud.state / "images.json").write_text((docker_cloud.state / "images.json").read_text())
    run_task(cloud, image, "left", {})
    wait_until(lambda: running(cloud, "left"), "the task runs")
    assert len(containers(daemon, cloud)) == 1
    (emulator,) = Path(f"/proc/{cloud.process.pid}/task/{cloud.process.pid}/children").read_text().split()
    os.kill(int(emulator), signal.SIGKILL)
    cloud.process.wait(timeout=60)
    assert containers(daemon, cloud) == []
