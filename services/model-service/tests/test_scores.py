from __future__ import annotations

import json
import math
import signal
import socket
from collections import Counter

import msgspec
import pytest
from conftest import FEATURES, FolderRegistry, Service


def test_a_score_follows_from_the_encoded_features(scoring: Service) -> None:
    answer = scoring.score().json()
    assert answer["probability"] == pytest.approx(1 / (1 + math.exp(1 - 0.902)), abs=1e-6)
    assert answer["modelVersion"] == "v1"
    assert answer["reasons"] == []


def test_what_is_not_known_is_a_value_of_its_own(scoring: Service) -> None:
    unknown = scoring.score(franchise=None, state="ZZ").json()["probability"]
    assert unknown == pytest.approx(1 / (1 + math.exp(1 - 0.898)), abs=1e-6)


def test_reasons_name_what_raises_the_risk_from_the_probability_asked_for(scoring: Service) -> None:
    body = {"features": FEATURES, "explainAbove": 0.4}
    reasons = scoring.http.post("/score", json=body).json()["reasons"]
    assert [(each["code"], each["feature"]) for each in reasons] == [("R01", "amount")]
    assert reasons[0]["contribution"] > 0
    low = {**body, "features": {**FEATURES, "amount": 1.0}}
    assert scoring.http.post("/score", json=low).json()["reasons"] == []


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
def test_a_request_that_does_not_fit_the_model_is_refused_by_field(scoring, features, field, problem) -> None:
    answer = scoring.http.post("/score", json={"features": features})
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
def test_a_body_that_is_no_request_is_refused(scoring, body, status, code) -> None:
    answer = scoring.http.post("/score", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_each_answer_is_counted_by_its_status(scoring: Service) -> None:
    names = ('score_answers_total{status="200"}', 'score_answers_total{status="400"}', "score_seconds_count")
    for amount in (900.0, "900"):
        scoring.score(amount=amount)
    before = [scoring.metric(name) for name in names]
    for amount in (900.0, 900.0, "900"):
        scoring.score(amount=amount)
    assert [scoring.metric(name) - was for name, was in zip(names, before, strict=True)] == [2, 1, 2]


def test_a_request_whose_caller_has_given_up_is_not_scored(scoring: Service) -> None:
    for deadline, status in (("0", 503), ("60000", 200), ("soon", 400)):
        answer = scoring.http.post("/score", json={"features": FEATURES}, headers={"x-deadline-ms": deadline})
        assert answer.status_code == status, deadline


def test_another_path_is_not_found_and_says_what_there_is(scoring: Service) -> None:
    answer = scoring.http.get("/scores")
    assert answer.status_code == 404
    assert "POST /score" in answer.json()["error"]["message"]


def unfinished(scoring: Service, *headers: str) -> socket.socket:
    """A request whose body does not come to its end."""
    connection = socket.create_connection(("127.0.0.1", scoring.port))
    lines = ["POST /score HTTP/1.1", "host: test", "content-length: 1000", *headers]
    connection.sendall("\r\n".join([*lines, "", "{"]).encode())
    return connection


def test_more_requests_at_once_than_it_can_hold_are_told_to_come_again(scoring: Service) -> None:
    held = [unfinished(scoring) for _ in range(64)]
    scoring.until(lambda: scoring.metric("score_requests_at_once") == 64)
    answer = scoring.score()
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["retry-after"]) == (429, "busy", "1")
    for connection in held:
        connection.close()
    scoring.until(lambda: scoring.score().status_code == 200)


def test_a_burst_is_counted_before_it_is_worked_off(scoring: Service) -> None:
    """Scoring never waits, so requests that arrived together would else never be seen to be many."""
    body = msgspec.json.encode({"features": FEATURES})
    head = f"POST /score HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    burst = [socket.create_connection(("127.0.0.1", scoring.port)) for _ in range(200)]
    scoring.process.send_signal(signal.SIGSTOP)
    for connection in burst:
        connection.sendall(head.encode() + body)
    scoring.process.send_signal(signal.SIGCONT)
    statuses = Counter(connection.makefile("rb").readline().split()[1] for connection in burst)
    assert statuses.keys() == {b"200", b"429"}
    assert statuses[b"200"] >= 64


def test_a_body_that_does_not_come_in_time_is_not_waited_for(scoring: Service) -> None:
    with unfinished(scoring, "x-deadline-ms: 50") as connection:
        assert b" 503 " in connection.makefile("rb").readline()


def test_no_log_line_holds_a_value_of_a_request(registry: FolderRegistry, service: Service) -> None:
    registry.publish("v1")
    service.until(lambda: service.health()[2] == "v1")
    private = "Jane Roe of Reno"
    assert service.score(state=private).status_code == 200
    assert service.score(amount=private).status_code == 400
    assert service.http.post("/score", content=f'{{"{private}').status_code == 400
    assert service.http.get(f"/{private}").status_code == 404
    registry.publish("v2")
    service.until(lambda: service.health()[2] == "v2")
    service.process.terminate()
    lines = service.process.communicate(timeout=30)[0].splitlines()
    assert [json.loads(line)["version"] for line in lines if "champion served" in line] == ["v1", "v2"]
    assert {json.loads(line)["level"] for line in lines} == {"INFO"}
    assert private not in "".join(lines)
