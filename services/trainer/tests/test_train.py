from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import numpy as np
import onnxruntime as ort
import polars as pl
import pytest
from conftest import SAMPLE

from trainer.boosting import DEFAULTS, fit_boosting, require_agreement, to_onnx
from trainer.features import encode, features_of, fit_encoding
from trainer.loans import InputError, between, read_loans
from trainer.policy import Node, apply_policy
from trainer.registry import promote
from trainer.scorecard import Bins, Scorecard, score
from trainer.train import train


def quiet(_: str) -> None:
    """Progress is of no interest here."""


def test_the_same_data_and_seed_give_the_same_version(training, definition, registry) -> None:
    first = train(training, definition, registry, quiet)
    assert train(training, definition, registry, quiet)["version"] == first["version"]
    training.seed = 8
    assert train(training, definition, registry, quiet)["version"] != first["version"]


def test_a_version_is_whole_and_its_champion_points_to_it(training, definition, registry) -> None:
    version = train(training, definition, registry, quiet)["version"]
    promote(registry, version)
    manifest_bytes = registry.read(f"{version}/manifest.json")
    manifest = msgspec.json.decode(manifest_bytes)
    for name, digest in manifest["files"].items():
        assert hashlib.sha256(registry.read(f"{version}/{name}")).hexdigest() == digest
    model = {"model.onnx", "model.txt", "scorecard.json", "policy.json", "reference.json"}
    assert set(manifest["files"]) == {*model, "card.json", "card.md"}
    champion = msgspec.json.decode(registry.read("champion.json"))
    assert champion["manifestSha256"] == hashlib.sha256(manifest_bytes).hexdigest()


def test_training_sees_only_its_own_years(training, definition, registry) -> None:
    loans = between(read_loans(SAMPLE), training.first, training.last).collect()
    assert train(training, definition, registry, quiet)["rows"] == loans["defaulted"].drop_nulls().len()


def test_a_version_is_measured_on_a_year_that_it_was_not_trained_on(training, definition, registry) -> None:
    result = train(training, definition, registry, quiet)
    loans = between(read_loans(SAMPLE), dt.date(2003, 1, 1), training.last).collect().drop_nulls("defaulted")
    assert result["assessment"]["rows"] == len(loans)
    assert result["assessment"]["from"] == str(loans["submittedAt"][0])
    deciders = result["assessment"]["deciders"]
    assert {0 < deciders[name]["cost"] < 5 for name in ("model", "scorecard", "policy")} == {True}
    # The one year before it is too little to train on.
    training.first = dt.date(2002, 1, 1)
    assert train(training, definition, registry, quiet)["assessment"] is None


def test_what_was_registered_stays_what_a_champion_was_promoted_with(training, definition, registry) -> None:
    version = train(training, definition, registry, quiet)["version"]
    registered = registry.read(f"{version}/manifest.json")
    training.cost_ratio = 4.0
    assert train(training, definition, registry, quiet)["version"] != version
    training.cost_ratio = 5.0
    assert train(training, definition, registry, quiet)["version"] == version
    assert registry.read(f"{version}/manifest.json") == registered


def test_too_little_to_train_on_is_said(training, definition, registry) -> None:
    training.last = training.first
    with pytest.raises(InputError, match="at least 100 are needed"):
        train(training, definition, registry, quiet)


def test_the_exported_model_agrees_on_every_threshold(training, definition) -> None:
    """Inputs that sit on the thresholds are where single precision would send a row the other way."""
    loans = between(read_loans(SAMPLE), training.first, training.last).collect().drop_nulls("defaulted")
    defaulted = loans["defaulted"].cast(pl.Int8).to_numpy()
    features = features_of(loans, definition)
    encodings = fit_encoding(features, defaulted, definition)
    inputs = encode(features, encodings)
    booster = fit_boosting(inputs, [each.name for each in encodings], defaulted, 7, DEFAULTS)
    session = ort.InferenceSession(to_onnx(booster, inputs, 1 / 6))
    got = np.asarray(session.run(["probabilities"], {"input": inputs})[0])[:, 1]
    np.testing.assert_allclose(got, np.asarray(booster.predict(inputs)), atol=1e-5)


@pytest.mark.parametrize("off", [2e-5, 2e-6])
def test_an_exported_model_that_differs_is_refused(off: float) -> None:
    want = np.array([0.1, 0.3])
    with pytest.raises(InputError, match="differs from the original"):
        require_agreement(want + off, want, threshold=0.1 + 1e-6)
    require_agreement(want + 2e-6, want, threshold=0.2)


def test_an_unknown_category_and_a_missing_value_are_told_from_every_known_one(definition, training) -> None:
    loans = read_loans(SAMPLE).collect().drop_nulls("defaulted")
    features = features_of(loans, definition)
    encodings = fit_encoding(features, loans["defaulted"].cast(pl.Int8).to_numpy(), definition)
    row = features.head(1).with_columns(pl.lit("XX").alias("state"), pl.lit(None, pl.Boolean).alias("franchise"))
    names = [each.name for each in encodings]
    encoded = dict(zip(names, encode(row, encodings)[0], strict=True))
    assert encoded["state"] == -1
    assert encoded["franchise"] == -1
    assert encode(features, encodings)[:, names.index("state")].min() >= 0


def test_a_scorecard_adds_the_points_of_each_bin() -> None:
    card = Scorecard(-1.0, [Bins("a", [10.0], [0.5, -0.5]), Bins("b", [], [0.25])])
    np.testing.assert_allclose(
        score(card, np.array([[10.0, 3.0], [11.0, 3.0]])), 1 / (1 + np.exp([0.25, 1.25])), rtol=1e-12
    )


def test_a_policy_asks_its_questions_in_turn() -> None:
    tree = [Node(0.3, 0, 1.0, 1, 4), Node(0.2, 1, 5.0, 2, 3), Node(0.1), Node(0.25), Node(0.6)]
    inputs = np.array([[0.0, 5.0], [0.0, 6.0], [2.0, 0.0]])
    assert apply_policy(tree, inputs).tolist() == [0.1, 0.25, 0.6]
