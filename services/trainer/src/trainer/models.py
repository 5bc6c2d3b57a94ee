"""The three ways to tell a default that compete: the model, the scorecard and the policy rule, fitted alike."""

from __future__ import annotations

import lightgbm as lgb
import msgspec
import numpy as np
import polars as pl

from trainer.boosting import DEFAULTS, HyperParameters, fit_boosting
from trainer.features import Definition, Encoding, encode, fit_encoding
from trainer.policy import Node, apply_policy, fit_policy
from trainer.scorecard import Scorecard, fit_scorecard, score


class Models(msgspec.Struct):
    """All that was learnt from the same loans."""

    encodings: list[Encoding]
    booster: lgb.Booster
    scorecard: Scorecard
    policy: list[Node]

    @property
    def names(self) -> list[str]:
        """The features, in the order of the models' input."""
        return [encoding.name for encoding in self.encodings]


def fit_models(
    features: pl.DataFrame,
    defaulted: np.ndarray,
    definition: Definition,
    seed: int,
    chosen: HyperParameters = DEFAULTS,
) -> Models:
    """Learn the encoding of the features, and from the encoded features each of the three.

    Args:
        features: a row for each loan.
        defaulted: 0 or 1, shape (rows,).
        definition: of the features.
        seed: of every random choice.
        chosen: hyper-parameters of the boosted trees.
    """
    encodings = fit_encoding(features, defaulted, definition)
    inputs, names = encode(features, encodings), [encoding.name for encoding in encodings]
    return Models(
        encodings,
        fit_boosting(inputs, names, defaulted, seed, chosen),
        fit_scorecard(inputs, names, defaulted),
        fit_policy(inputs, defaulted),
    )


def probabilities_of(models: Models, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Probabilities of default by ``model``, ``scorecard`` and ``policy``, each of shape (rows,)."""
    return {
        "model": np.asarray(models.booster.predict(inputs)),
        "scorecard": score(models.scorecard, inputs),
        "policy": apply_policy(models.policy, inputs),
    }
