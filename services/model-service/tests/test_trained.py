"""The service with a model that the trainer made of real loans: both must understand the registry alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import lightgbm as lgb
import msgspec
import numpy as np
import pytest
from conftest import FolderRegistry, Service
from trainer.data import Data
from trainer.features import Encoding, encode, features_of, read_definition
from trainer.loans import read_loans
from trainer.registry import promote
from trainer.store import Store
from trainer.train import Training, train

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "test/data/loans-sample.csv"


def test_it_gives_the_probabilities_and_the_reasons_of_the_trees(registry: FolderRegistry, service: Service) -> None:
    definition = read_definition(ROOT / "schemas/features.json")
    training = Training(
        Data(SAMPLE),
        dt.date(1997, 1, 1),
        dt.date(2003, 12, 31),
        seed=7,
        cost_ratio=5.0,
        signing_key=f"file://{registry.private_key}",
    )
    trained = Store(registry.address)
    version = train(training, definition, trained, lambda _: None)["version"]
    promote(trained, version)
    service.until(lambda: service.health() == (200, "ready", version))

    features = features_of(read_loans(SAMPLE).collect(), definition)
    manifest = msgspec.json.decode(trained.read(f"{version}/manifest.json"))
    inputs = encode(features, msgspec.convert(manifest["encodings"], list[Encoding]))
    trees = lgb.Booster(model_str=trained.read(f"{version}/model.txt").decode())
    probabilities = np.asarray(trees.predict(inputs))
    contributions = np.asarray(trees.predict(inputs, pred_contrib=True))[:, :-1]
    for row, sent in enumerate(features.iter_rows(named=True)):
        answer = service.http.post("/score", json={"features": sent, "explainAbove": 0}).json()
        assert answer["probability"] == pytest.approx(probabilities[row], abs=1e-5)
        expected = sorted((c, n) for c, n in zip(contributions[row], features.columns, strict=True) if c > 0)[:-5:-1]
        assert [(each["contribution"], each["feature"]) for each in answer["reasons"]] == [
            (pytest.approx(contribution, abs=1e-6), name) for contribution, name in expected
        ]
