"""The champion's own judgement of the loans that a new version is measured on."""

from __future__ import annotations

import lightgbm as lgb
import msgspec
import numpy as np
import polars as pl

from trainer.features import Encoding, encode
from trainer.registry import champion_of
from trainer.store import Store


class _Manifest(msgspec.Struct):
    encodings: list[Encoding]


def champion_probabilities(registry: Store, features: pl.DataFrame) -> np.ndarray | None:
    """The champion's probabilities of default, shape (rows,); None if there is none, or if it needs other features.

    The champion may have been trained on these loans, which flatters it: a new version that beats it here does so
    in spite of that.
    """
    version = champion_of(registry)
    if version is None:
        return None
    manifest = msgspec.json.decode(registry.read(f"{version}/manifest.json"), type=_Manifest)
    if not {encoding.name for encoding in manifest.encodings} <= set(features.columns):
        return None
    booster = lgb.Booster(model_str=registry.read(f"{version}/model.txt").decode())
    return np.asarray(booster.predict(encode(features, manifest.encodings)))
