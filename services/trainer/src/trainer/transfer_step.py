"""The step that makes a run's models from a registered version, where that is measured to be better than scratch.

All ways learn from the loans before the last year but one, and are measured on that year; the rule of ``transfer``
chooses. The last year stays unseen by the choice: what the chosen way is worth is measured there, by the steps after.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.backtest import Fit, Year, before, year_back
from trainer.boosting import HyperParameters
from trainer.efficiency import plot_efficiency
from trainer.features import encode
from trainer.intervals import Interval, paired_differences
from trainer.metrics import quality
from trainer.models import Models, fit_models
from trainer.policy import fit_policy
from trainer.prepared import Prepared, Say, read_prepared, write_json
from trainer.scorecard import fit_scorecard
from trainer.source import Source, read_source
from trainer.store import Store
from trainer.transfer import LEAST_OF_EACH, WAYS, Loans, Way, adapt, choose, sample_efficiency


class Transferred(msgspec.Struct):
    """How a run's models are made, and on what ground."""

    way: Way
    reason: str
    #: The version that they were, or could have been, made from.
    source: str | None = None
    #: What was compared; null where nothing could be.
    measured: dict[str, Any] | None = None

    @property
    def parent(self) -> str | None:
        """The version that they are made from."""
        return None if self.way == "scratch" else self.source


def transfer(run: Store, registry: Store, wanted: str, say: Say) -> None:
    """Choose a way, and make the run's models by it.

    Args:
        run: the run's folder.
        registry: of the source.
        wanted: the source's version, or ``champion``.
        say: takes progress.

    Raises:
        InputError: if there is no such version.
    """
    prepared = read_prepared(run)
    source, year = read_source(registry, wanted), year_back(prepared, 2)
    obstacle = _obstacle(prepared, source, year)
    if obstacle is None:
        assert source and year
        found = _measure(run, prepared, source, year, say)
    else:
        found = Transferred("scratch", obstacle, source.version if source else None)
    write_json(run, "source.json", source)
    write_json(run, "transfer.json", found)
    write_models(run, fit_of(run, prepared)(prepared.features, prepared.defaulted))
    say(f"{found.way}: {found.reason}")


def read_transferred(run: Store) -> Transferred | None:
    """What the step has chosen; None in a run without it."""
    content = run.read_if_there("transfer.json")
    return None if content is None else msgspec.json.decode(content, type=Transferred)


def comparable_source(run: Store) -> Source | None:
    """The source, where it knows nothing of this run's loans."""
    found = read_transferred(run)
    return (
        None if found is None or found.measured is None else msgspec.json.decode(run.read("source.json"), type=Source)
    )


def fit_of(run: Store, prepared: Prepared) -> Fit:
    """How this run's models are made: in the way that was chosen, or from scratch in a run without the step."""
    found, source = read_transferred(run), comparable_source(run)
    if found is None or source is None:
        return fit_from_scratch(run, prepared)
    return _fit_in(found.way, source, run, prepared)


def fit_from_scratch(run: Store, prepared: Prepared) -> Fit:
    """Training on the run's loans alone, with the hyper-parameters that its search has found."""
    chosen = msgspec.json.decode(run.read("parameters.json"), type=HyperParameters)
    definition, seed = prepared.definition, prepared.plan.seed
    return lambda features, defaulted: fit_models(features, defaulted, definition, seed, chosen)


def _fit_in(way: Way, source: Source, run: Store, prepared: Prepared) -> Fit:
    if way == "scratch":
        return fit_from_scratch(run, prepared)
    return lambda features, defaulted: _adapted(way, source, features, defaulted, prepared.plan.seed)


def write_models(run: Store, models: Models) -> None:
    """Leave models for the steps after."""
    write_json(run, "encodings.json", models.encodings)
    run.write("uncalibrated.txt", models.booster.model_to_string().encode())
    write_json(run, "scorecard.json", models.scorecard)
    write_json(run, "policy.json", models.policy)


