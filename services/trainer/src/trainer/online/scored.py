"""Loans of later years with the score that a model of earlier years gives them: what the replay of drift works on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.features import Definition, encode, features_of
from trainer.loans import between
from trainer.models import fit_models, probabilities_of
from trainer.online.known import read_with_knowledge


class Scoring(msgspec.Struct):
    """Which loans to learn from and which to score; days, all included."""

    csv: Path
    train_first: dt.date
    train_last: dt.date
    first: dt.date
    last: dt.date
    seed: int


def write_scored(scoring: Scoring, definition: Definition, out: Path) -> dict[str, Any]:
    """Train on the earlier loans and write those, and the later ones, with their scores.

    The model learns from the outcomes of its training years as the end of the data tells them: as good as a model of
    that time can be, and better than any that was.

    Returns:
        ``trained`` and ``scored``, numbers of loans. ``out`` is a CSV file in order of time: ``submittedAt``,
        ``knownAt``, ``defaulted`` (0 or 1), ``training`` (0 or 1), ``probability``, ``amount``, ``chargedOff`` (US
        dollars) and the features.
    """
    loans = between(read_with_knowledge(scoring.csv), scoring.train_first, scoring.last).collect()
    loans = loans.drop_nulls("defaulted")
    features = features_of(loans, definition)
    defaulted = loans["defaulted"].cast(pl.Int8).to_numpy()
    training = (loans["submittedAt"] <= scoring.train_last).to_numpy()
    models = fit_models(features.filter(pl.Series(training)), defaulted[training], definition, scoring.seed)
    probability = probabilities_of(models, encode(features, models.encodings))["model"]
    wanted = training | (loans["submittedAt"] >= scoring.first).to_numpy()
    loans.select("submittedAt", "knownAt", pl.col("defaulted").cast(pl.Int8)).with_columns(
        pl.Series("training", training.astype(np.int8)),
        pl.Series("probability", probability).round(6),
        loans["requestedAmount"],
        loans["chargedOff"],
    ).hstack(features.drop("amount").get_columns()).filter(pl.Series(wanted)).write_csv(out)
    return {"trained": int(training.sum()), "scored": int((wanted & ~training).sum())}
