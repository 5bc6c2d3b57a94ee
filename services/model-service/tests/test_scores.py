from __future__ import annotations

import math

import pytest
from conftest import FEATURES, FolderRegistry, Service


@pytest.fixture(autouse=True)
def _ready(registry: FolderRegistry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health() == (200, "ready", "v1"))


def test_a_score_follows_from_the_encoded_features(service: Service) -> None:
    answer = service.score().json()
    assert answer["probability"] == pytest.approx(1 / (1 + math.exp(1 - 0.902)), abs=1e-6)
    assert answer["modelVersion"] == "v1"
    assert answer["reasons"] == []


def test_what_is_not_known_is_a_value_of_its_own(service: Service) -> None:
    unknown = service.score(franchise=None, state="ZZ").json()["probability"]
    assert unknown == pytest.approx(1 / (1 + math.exp(1 - 0.898)), abs=1e-6)


def test_reasons_name_what_raises_the_risk_from_the_probability_asked_for(service: Service) -> None:
    body = {"features": FEATURES, "explainAbove": 0.4}
    reasons = service.http.post("/score", json=body).json()["reasons"]
    assert [(each["code"], each["feature"]) for each in reasons] == [("R01", "amount")]
    assert reasons[0]["contribution"] > 0
    low = {**body, "features": {**FEATURES, "amount": 1.0}}
    assert service.http.post("/score", json=low).json()["reasons"] == []


@pytest.mark.parametrize(
    ("features", "field", "problem"),
    [
        ({"amount": 1.0, "franchise": True}, "features.state", "is missing"),
        ({**FEATURES, "term": 84}, "features.term", "is not a feature"),
        ({**FEATURES, "amount": "900"}, "features.amount", "must be a number"),
        ({**FEATURES, "amount": True}, "features.amount", "must be a number"),
        ({**FEATURES, "franchise": 1}, "features.franchise", "must be true, false or null"),
        ({**FEATURES, "state": 5}, "features.state", "must be a string"),
    ],
)
def test_a_request_that_does_not_fit_the_model_is_refused_by_field(service, features, field, problem) -> None:
    answer = service.http.post("/score", json={"features": features})
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"][0]["field"] == field
    assert problem in answer.json()["error"]["fields"][0]["problem"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b"[]", 400, "invalid"),
        (b'{"features": {}, "more": 1}', 400, "invalid"),
        (b'{"features": {}, "explainAbove": 2}', 400, "invalid"),
        (b" " * 70_000, 413, "too-large"),
    ],
)
def test_a_body_that_is_no_request_is_refused(service, body, status, code) -> None:
    answer = service.http.post("/score", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_request_whose_caller_has_given_up_is_not_scored(service: Service) -> None:
    for deadline, status in (("0", 503), ("60000", 200), ("soon", 400)):
        answer = service.http.post("/score", json={"features": FEATURES}, headers={"x-deadline-ms": deadline})
        assert answer.status_code == status, deadline
    metrics = service.http.get("/metrics").text
    assert 'score_answers_total{status="503"} 1.0' in metrics
    assert 'score_answers_total{status="200"} 1.0' in metrics
    assert "score_seconds_count 1.0" in metrics


def test_another_path_is_not_found_and_says_what_there_is(service: Service) -> None:
    answer = service.http.get("/scores")
    assert answer.status_code == 404
    assert "POST /score" in answer.json()["error"]["message"]
