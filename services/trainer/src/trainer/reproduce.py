"""Makes a registered version again, from nothing but what its manifest has recorded, and compares every number.

A version's name is a digest of its files and of its manifest, in which data snapshot, code, environment, seed and
hyper-parameters are: the same name means the same model to the bit. The measurements in its card are compared too, but
for those of the champion of that day, which is part of no version.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from typing import Any

import msgspec

from trainer.boosting import HyperParameters
from trainer.features import Definition, Feature
from trainer.lineage import Lineage, code_digest, environment_digest
from trainer.loans import InputError
from trainer.source import CHAMPION
from trainer.store import Store
from trainer.train import Data, Training, Transfer, train


class _Period(msgspec.Struct, rename={"first": "from", "last": "to"}):
    first: dt.date
    last: dt.date
    segment: dict[str, str]
    costRatio: float


class _Transfer(msgspec.Struct):
    source: str | None


class _Manifest(msgspec.Struct):
    features: list[Feature]
    featuresVersion: int
    lineage: Lineage
    hyperParameters: HyperParameters
    training: _Period
    transfer: _Transfer | None


def reproduce(version: str, registry: Store, data: Data, say: Callable[[str], None]) -> dict[str, Any]:
    """Make a version again in a folder that is thrown away.

    Args:
        version: its name.
        registry: where it is.
        data: where its data are: the file, or the table; the snapshot is the recorded one.
        say: takes progress.

    Returns:
        ``version``, ``again`` (the name of what was made now) and ``numbers``, how many of its card were compared.

    Raises:
        InputError: names what differs, of what it is made of or in what has come out.
    """
    manifest = msgspec.json.decode(registry.read(f"{version}/manifest.json"), type=_Manifest)
    _require_same(version, manifest.lineage)
    with tempfile.TemporaryDirectory() as folder:
        made = Store(f"file://{folder}")
        definition = Definition(manifest.featuresVersion, manifest.features)
        training = _training(manifest, registry, made, data)
        again = train(training, definition, made, say)["version"]
        recorded, now = (_numbers(store, name) for store, name in ((registry, version), (made, again)))
    different = sorted(name for name in recorded.keys() | now.keys() if recorded.get(name) != now.get(name))
    if again != version or different:
        raise InputError(
            f"{version} was not reproduced but {again}, with other numbers at {', '.join(different[:5]) or 'no place'}"
        )
    say(f"{version} was made again: {len(now)} numbers of its card are the same")
    return {"version": version, "again": again, "numbers": len(now)}


def _training(manifest: _Manifest, registry: Store, nothing: Store, data: Data) -> Training:
    period, recorded = manifest.training, manifest.lineage.dataSnapshot
    kind, _, name = recorded.partition(":")
    if kind == "iceberg":
        data = Data(table=data.table, snapshot=int(name))
    training = Training(data, period.first, period.last, manifest.lineage.seed, period.costRatio)
    if data.id != recorded:
        raise InputError(f"the version was made of {recorded}, and given is {data.id}: give the same data")
    training.chosen, training.segment = manifest.hyperParameters, period.segment
    if manifest.transfer is not None:
        source = manifest.transfer.source
        training.transfer = Transfer(registry, source) if source else Transfer(nothing, CHAMPION)
    return training


def _require_same(version: str, recorded: Lineage) -> None:
    for what, then, now, remedy in (
        ("code", recorded.codeSha256, code_digest(), "check out the commit that it was made by"),
        ("packages", recorded.environmentSha256, environment_digest(), "install those of that commit's uv.lock"),
    ):
        if then != now:
            raise InputError(f"{version} was made by {what} {then[:12]}, these are {now[:12]}: {remedy}")


def _numbers(registry: Store, version: str) -> dict[str, Any]:
    """All values of a version's card by their place, but for those of the champion."""
    card = msgspec.json.decode(registry.read(f"{version}/card.json"))
    return {place: value for place, value in _places(card) if ".champion." not in place}


def _places(content: Any, place: str = "") -> list[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(content, dict):
        inner = content.items()
    elif isinstance(content, list):
        inner = enumerate(content)
    else:
        return [(place, content)]
    return [found for name, each in inner for found in _places(each, f"{place}.{name}")]
