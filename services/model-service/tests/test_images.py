"""Both images as they are deployed: built, run hardened, and the one serves what the other has trained."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conftest import FEATURES, FolderRegistry, Service
from images import Container, build, docker, need_daemon, run
from trainer.features import features_of, read_definition
from trainer.loans import read_loans

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "test/data/loans-sample.csv"
DEFINITION = ROOT / "schemas/features.json"
BODY = json.dumps({"features": FEATURES}).encode()
#: Requests that are half sent when the container is told to stop.
HELD = 16


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def model_image() -> str:
    need_daemon()
    return build("model-service")


@pytest.fixture(scope="module")
def trainer_image() -> str:
    need_daemon()
    return build("trainer")


@pytest.fixture
def container(model_image: str, registry: FolderRegistry) -> Iterator[Container]:
    registry.folder.chmod(0o755)
    started = Container(model_image, registry)
    yield started
    started.stop()


def test_what_the_trainers_image_has_trained_is_served_by_the_services_image(
    trainer_image: str, container: Container, registry: FolderRegistry
) -> None:
    registry.folder.chmod(0o777)
    volumes = {registry.folder: "/registry", SAMPLE: "/loans.csv:ro", DEFINITION: "/features.json:ro"}
    key = f"file:///registry/{registry.private_key.name}"
    training = "python -m trainer train --csv /loans.csv --features /features.json --registry file:///registry"
    code, _, output = run(
        trainer_image,
        *f"{training} --signing-key {key} --promote".split(),
        options=["--memory=2g", *(f"--volume={outside}:{inside}" for outside, inside in volumes.items())],
    )
    assert code == 0, output
    version = json.loads((registry.folder / "champion.json").read_text())["version"]
    container.until(lambda: container.health() == (200, "ready", version))
    process = Service(registry.address, registry.key)
    try:
        process.until(lambda: process.health() == (200, "ready", version))
        for sent in (
            features_of(read_loans(SAMPLE).collect(), read_definition(DEFINITION)).head(100).iter_rows(named=True)
        ):
            body = {"features": sent, "explainAbove": 0}
            inside, outside = (each.http.post("/score", json=body) for each in (container, process))
            assert (inside.status_code, inside.json()) == (200, outside.json())
    finally:
        process.stop()


def test_an_unsigned_model_keeps_it_unhealthy_and_a_signed_one_scores_when_it_is_healthy(
    container: Container, registry: FolderRegistry
) -> None:
    registry.publish("v1", signed=False)
    container.until(lambda: container.docker_health == "unhealthy")
    assert container.health() == (503, "failing", None)
    registry.publish("v2")
    container.until(lambda: container.docker_health == "healthy")
    answer = container.score()
    assert (answer.status_code, answer.json()["modelVersion"]) == (200, "v2")
    assert answer.json()["probability"] == pytest.approx(1 / (1 + math.exp(1 - 0.902)), abs=1e-6)


def test_it_has_no_rights_and_nothing_to_write_to_but_its_scratch_space(container: Container) -> None:
    container.until(container.health)
    lines = container.python("print(open('/proc/1/status').read())").splitlines()
    status = dict(line.split(":\t") for line in lines)
    assert status["Uid"].split() == ["10001"] * 4
    assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    for folder in ("/", "/opt/venv", "/registry", "/var/tmp"):
        with pytest.raises(AssertionError, match=r"Read-only file system|Permission denied"):
            container.python(f"open('{folder}/written', 'w')")
    assert container.python("open('/tmp/written', 'w').write('1'); print(open('/tmp/written').read())") == "1"


def test_the_limits_of_memory_and_of_processes_hold(model_image: str) -> None:
    code, state, output = run(model_image, "python", "-c", "bytearray(1 << 30)", options=["--memory=128m"])
    assert (code, state["OOMKilled"]) == (137, True), output
    forks = "import os\nwhile os.fork(): pass\nimport time; time.sleep(2)"
    code, _, output = run(model_image, "python", "-c", forks, options=["--memory=512m"])
    assert (code, "BlockingIOError" in output) == (1, True), output


def test_docker_stop_under_load_fails_no_request(container: Container, registry: FolderRegistry) -> None:
    """What comes before the stop is answered, and what is half sent then too; the balancer sends no more after it."""
    registry.publish("v1")
    container.until(lambda: container.docker_health == "healthy")
    told = threading.Event()
    statuses: list[int] = []

    def ask_until_told() -> None:
        with httpx.Client(base_url=container.http.base_url, timeout=30) as http:
            while not told.is_set():
                statuses.append(http.post("/score", content=BODY).status_code)

    def ask_across_the_stop() -> int:
        def body() -> Iterator[bytes]:
            yield BODY[:20]
            while listens(container.port):
                time.sleep(0.05)
            yield BODY[20:]

        return httpx.post(f"{container.http.base_url}/score", content=body(), timeout=60).status_code

    with ThreadPoolExecutor(HELD + 4) as pool:
        held = [pool.submit(ask_across_the_stop) for _ in range(HELD)]
        asking = [pool.submit(ask_until_told) for _ in range(4)]
        container.until(lambda: container.metric("score_requests_at_once") >= HELD and len(statuses) > 500)
        told.set()
        docker("stop", "--time=60", container.id)
        assert [each.result() for each in held] == [200] * HELD
        for each in asking:
            each.result()
    assert set(statuses) == {200}
    assert (container.state["ExitCode"], container.state["OOMKilled"]) == (0, False)
