"""Trains the model, the scorecard and the policy rule on the same loans, and registers them as one version."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.boosting import fit_boosting, to_onnx
from trainer.features import Definition, encode, features_of, fit_encoding
from trainer.guard import refuse_leaks
from trainer.loans import InputError, between, read_loans
from trainer.metrics import quality, threshold_of
from trainer.policy import apply_policy, fit_policy
from trainer.registry import Registry, register
from trainer.scorecard import fit_scorecard, score

#: Fewest loans to train on, and fewest of each outcome.
LEAST_ROWS, LEAST_OF_EACH = 100, 20


class Training(msgspec.Struct):
    """What to train on."""

    csv: Path
    first: dt.date
    last: dt.date
    seed: int
    cost_ratio: float


def train(training: Training, definition: Definition, registry: Registry, say: Callable[[str], None]) -> dict[str, Any]:
    """Train and register a version.

    Returns:
        ``version``, ``rows``, ``withoutOutcome``, and the ``metrics`` on the training loans.

    Raises:
        InputError: if there is too little to train on, or a feature tells the outcome.
    """
    loans = between(read_loans(training.csv), training.first, training.last).collect()
    known = loans.drop_nulls("defaulted")
    defaulted = known["defaulted"].cast(pl.Int8).to_numpy()
    period = f"{training.first} to {training.last}"
    if len(known) < LEAST_ROWS or not LEAST_OF_EACH <= defaulted.sum() <= len(defaulted) - LEAST_OF_EACH:
        raise InputError(
            f"{training.csv} has {len(known)} loans of {period} with an outcome, {int(defaulted.sum())} of them "
            f"charged off: at least {LEAST_ROWS} are needed, and {LEAST_OF_EACH} of each outcome"
        )
    say(f"{len(known)} loans of {period}, {100 * defaulted.mean():.1f} % charged off")
    features = features_of(known, definition)
    encodings = fit_encoding(features, defaulted, definition)
    inputs, names = encode(features, encodings), [encoding.name for encoding in encodings]
    separation = refuse_leaks(inputs, names, defaulted)
    say("no feature tells the outcome by itself")

    booster = fit_boosting(inputs, names, defaulted, training.seed)
    onnx = to_onnx(booster, inputs[:: max(1, len(inputs) // 5000)], threshold_of(training.cost_ratio))
    say("model trained, and its export agrees with it")
    scorecard = fit_scorecard(inputs, names, defaulted)
    policy = fit_policy(inputs, defaulted)
    files = {
        "model.onnx": onnx,
        "model.txt": booster.model_to_string().encode(),
        "scorecard.json": msgspec.json.encode(scorecard),
        "policy.json": msgspec.json.encode(policy),
    }
    metrics = {
        name: quality(probabilities, defaulted, training.cost_ratio)
        for name, probabilities in {
            "model": np.asarray(booster.predict(inputs)),
            "scorecard": score(scorecard, inputs),
            "policy": apply_policy(policy, inputs),
        }.items()
    }
    manifest = {
        "features": msgspec.to_builtins(definition.features),
        "featuresVersion": definition.version,
        "encodings": msgspec.to_builtins(encodings),
        "training": {
            "rows": len(known),
            "from": training.first.isoformat(),
            "to": training.last.isoformat(),
            "dataSha256": _sha256(training.csv),
            "seed": training.seed,
        },
        "trainingMetrics": metrics,
        "aucOfEachFeatureAlone": separation,
    }
    version = register(registry, files, manifest)
    say(f"registered as {version}")
    without_outcome = len(loans) - len(known)
    return {"version": version, "rows": len(known), "withoutOutcome": without_outcome, "metrics": metrics}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
