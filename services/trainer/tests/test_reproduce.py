"""A registered version can be made again from what it has recorded, and what is not the same is named."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from conftest import SAMPLE

from trainer.data import Data
from trainer.loans import InputError
from trainer.registry import promote
from trainer.reproduce import reproduce
from trainer.train import Training, Transfer, train


def quiet(_: str) -> None:
    """Progress is of no interest here."""


@pytest.fixture
def version(training, definition, registry) -> str:
    return train(training, definition, registry, quiet)["version"]


def test_a_version_is_made_again_with_every_number_of_its_card(version, registry) -> None:
    found = reproduce(version, registry, Data(SAMPLE), quiet)
    assert found["again"] == version
    assert found["numbers"] > 300


def test_one_that_was_measured_against_a_champion_and_a_source_is_too(definition, registry) -> None:
    earlier = Training(Data(SAMPLE), dt.date(1997, 1, 1), dt.date(2001, 12, 31), seed=7, cost_ratio=5.0)
    promote(registry, train(earlier, definition, registry, quiet)["version"])
    later = Training(Data(SAMPLE), dt.date(2002, 1, 1), dt.date(2006, 12, 31), seed=7, cost_ratio=5.0)
    later.transfer = Transfer(registry)
    result = train(later, definition, registry, quiet)
    assert "champion" in result["assessment"]["modelAgainst"]
    assert reproduce(result["version"], registry, Data(SAMPLE), quiet)["again"] == result["version"]


def test_a_number_that_was_altered_afterwards_is_named(version, registry) -> None:
    card = msgspec.json.decode(registry.read(f"{version}/card.json"))
    card["assessment"]["deciders"]["model"]["auc"] += 1e-12
    registry.write(f"{version}/card.json", msgspec.json.encode(card))
    with pytest.raises(InputError, match=r"other numbers at \.assessment\.deciders\.model\.auc$"):
        reproduce(version, registry, Data(SAMPLE), quiet)


def test_other_data_or_other_code_is_refused_before_anything_is_trained(version, registry, changed) -> None:
    with pytest.raises(InputError, match=r"the version was made of sha256:.*, and given is sha256:.*: give the same"):
        reproduce(version, registry, Data(changed(lambda row: {**row, "NoEmp": "7"})), quiet)
    manifest = msgspec.json.decode(registry.read(f"{version}/manifest.json"))
    manifest["lineage"]["codeSha256"] = "0" * 64
    registry.write(f"{version}/manifest.json", msgspec.json.encode(manifest))
    with pytest.raises(InputError, match=r"was made by code 000000000000, these are .*: check out the commit"):
        reproduce(version, registry, Data(SAMPLE), quiet)
