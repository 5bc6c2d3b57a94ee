"""A challenger is scored beside the champion, and nobody notices but the metrics."""

from __future__ import annotations

import asyncio
import json
import signal

import httpx
import pytest
from conftest import FEATURES, FolderRegistry, Service

from model_service.application import Application
from model_service.model import Model
from model_service.registry import Registry
from model_service.serving import Serving
from model_service.shadow import Shadow
from model_service.signature import SigningKey


@pytest.fixture
def served(registry: FolderRegistry, service: Service) -> FolderRegistry:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    return registry


def ask(service: Service, times: int, explain_above: float = 0.9) -> httpx.Response:
    body = {"features": FEATURES, "explainAbove": explain_above}
    for _ in range(times):
        answer = service.http.post("/score", json=body)
    return answer


def test_the_challenger_is_compared_and_the_champion_answers(served: FolderRegistry, service: Service) -> None:
    alone = ask(service, 1).json()
    assert service.metric("shadow_scores_total") == 0
    # The champion gives sigmoid(902 / 1000 - 1) = 0.476, the challenger sigmoid(902 / 100 - 1) = 0.9997.
    served.publish("v2", scale=100.0, pointer="challenger")
    service.until(lambda: ask(service, 1).status_code == 200 and service.metric("shadow_scores_total") > 0)
    before, flips = service.metric("shadow_scores_total"), service.metric("shadow_flips_total")
    difference = service.metric("shadow_difference_sum")
    assert ask(service, 5).json() == alone
    assert service.metric("shadow_scores_total") == before + 5
    assert service.metric("shadow_flips_total") == flips + 5
    assert service.metric("shadow_difference_sum") - difference == pytest.approx(5 * 0.524, abs=0.01)
    ask(service, 3, explain_above=0.1)
    assert service.metric("shadow_flips_total") == flips + 5


def test_a_challenge_ends(served: FolderRegistry, service: Service) -> None:
    served.publish("v2", pointer="challenger")
    service.until(lambda: ask(service, 1).status_code == 200 and service.metric("shadow_scores_total") > 0)
    served.end_challenge()

    def ended() -> bool:
        before = service.metric("shadow_scores_total")
        return ask(service, 1).status_code == 200 and service.metric("shadow_scores_total") == before

    service.until(ended)


@pytest.mark.parametrize("fault", [{"width": 4}, {"signed": False}, {"scale": float("nan")}])
def test_a_challenger_that_can_not_be_loaded_harms_nobody(served, service: Service, fault) -> None:
    served.publish("v2", pointer="challenger", **fault)
    served.publish("v3")
    service.until(lambda: service.health() == (200, "ready", "v3"))
    assert ask(service, 1).json()["modelVersion"] == "v3"
    assert service.metric("shadow_scores_total") == 0


def test_a_challenger_with_other_features_counts_as_failing(served: FolderRegistry, service: Service) -> None:
    served.publish("v2", first="employees", pointer="challenger")
    service.until(lambda: ask(service, 1).status_code == 200 and service.metric("shadow_failures_total") > 0)
    assert service.metric("shadow_scores_total") == 0


def test_what_was_compared_is_in_the_log_when_it_ends(served: FolderRegistry, service: Service) -> None:
    served.publish("v2", scale=100.0, pointer="challenger")
    service.until(lambda: ask(service, 1).status_code == 200 and service.metric("shadow_scores_total") > 0)
    expected = service.metric("shadow_scores_total")
    service.http.close()
    service.process.send_signal(signal.SIGTERM)
    output, _ = service.process.communicate(timeout=30)
    lines = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    assert [(line["champion"], line["challenger"], line["ShadowScores"]) for line in lines] == [("v1", "v2", expected)]
    assert lines[0]["MeanDifference"] == pytest.approx(0.524, abs=0.01)
    (directive,) = lines[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Seaworthy"
    assert directive["Dimensions"] == [["champion", "challenger"]]
    assert {metric["Name"] for metric in directive["Metrics"]} <= lines[0].keys()


def test_a_version_that_gives_no_probability_is_not_served(served: FolderRegistry, service: Service) -> None:
    served.publish("v2", scale=float("nan"))
    service.until(lambda: service.metric("model_load_failures_total") > 0)
    assert service.health() == (200, "ready", "v1")


async def _health(application: Application) -> int:
    transport = httpx.ASGITransport(application)  # ty: ignore[invalid-argument-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
        return (await client.get("/health")).status_code


def test_the_health_check_is_a_real_score(registry: FolderRegistry) -> None:
    registry.publish("v1")
    opened = Registry(registry.address, SigningKey(registry.key))
    champion = opened.champion()
    assert champion is not None
    serving = Serving(opened)
    serving.model = Model.load(opened, champion)
    application = Application(serving, Shadow(opened), poll_seconds=5)
    assert asyncio.run(_health(application)) == 200
    # A runtime that has got broken after the model was loaded.
    serving.model._session = None  # ty: ignore[invalid-assignment]
    assert asyncio.run(_health(application)) == 503
