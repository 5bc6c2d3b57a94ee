"""Processor time of one score, in microseconds: the bare runtime, and the same with the service's own encoding.

Prints a JSON object. Run in the model service's environment, as it measures that service's class.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from model_service.model import Model
from model_service.registry import Registry
from model_service.signature import SigningKey

ROUNDS, ROWS = 30, 200


def main(registry: str, key: str, bodies: Path) -> None:
    """Measure on the features of real applications."""
    opened = Registry(registry, SigningKey(key))
    champion = opened.champion()
    if champion is None:
        raise SystemExit(f"{registry} has no champion")
    model = Model.load(opened, champion)
    features = [each["features"] for each in msgspec.json.decode(bodies.read_bytes())][:ROWS]
    rows = [model.encode(each) for each in features]
    run = model._session.run
    subjects: dict[str, Callable[[int], object]] = {
        "onnxruntime": lambda i: run(["probabilities"], {"input": rows[i]}),
        "encode and score": lambda i: model.probability(model.encode(features[i])),
        "encode, score and explain": lambda i: (model.probability(rows[i]), model.reasons(model.encode(features[i]))),
    }
    print(json.dumps({name: _microseconds(subject, len(rows)) for name, subject in subjects.items()}))


def _microseconds(subject: Callable[[int], object], count: int) -> float:
    """Median over rounds of the mean over rows."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        for i in range(count):
            subject(i)
        found.append((time.process_time_ns() - began) / count / 1000)
    return sorted(found)[ROUNDS // 2]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
