"""What the figures of a report mean, against independent calculations of the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, roc_auc_score

from trainer.assess import Rows, assess
from trainer.boosting import DEFAULTS, fit_boosting, to_onnx
from trainer.calibration import Calibration, calibrated, choose_calibration, fit_calibration
from trainer.intervals import paired_differences, share
from trainer.metrics import quality


@pytest.fixture
def outcomes() -> tuple[np.ndarray, np.ndarray]:
    """True probabilities of 4,000 loans, and what became of them."""
    random = np.random.default_rng(3)
    probabilities = random.beta(2, 8, 4000)
    return probabilities, (random.random(4000) < probabilities).astype(int)


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 10), (10, 10), (400, 1000)])
def test_a_shares_interval_is_wilsons(count: int, of: int) -> None:
    expected = binomtest(count, of).proportion_ci(0.95, method="wilson")
    found = share(count, of)
    assert (found.value, found.low, found.high) == pytest.approx((count / of, expected.low, expected.high), abs=1e-6)


def test_differences_are_those_of_the_measures_themselves(outcomes) -> None:
    ours, defaulted = outcomes
    theirs = np.round(ours, 1)  # with many ties
    found = paired_differences(ours, theirs, defaulted, 5.0, seed=1)
    assert found["auc"].value == pytest.approx(roc_auc_score(defaulted, ours) - roc_auc_score(defaulted, theirs))
    assert found["brier"].value == pytest.approx(
        brier_score_loss(defaulted, ours) - brier_score_loss(defaulted, theirs)
    )
    first, second = (quality(p, defaulted, 5.0) for p in (ours, theirs))
    for name in ("error", "cost"):
        assert found[name].value == pytest.approx((first[name] or 0) - (second[name] or 0))
    assert all(each.low <= each.value <= each.high for each in found.values())


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """The Brier score of one decider that is right against one that is 0.05 too high: the difference is -0.0025."""
    random = np.random.default_rng(5)
    held = 0
    for seed in range(60):
        p = random.beta(2, 8, 800)
        found = paired_differences(p, p + 0.05, (random.random(800) < p).astype(int), 5.0, seed)["brier"]
        held += found.low <= -0.0025 <= found.high
    assert 52 <= held <= 60


def test_equal_deciders_do_not_differ(outcomes) -> None:
    p, defaulted = outcomes
    assert {(each.low, each.high) for each in paired_differences(p, p, defaulted, 5.0, 1).values()} == {(0.0, 0.0)}


def test_a_report_is_told_by_year_and_by_group(outcomes) -> None:
    p, defaulted = outcomes
    years = np.repeat([2001, 2002], [2500, 1500])
    sector = pl.Series(["44"] * 3000 + ["72"] * 970 + [None] * 30)
    report = assess({"model": p, "policy": np.full(4000, 0.2)}, Rows(defaulted, years, {"sector": sector}), 5.0, seed=1)
    assert report["rows"] == 4000
    assert [(each["year"], each["rows"]) for each in report["years"]] == [(2001, 2500), (2002, 1500)]
    assert report["modelAgainst"]["policy"]["cost"]["high"] < 0
    groups = report["groups"]["sector"]
    assert [each["group"] for each in groups] == ["44", "72"]
    declined = p >= 1 / 6
    first = groups[0]
    assert first["approved"]["value"] == pytest.approx(1 - declined[:3000].mean())
    assert first["wrong"]["value"] == pytest.approx((declined != (defaulted == 1))[:3000].mean())
    assert first["goodDeclined"]["value"] == pytest.approx(declined[:3000][defaulted[:3000] == 0].mean())


def test_a_calibration_finds_back_what_was_bent(outcomes) -> None:
    p, defaulted = outcomes
    bent = Calibration(0.5, 0.7).apply(p)
    found = fit_calibration(bent, defaulted)
    assert (found.slope, found.intercept) == (pytest.approx(2.0, abs=0.25), pytest.approx(-1.4, abs=0.15))


def test_a_calibration_is_used_only_where_it_has_helped(outcomes) -> None:
    p, defaulted = outcomes
    half = len(p) // 2
    years = [(slice(None, half)), slice(half, None)]
    before, last = ((Calibration(1.0, 1.0).apply(p)[year], defaulted[year]) for year in years)
    assert choose_calibration(before, last, 5.0, seed=1).used is not None
    # The rate has moved on: what was too high a year ago is right now.
    before, last = (Calibration(1.0, 1.0).apply(p)[:half], defaulted[:half]), (p[half:], defaulted[half:])
    choice = choose_calibration(before, last, 5.0, seed=1)
    assert choice.used is None
    assert choice.brier.low > 0


def test_calibrated_trees_give_calibrated_probabilities_and_export_exactly() -> None:
    random = np.random.default_rng(2)
    inputs = random.random((3000, 3)).astype(np.float32)
    defaulted = (random.random(3000) < inputs[:, 0] * 0.5).astype(int)
    booster = fit_boosting(inputs, ["a", "b", "c"], defaulted, 7, DEFAULTS)
    calibration = Calibration(0.8, -0.3)
    adjusted = calibrated(booster, calibration)
    raw = np.asarray(booster.predict(inputs))
    np.testing.assert_allclose(np.asarray(adjusted.predict(inputs)), calibration.apply(raw), atol=1e-12)
    contributions = np.asarray(booster.predict(inputs, pred_contrib=True))[:, :-1]
    np.testing.assert_allclose(
        np.asarray(adjusted.predict(inputs, pred_contrib=True))[:, :-1], 0.8 * contributions, atol=1e-9
    )
    assert to_onnx(adjusted, inputs, 1 / 6)
