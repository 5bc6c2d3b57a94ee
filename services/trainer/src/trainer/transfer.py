"""Transfer: a model for a small segment, made from one of other loans, where that is measured to be better.

Four ways, and all end in the same trees, so that export and reason codes stay as they are:

- ``scratch``: trained on the segment's loans alone;
- ``head``: the source's score frozen, a line on its log-odds learnt from the segment (two numbers);
- ``fine-tuned``: the source's trees, their leaves moved towards the segment;
- ``continued``: more trees, grown on what the source leaves unexplained in the segment.

**The rule.** The ways are compared in this order, from the simplest. A way takes the place of the best one before it
only if its Brier score on later loans of the segment is lower with 95 % confidence, paired: a tie goes to the simpler.
Brier, and not AUC alone, because decisions are made at a threshold: a rank that is right at a level that is wrong
decides wrongly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import lightgbm as lgb
import msgspec
import numpy as np
from sklearn.metrics import brier_score_loss, roc_auc_score

from trainer.boosting import DEFAULTS, ROUNDS, fit_boosting, parameters_of, single_precision
from trainer.calibration import calibrated, fit_calibration
from trainer.intervals import Interval, of_draws
from trainer.loans import InputError

Way = Literal["scratch", "head", "fine-tuned", "continued"]
#: The simplest first.
WAYS: tuple[Way, ...] = ("scratch", "head", "fine-tuned", "continued")

#: Numbers of labels that are measured.
LABELS = (50, 100, 200, 500, 1000, 2000)
#: Times that as many labels are drawn.
REPEATS = 10
#: Fewest loans of either outcome to learn from.
LEAST_OF_EACH = 5
#: How much of a leaf's value stays when it is fine-tuned on few loans.
DECAY = 0.9


class Loans(msgspec.Struct):
    """Encoded loans."""

    #: float32, shape (rows, features).
    inputs: np.ndarray
    #: 0 or 1, shape (rows,).
    defaulted: np.ndarray


class Point(msgspec.Struct):
    """What the ways are worth with one number of labels."""

    labels: int
    #: Mean over the draws, with its interval.
    auc: dict[Way, Interval]
    brier: dict[Way, Interval]
    #: Brier score less that of scratch, paired by draw; below 0 is better.
    gain: dict[Way, Interval]
    chosen: Way


def adapt(way: Way, source: lgb.Booster, target: Loans, names: list[str], seed: int) -> lgb.Booster:
    """A model of the segment, made in one of the ways."""
    makers: dict[Way, Callable[[], lgb.Booster]] = {
        "scratch": lambda: fit_boosting(target.inputs, names, target.defaulted, seed, DEFAULTS),
        "head": lambda: _head(source, target),
        "continued": lambda: _continued(source, target, names, seed),
        "fine-tuned": lambda: single_precision(source.refit(target.inputs, target.defaulted, decay_rate=DECAY)),
    }
    return makers[way]()


def _head(source: lgb.Booster, target: Loans) -> lgb.Booster:
    scores = np.asarray(source.predict(target.inputs))
    return calibrated(source, fit_calibration(scores, target.defaulted))


def _continued(source: lgb.Booster, target: Loans, names: list[str], seed: int) -> lgb.Booster:
    data = lgb.Dataset(target.inputs, target.defaulted, feature_name=names, free_raw_data=False)
    parameters = {**parameters_of(DEFAULTS, len(target.defaulted), seed), "learning_rate": 0.05}
    grown = lgb.train(parameters, data, num_boost_round=ROUNDS // 3, init_model=source)
    return single_precision(grown)


def sample_efficiency(
    source: lgb.Booster, pool: Loans, later: Loans, names: list[str], seed: int, say: Callable[[str], None]
) -> list[Point]:
    """Measure every way with more and more labels.

    Args:
        source: the model to transfer from, which has seen no loan of the segment.
        pool: loans of the segment that labels are drawn from.
        later: loans of the segment of a later time, to measure on.
        names: of the features.
        seed: of the draws.
        say: takes progress.

    Raises:
        InputError: if the segment is too small.
    """
    counts = [labels for labels in LABELS if labels <= len(pool.defaulted)]
    if not counts or min(later.defaulted.sum(), (1 - later.defaulted).sum()) < LEAST_OF_EACH:
        raise InputError(
            f"the segment has {len(pool.defaulted)} loans to learn from and {len(later.defaulted)} later ones: choose "
            f"a larger one, with {LABELS[0]} and {LEAST_OF_EACH} of each outcome"
        )
    points = []
    for labels in counts:
        points.append(_measure(source, pool, later, names, labels, seed))
        say(f"{labels} labels: {points[-1].chosen}")
    return points


def _measure(source: lgb.Booster, pool: Loans, later: Loans, names: list[str], labels: int, seed: int) -> Point:
    aucs: dict[Way, list[float]] = {way: [] for way in WAYS}
    briers: dict[Way, list[float]] = {way: [] for way in WAYS}
    for repeat in range(REPEATS):
        drawn = _draw(pool, labels, np.random.default_rng([seed, labels, repeat]))
        for way in WAYS:
            probabilities = np.asarray(adapt(way, source, drawn, names, seed).predict(later.inputs))
            aucs[way].append(float(roc_auc_score(later.defaulted, probabilities)))
            briers[way].append(float(brier_score_loss(later.defaulted, probabilities)))

    def above(ours: Way, theirs: Way) -> Interval:
        return of_draws(np.asarray(briers[ours]) - np.asarray(briers[theirs]))

    return Point(
        labels,
        {way: of_draws(np.asarray(each)) for way, each in aucs.items()},
        {way: of_draws(np.asarray(each)) for way, each in briers.items()},
        {way: above(way, "scratch") for way in WAYS[1:]},
        choose(above),
    )


def choose(above: Callable[[Way, Way], Interval]) -> Way:
    """The way to use, by the rule above.

    Args:
        above: the Brier score of the first way less that of the second, on the same loans.
    """
    best = WAYS[0]
    for way in WAYS[1:]:
        if above(way, best).high < 0:
            best = way
    return best


def _draw(pool: Loans, labels: int, random: np.random.Generator) -> Loans:
    """So many loans at random, with a few of each outcome whatever the chance."""
    bad, good = (random.permutation(np.flatnonzero(pool.defaulted == outcome)) for outcome in (1, 0))
    share = round(labels * len(bad) / len(pool.defaulted))
    of_bad = min(max(share, LEAST_OF_EACH), len(bad))
    chosen = np.concatenate([bad[:of_bad], good[: labels - of_bad]])
    return Loans(pool.inputs[chosen], pool.defaulted[chosen])