def _adapted(way: Way, source: Source, features: pl.DataFrame, defaulted: np.ndarray, seed: int) -> Models:
    """The source's trees made the segment's; scorecard and policy rule learn from the segment, in its encoding."""
    inputs, names = encode(features, source.encodings), [encoding.name for encoding in source.encodings]
    booster = adapt(way, source.booster, Loans(inputs, defaulted), names, seed)
    return Models(source.encodings, booster, fit_scorecard(inputs, names, defaulted), fit_policy(inputs, defaulted))


def _obstacle(prepared: Prepared, source: Source | None, year: Year | None) -> str | None:
    """Why no transfer can be measured; None if one can."""
    if source is None:
        return "there is no champion to transfer from"
    if not source.fits(prepared.definition):
        return f"{source.version} was trained on other features"
    if source.trainedTo >= prepared.plan.first:
        return f"{source.version} was trained on loans to {source.trainedTo}: it knows how loans of this training ended"
    if year is None or _fewest(prepared.defaulted[year.begin : year.end]) < LEAST_OF_EACH:
        return "the loans before the last two years, or in the first of them, are too few to measure on"
    return None


def _measure(run: Store, prepared: Prepared, source: Source, year: Year, say: Say) -> Transferred:
    plan, features = prepared.plan, prepared.features[year.begin : year.end]
    defaulted = prepared.defaulted[year.begin : year.end]

    def predict(way: Way) -> np.ndarray:
        models = before(prepared, year, _fit_in(way, source, run, prepared))
        return np.asarray(models.booster.predict(encode(features, models.encodings)))

    def differences(ours: Way, theirs: Way) -> dict[str, Interval]:
        return paired_differences(predicted[ours], predicted[theirs], defaulted, plan.costRatio, plan.seed)

    predicted = {way: predict(way) for way in WAYS}
    way = choose(lambda ours, theirs: differences(ours, theirs)["brier"])
    gain = {each: differences(each, "scratch") for each in WAYS[1:]}
    as_it_is = np.asarray(source.booster.predict(encode(features, source.encodings)))
    _curves(run, prepared, source, year, say)
    measured = {
        "segment": plan.segment,
        "labels": year.begin,
        "rows": year.end - year.begin,
        "from": str(prepared.dates[year.begin]),
        "to": str(prepared.dates[year.end - 1]),
        "ways": {each: quality(p, defaulted, plan.costRatio) for each, p in predicted.items()},
        "sourceAsItIs": quality(as_it_is, defaulted, plan.costRatio),
        "againstScratch": msgspec.to_builtins(gain),
    }
    return Transferred(way, _reason(way, gain, year), source.version, measured)


def _curves(run: Store, prepared: Prepared, source: Source, year: Year, say: Say) -> None:
    """Leave the sample-efficiency curves: what each way is worth with fewer labels."""
    inputs = encode(prepared.features[: year.end], source.encodings)
    pool = Loans(inputs[: year.begin], prepared.defaulted[: year.begin])
    later = Loans(inputs[year.begin :], prepared.defaulted[year.begin : year.end])
    names = [encoding.name for encoding in source.encodings]
    points = sample_efficiency(source.booster, pool, later, names, prepared.plan.seed, say)
    write_json(run, "transfer/efficiency.json", points)
    run.write("transfer/efficiency.svg", plot_efficiency(points))


def _reason(way: Way, gain: dict[Way, dict[str, Interval]], year: Year) -> str:
    on = f"on {year.end - year.begin} later loans, with {year.begin} labels"
    if way == "scratch":
        return f"no transfer has a lower Brier score than training from scratch with 95 % confidence, {on}"
    brier = gain[way]["brier"]
    return f"its Brier score is {brier.value:.4f} [{brier.low:.4f}, {brier.high:.4f}] from that of scratch, {on}"


def _fewest(defaulted: np.ndarray) -> int:
    bad = int(defaulted.sum())
    return min(bad, len(defaulted) - bad)
