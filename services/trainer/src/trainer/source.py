"""The registered version that a model is transferred from."""

from __future__ import annotations

import datetime as dt
import hashlib

import lightgbm as lgb
import msgspec

from trainer.features import Definition, Encoding, Feature
from trainer.loans import InputError
from trainer.registry import champion_of
from trainer.store import Store

#: Stands for the version that is champion at that moment.
CHAMPION = "champion"


class Source(msgspec.Struct):
    """A version, as far as a model can be made from it."""

    version: str
    #: Last day that it was trained on.
    trainedTo: dt.date
    features: list[Feature]
    encodings: list[Encoding]
    #: LightGBM's own text of the trees.
    model: str

    @property
    def booster(self) -> lgb.Booster:
        """Its trees."""
        return lgb.Booster(model_str=self.model)

    def fits(self, definition: Definition) -> bool:
        """Whether it was trained on the same features."""
        return self.features == definition.features


class _Training(msgspec.Struct):
    to: dt.date


class _Manifest(msgspec.Struct):
    features: list[Feature]
    encodings: list[Encoding]
    training: _Training
    files: dict[str, str]


def read_source(registry: Store, wanted: str) -> Source | None:
    """A version of a registry by its name, or its champion by ``champion``; None if it has no champion.

    Raises:
        InputError: if there is no such version, or if its trees are not those that were registered.
    """
    version = champion_of(registry) if wanted == CHAMPION else wanted
    if version is None:
        return None
    content = registry.read_if_there(f"{version}/manifest.json")
    if content is None:
        raise InputError(f"there is no version {version} to transfer from: list the versions to see which there are")
    manifest = msgspec.json.decode(content, type=_Manifest)
    model = registry.read(f"{version}/model.txt")
    if hashlib.sha256(model).hexdigest() != manifest.files["model.txt"]:
        raise InputError(f"model.txt of {version} is not the file that was registered: transfer from another version")
    return Source(version, manifest.training.to, manifest.features, manifest.encodings, model.decode())
