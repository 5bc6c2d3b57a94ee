"""Transfer: it is used where it is measured to be better, and only there."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest

from trainer.boosting import DEFAULTS, fit_boosting, to_onnx
from trainer.intervals import Interval
from trainer.loans import InputError
from trainer.segment import read_segment
from trainer.transfer import WAYS, Loans, adapt, choose, sample_efficiency

NAMES = ["a", "b", "c"]


def loans(rows: int, weights: list[float], base: float, seed: int) -> Loans:
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(rows, 3)).astype(np.float32)
    odds = inputs @ np.asarray(weights) + base
    return Loans(inputs, (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int))


@pytest.fixture(scope="module")
def source() -> lgb.Booster:
    known = loans(8000, [1.0, -1.0, 0.5], -1.0, seed=1)
    return fit_boosting(known.inputs, NAMES, known.defaulted, 7, DEFAULTS)


def quiet(_: str) -> None:
    """Progress is of no interest here."""


def test_of_a_segment_like_the_source_few_labels_are_enough(source) -> None:
    """The segment differs in its level alone: the head has two numbers to learn, scratch everything."""
    pool, later = (loans(300, [1.0, -1.0, 0.5], 0.5, seed) for seed in (2, 3))
    points = sample_efficiency(source, pool, later, NAMES, 7, quiet)
    assert [point.labels for point in points] == [50, 100, 200]
    assert points[0].chosen == "head"
    assert points[0].gain["head"].high < 0
    assert points[0].auc["head"].low > points[0].auc["scratch"].high


def test_of_a_segment_that_is_the_contrary_nothing_is_transferred(source) -> None:
    pool, later = (loans(600, [-1.0, 1.0, 3.0], 0.0, seed) for seed in (2, 3))
    assert sample_efficiency(source, pool, later, NAMES, 7, quiet)[-1].chosen == "scratch"


def test_every_way_ends_in_trees_that_export_exactly(source) -> None:
    target = loans(300, [1.0, -1.0, 0.5], 0.5, seed=2)
    for way in WAYS:
        assert to_onnx(adapt(way, source, target, NAMES, 7), target.inputs, 1 / 6)


def test_the_same_seed_gives_the_same_curves(source) -> None:
    pool, later = (loans(120, [1.0, -1.0, 0.5], 0.5, seed) for seed in (2, 3))
    assert sample_efficiency(source, pool, later, NAMES, 7, quiet) == sample_efficiency(
        source, pool, later, NAMES, 7, quiet
    )


def test_a_gain_that_may_be_chance_is_none() -> None:
    surely, perhaps = Interval(-0.02, -0.03, -0.01), Interval(-0.05, -0.11, 0.01)
    assert choose(lambda ours, _: surely if ours == "continued" else perhaps) == "continued"
    assert choose(lambda *_: perhaps) == "scratch"


def test_a_tie_between_two_that_are_better_goes_to_the_simpler() -> None:
    surely, perhaps = Interval(-0.02, -0.03, -0.01), Interval(-0.05, -0.11, 0.01)
    assert choose(lambda _, theirs: surely if theirs == "scratch" else perhaps) == "head"


def test_a_segment_is_named_by_features() -> None:
    features = pl.DataFrame({"state": ["CA", "CA", "NY", None], "sector": ["53", "44", "53", "53"]})
    assert read_segment("state=CA,sector=53").chosen(features).tolist() == [True, False, False, False]
    with pytest.raises(InputError, match="term is no feature"):
        read_segment("term=60").chosen(features)
    with pytest.raises(InputError, match="CA is no segment"):
        read_segment("CA")


def test_a_segment_that_is_too_small_is_said(source) -> None:
    small = loans(20, [1.0, -1.0, 0.5], 0.5, seed=2)
    with pytest.raises(InputError, match="the segment has 20 loans to learn from"):
        sample_efficiency(source, small, small, NAMES, 7, quiet)
