"""Compares the decisions that were made with what the scorecard and the policy rule would have made of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.features import Encoding, encode
from trainer.loans import InputError
from trainer.metrics import curves, quality
from trainer.policy import Node, apply_policy
from trainer.scorecard import Scorecard, score
from trainer.store import Store


class _Decision(msgspec.Struct):
    applicationId: str
    probability: float | None
    features: dict[str, Any]


class _Manifest(msgspec.Struct):
    encodings: list[Encoding]


def evaluate(registry: Store, version: str, decisions: Path, outcomes: Path, cost_ratio: float) -> dict[str, Any]:
    """Measure model, scorecard and policy rule on the decisions that have a probability and a known outcome.

    The model's probabilities are those in the records of the decisions; the baselines get the features in the same
    records, so all three saw the same.

    Returns:
        ``rows``, ``withoutProbability``, ``withoutOutcome``, ``baseRate`` and for each of ``model``, ``scorecard`` and
        ``policy`` its quality and curves.

    Raises:
        InputError: if no decision can be measured.
    """
    made = [msgspec.json.decode(line, type=_Decision) for line in decisions.read_bytes().splitlines() if line]
    ends = pl.read_csv(outcomes, schema_overrides={"applicationId": pl.String})
    known = dict(ends.select("applicationId", "defaulted").iter_rows())
    scored = [decision for decision in made if decision.probability is not None]
    measured = [decision for decision in scored if decision.applicationId in known]
    if not measured:
        raise InputError(f"none of the {len(made)} decisions has both a probability and a known outcome")
    defaulted = np.asarray([known[decision.applicationId] for decision in measured])
    manifest = msgspec.json.decode(registry.read(f"{version}/manifest.json"), type=_Manifest)
    features = pl.DataFrame([decision.features for decision in measured], infer_schema_length=None)
    inputs = encode(features, manifest.encodings)
    probabilities = {
        "model": np.asarray([decision.probability for decision in measured], dtype=float),
        "scorecard": score(msgspec.json.decode(registry.read(f"{version}/scorecard.json"), type=Scorecard), inputs),
        "policy": apply_policy(msgspec.json.decode(registry.read(f"{version}/policy.json"), type=list[Node]), inputs),
    }
    return {
        "rows": len(measured),
        "withoutProbability": len(made) - len(scored),
        "withoutOutcome": len(scored) - len(measured),
        "baseRate": float(defaulted.mean()),
        "costRatio": cost_ratio,
        **{name: {**quality(p, defaulted, cost_ratio), **curves(p, defaulted)} for name, p in probabilities.items()},
    }
