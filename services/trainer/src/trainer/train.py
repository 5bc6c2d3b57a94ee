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

from trainer.boosting import to_onnx, unseen_inputs
from trainer.features import Definition, encode, features_of
from trainer.guard import refuse_leaks
from trainer.history import enough, read_history
from trainer.metrics import quality, threshold_of
from trainer.models import Models, fit_models, probabilities_of
from trainer.registry import register
from trainer.store import Store

#: The last days of the training time are kept back to measure on.
DAYS_KEPT_BACK = 365


class Training(msgspec.Struct):
    """What to train on."""

    csv: Path
    first: dt.date
    last: dt.date
    seed: int
    cost_ratio: float


def train(training: Training, definition: Definition, registry: Store, say: Callable[[str], None]) -> dict[str, Any]:
    """Train and register a version.

    Returns:
        ``version``, ``rows``, ``withoutOutcome``, and ``validation``: what a model trained on the earlier loans is
        worth on those of the last year (null if the earlier ones are too few).

    Raises:
        InputError: if there is too little to train on, a feature tells the outcome, or the export is not exact.
    """
    loans = read_history(training.csv, training.first, training.last)
    known, defaulted = loans.known, loans.defaulted
    period = f"{training.first} to {training.last}"
    say(f"{len(known)} loans of {period}, {100 * defaulted.mean():.1f} % charged off")
    features = features_of(known, definition)
    models = fit_models(features, defaulted, definition, training.seed)
    inputs = encode(features, models.encodings)
    separation = refuse_leaks(inputs, models.names, defaulted)
    say("no feature tells the outcome by itself")
    onnx = to_onnx(models.booster, unseen_inputs(inputs, training.seed), threshold_of(training.cost_ratio))
    say("model trained, and its export agrees with it")
    validation = _validate(training, definition, known["submittedAt"], features, defaulted)
    if validation is not None:
        say(f"trained without the last year, its AUC on the last year is {validation['model']['auc']}")

    manifest = {
        "features": msgspec.to_builtins(definition.features),
        "featuresVersion": definition.version,
        "encodings": msgspec.to_builtins(models.encodings),
        "training": {
            "rows": len(known),
            "from": training.first.isoformat(),
            "to": training.last.isoformat(),
            "dataSha256": _sha256(training.csv),
            "seed": training.seed,
        },
        "validation": validation,
        "aucOfEachFeatureAlone": separation,
    }
    version = register(registry, _files(models, onnx), manifest)
    say(f"registered as {version}")
    return {"version": version, "rows": len(known), "withoutOutcome": loans.without_outcome, "validation": validation}


def _validate(
    training: Training, definition: Definition, dates: pl.Series, features: pl.DataFrame, defaulted: np.ndarray
) -> dict[str, Any] | None:
    """Train on the earlier loans alone and measure on the last year: a split by time, as the model will be used.

    A random split would flatter: it lets the model see the time that it is measured on.
    """
    begin = training.last - dt.timedelta(days=DAYS_KEPT_BACK - 1)
    # The loans are in order of time.
    cut = int((dates < begin).sum())
    if not enough(defaulted[:cut]) or cut == len(defaulted):
        return None
    models = fit_models(features[:cut], defaulted[:cut], definition, training.seed)
    found = probabilities_of(models, encode(features[cut:], models.encodings))
    measured = {name: quality(p, defaulted[cut:], training.cost_ratio) for name, p in found.items()}
    return {"rows": len(defaulted) - cut, "from": begin.isoformat(), "to": training.last.isoformat(), **measured}


def _files(models: Models, onnx: bytes) -> dict[str, bytes]:
    return {
        "model.onnx": onnx,
        "model.txt": models.booster.model_to_string().encode(),
        "scorecard.json": msgspec.json.encode(models.scorecard),
        "policy.json": msgspec.json.encode(models.policy),
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
