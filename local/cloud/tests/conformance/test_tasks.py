"""ECS tasks as AWS documents them: exit codes, replacement, limits, logs."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from conftest import wait_until
from service import (
    OUTPUTS,
    REPOSITORY,
    address,
    get,
    images,
    log_of,
    push_image,
    run_task,
    running,
    service_stack,
    shim,
    stopped,
)
from stacks import create, output, reasons


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    return push_image(cloud, tmp_path_factory.mktemp("image"), "one")


def test_the_image_is_the_last_stage_of_its_dockerfile(cloud, image):
    recorded = images(cloud)[image]
    assert recorded["command"] == ["python3", "server.py"]
    assert recorded["env"] == {"GREETING": "hello there"}


def test_an_image_that_was_not_pushed_is_not_found_so_that_the_cdk_builds_it(cloud, image):
    ecr = cloud.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY)
    assert ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "one"}])["imageDetails"] == []
    with pytest.raises(ClientError) as missing:
        ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": "two"}])
    assert missing.value.response["Error"]["Code"] == "ImageNotFoundException"


def test_a_command_of_docker_that_is_not_known_fails(cloud):
    done = shim(cloud, "swarm", "init")
    assert (done.returncode, "docker swarm is not known here" in done.stderr) == (1, True)


def test_a_task_that_ends_tells_its_exit_code_and_its_log(cloud, image):
    task = stopped(cloud, "exits", run_task(cloud, image, "exits", {"EXIT_CODE": "7"}))
    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 7)
    group = output(cloud, "exits", "Logs")
    wait_until(lambda: log_of(cloud, group, task["taskArn"]) == ["started"], "the task's output is in its log")


def test_a_task_of_an_unknown_image_cannot_start(cloud, image):
    task = stopped(cloud, "no-image", run_task(cloud, f"{image}-unknown", "no-image", {}))
    assert task["stopCode"] == "TaskFailedToStart"
    assert "has not been built" in task["stoppedReason"]


def test_a_task_above_its_memory_is_killed(cloud, image):
    arn = run_task(cloud, image, "memory", {"HOLD_MEBIBYTES": "400"}, memory=128)
    (container,) = stopped(cloud, "memory", arn)["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError")


def test_stop_task_asks_first_and_tells_the_exit_code(cloud, image):
    arn = run_task(cloud, image, "asked", {})
    (task,) = wait_until(lambda: running(cloud, "asked"), "the task runs")
    assert task["taskArn"] == arn
    wait_until(lambda: log_of(cloud, output(cloud, "asked", "Logs"), arn), "the server has begun")
    cloud.client("ecs").stop_task(cluster="asked", task=arn, reason="enough")
    ended = stopped(cloud, "asked", arn)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    group = output(cloud, "asked", "Logs")
    wait_until(lambda: log_of(cloud, group, arn)[-1:] == ["ended in order"], "the task ended by itself")
    assert ended["containers"][0]["exitCode"] == 0


def test_every_task_has_an_address_of_its_own(cloud, image):
    resources = service_stack(image, {"RELEASE": "1"}, count=3)
    assert create(cloud, "addresses", resources, OUTPUTS) == "CREATE_COMPLETE"
    found = {address(task) for task in running(cloud, "addresses")}
    assert len(found) == 3
    for each in found:
        assert get(f"http://{each}:8080/") == (200, f"1 {each} hello there")


def test_a_service_replaces_a_task_that_dies_and_one_that_is_stopped(cloud, image):
    assert create(cloud, "replaces", service_stack(image, {}), OUTPUTS) == "CREATE_COMPLETE"
    died, ended = running(cloud, "replaces")
    with pytest.raises(OSError):
        get(f"http://{address(died)}:8080/die")
    assert stopped(cloud, "replaces", died["taskArn"])["containers"][0]["exitCode"] == 3
    cloud.client("ecs").stop_task(cluster="replaces", task=ended["taskArn"])
    old = {died["taskArn"], ended["taskArn"]}

    def new() -> bool:
        arns = {task["taskArn"] for task in running(cloud, "replaces")}
        return len(arns) == 2 and not arns & old

    wait_until(new, "two new tasks run")


def test_a_service_whose_tasks_fail_fails_its_stack_and_says_why(cloud, image):
    resources = service_stack(image, {"EXIT_CODE": "9"})
    assert create(cloud, "fails", resources, OUTPUTS) == "ROLLBACK_COMPLETE"
    (reason,) = [each for each in reasons(cloud, "fails") if "circuit breaker" in each]
    assert "server ended with 9" in reason
    assert cloud.client("ecs").list_tasks(cluster="fails", desiredStatus="RUNNING")["taskArns"] == []
