"""Which model is served, and that a bad one never is."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import FolderRegistry, Service

from model_service.probe import main as probe


def test_it_waits_for_the_first_model_and_is_healthy_meanwhile(registry: FolderRegistry, service: Service) -> None:
    assert service.health() == (200, "waiting", None)
    answer = service.score()
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["retry-after"]) == (503, "no-model", "1")
    registry.publish("v1")
    service.until(lambda: service.health() == (200, "ready", "v1"))
    assert service.score().status_code == 200


def test_another_champion_takes_over_without_a_failed_request(registry: FolderRegistry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    seen: list[tuple[int, str]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = service.score()
            seen.append((answer.status_code, answer.json().get("modelVersion", "")))

    asking = threading.Thread(target=ask)
    asking.start()
    registry.publish("v2")
    service.until(lambda: service.health()[2] == "v2")
    service.until(lambda: seen and seen[-1][1] == "v2")
    done.set()
    asking.join()
    assert {status for status, _ in seen} == {200}
    assert [version for _, version in seen] == sorted(version for _, version in seen)


@pytest.mark.parametrize("damage", ["model.onnx", "model.txt", "manifest.json", "manifest.sig"])
def test_a_damaged_version_never_replaces_a_good_one(registry, service: Service, damage: str) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    registry.publish("v2", damage=damage)
    service.until(lambda: service.metric("model_load_failures_total") > 0)
    assert service.health() == (200, "ready", "v1")
    assert service.score().json()["modelVersion"] == "v1"
    registry.publish("v3")
    service.until(lambda: service.health()[2] == "v3")


def test_an_unsigned_version_is_refused(registry, service: Service) -> None:
    registry.publish("v1", signed=False)
    service.until(lambda: service.health() == (503, "failing", None))
    registry.publish("v2")
    service.until(lambda: service.health() == (200, "ready", "v2"))


def test_a_version_that_another_key_has_signed_is_refused(registry, service: Service, tmp_path: Path) -> None:
    """Whoever can write to the bucket can replace a version and its digests, and sign with a key of their own."""
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    forger = FolderRegistry(tmp_path / "forged")
    forger.publish("v2")
    shutil.copytree(forger.folder / "v2", registry.folder / "v2")
    registry.promote("v2")
    service.until(lambda: service.metric("model_load_failures_total") > 0)
    assert service.health() == (200, "ready", "v1")


def test_going_back_to_the_version_that_is_served_loads_nothing(registry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    registry.publish("v2", damage="model.onnx")
    service.until(lambda: service.metric("model_load_failures_total") > 0)
    registry.promote("v1")
    registry.publish("v3")
    service.until(lambda: service.health()[2] == "v3")
    assert service.metric("model_swaps_total") == 2


@pytest.mark.parametrize("fault", [{"width": 4}, {"first": "term"}])
def test_a_first_version_that_can_not_be_loaded_fails_the_health_check(registry, service: Service, fault) -> None:
    """Its width is not that of its features; or a feature has no reason code, so no refusal could be explained."""
    registry.publish("v1", **fault)
    service.until(lambda: service.health() == (503, "failing", None))
    registry.publish("v2")
    service.until(lambda: service.health() == (200, "ready", "v2"))


def test_a_registry_out_of_reach_is_not_taken_for_an_empty_one() -> None:
    """A task that can't read the registry must not take the place of one that has a model."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-2"}
    service = Service("s3://registry/models", "alias/key", AWS_ENDPOINT_URL="http://127.0.0.1:9", **credentials)
    try:
        service.until(lambda: service.health() == (503, "failing", None))
        assert service.metric("model_registry_failures_total") > 0
    finally:
        service.stop()


def test_a_registry_that_gets_lost_leaves_the_model_served(registry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    (registry.folder / "champion.json").write_text("{")
    service.until(lambda: service.metric("model_registry_failures_total") > 0)
    assert service.health() == (200, "ready", "v1")


def test_nothing_is_reported_to_the_maker_of_the_runtime(registry: FolderRegistry, tmp_path: Path) -> None:
    """The runtime keeps an identifier of the machine where it reports; in continuous integration it never does."""
    home = tmp_path / "home"
    home.mkdir()
    registry.publish("v1")
    service = Service(registry.address, registry.key, HOME=str(home), XDG_CACHE_HOME=str(home), CI="")
    try:
        service.until(lambda: service.health() == (200, "ready", "v1"))
        assert list(home.rglob("*")) == []
    finally:
        service.stop()


def test_on_sigterm_it_finishes_what_it_has_and_ends_with_0(registry: FolderRegistry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    held_back = threading.Event()

    def body():
        yield b'{"features": {"amount": 1.0, "franchise": true,'
        service.process.send_signal(signal.SIGTERM)
        held_back.set()
        yield b'"state": "NY"}}'

    answer = service.http.post("/score", content=body(), headers={"content-type": "application/json"})
    assert held_back.is_set()
    assert answer.status_code == 200
    service.http.close()
    assert service.process.wait(timeout=30) == 0


def test_the_containers_probe_follows_the_health_check(registry, service: Service, monkeypatch) -> None:
    monkeypatch.setenv("PORT", str(service.port))
    assert probe() == 0
    registry.publish("v1", width=4)
    service.until(lambda: service.health()[0] == 503)
    assert probe() == 1
    service.process.kill()
    service.process.wait()
    assert probe() == 1


def test_a_wrong_environment_is_said_in_a_line() -> None:
    wrong = {"MODEL_REGISTRY": "somewhere", "MODEL_SIGNING_KEY": "alias/key"}
    for environment, said in (
        (wrong, "MODEL_REGISTRY is 'somewhere': set it to"),
        ({"MODEL_REGISTRY": "file:///folder"}, "MODEL_SIGNING_KEY is not set: set it to"),
    ):
        result = subprocess.run(
            [sys.executable, "-m", "model_service"], env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 2
        assert said in result.stderr
        assert "Traceback" not in result.stderr
