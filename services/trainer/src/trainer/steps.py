"""The steps from a history of loans to a registered version. Each reads what the ones before left in the run's folder.

A step may be run again at any time: it overwrites its own results with the same.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import msgspec
import numpy as np
import polars as pl

from trainer.assess import MODEL, Rows, assess, groups_of
from trainer.boosting import HyperParameters, to_onnx, unseen_inputs
from trainer.calibration import calibrated, choose_calibration
from trainer.champion import champion_probabilities
from trainer.features import Definition, Encoding, encode, features_of, fit_encoding
from trainer.guard import refuse_leaks
from trainer.history import History, enough
from trainer.lineage import lineage
from trainer.metrics import threshold_of
from trainer.models import fit_models, probabilities_of
from trainer.reference import REFERENCE, reference_of
from trainer.registry import Version, register
from trainer.search.folds import DAYS, Folds, fold_by_time
from trainer.store import Store

Say = Callable[[str], None]


class Plan(msgspec.Struct):
    """What a run is to do; its first step writes it down for the others."""

    first: dt.date
    last: dt.date
    seed: int
    costRatio: float
    #: Id of the data: ``iceberg:`` and that of the table's snapshot, or ``sha256:`` and the digest of the file.
    snapshot: str
    #: Years that the search measures on.
    folds: int = 2
    #: The version that this one is trained from.
    parent: str | None = None


class Prepared(msgspec.Struct):
    """The loans of a run, in order of time, without anything that names an applicant."""

    plan: Plan
    definition: Definition
    dates: pl.Series
    features: pl.DataFrame
    #: 0 or 1, shape (rows,).
    defaulted: np.ndarray
    #: Days since which the outcomes were known; None if the source does not tell.
    known_at: pl.Series | None = None


def prepare(run: Store, history: History, definition: Definition, plan: Plan, say: Say) -> None:
    """Make the features of the loans, and stop if one tells the outcome.

    Raises:
        InputError: names the feature that separates too well.
    """
    known, defaulted = history.known, history.defaulted
    say(f"{len(known)} loans of {plan.first} to {plan.last}, {100 * defaulted.mean():.1f} % charged off")
    features = features_of(known, definition)
    encodings = fit_encoding(features, defaulted, definition)
    separation = refuse_leaks(encode(features, encodings), [each.name for each in encodings], defaulted)
    say("no feature tells the outcome by itself")
    table = io.BytesIO()
    features.with_columns(
        known["submittedAt"].alias("_date"),
        pl.Series("_defaulted", defaulted),
        *(known[name].alias("_knownAt") for name in known.columns if name == "knownAt"),
    ).write_parquet(table)
    _write(run, "definition.json", definition)
    run.write("loans.parquet", table.getvalue())
    # Last: a run that has a plan is prepared.
    facts = {"withoutOutcome": history.without_outcome, "aucOfEachFeatureAlone": separation}
    _write(run, "plan.json", {**msgspec.to_builtins(plan), **facts})


def read_prepared(run: Store) -> Prepared:
    """What ``prepare`` has left."""
    table = pl.read_parquet(io.BytesIO(run.read("loans.parquet")))
    return Prepared(
        msgspec.json.decode(run.read("plan.json"), type=Plan),
        msgspec.json.decode(run.read("definition.json"), type=Definition),
        table["_date"],
        table.drop("_date", "_defaulted", "_knownAt", strict=False),
        table["_defaulted"].to_numpy(),
        table["_knownAt"] if "_knownAt" in table.columns else None,
    )


def folds_of(run: Store) -> Folds:
    """What a search measures on."""
    prepared = read_prepared(run)
    return fold_by_time(prepared.dates, prepared.features, prepared.defaulted, prepared.definition, prepared.plan.folds)


def refit(run: Store, chosen: HyperParameters, say: Say) -> None:
    """Train model, scorecard and policy rule on all loans."""
    prepared = read_prepared(run)
    models = fit_models(prepared.features, prepared.defaulted, prepared.definition, prepared.plan.seed, chosen)
    _write(run, "parameters.json", chosen)
    _write(run, "encodings.json", models.encodings)
    run.write("uncalibrated.txt", models.booster.model_to_string().encode())
    _write(run, "scorecard.json", models.scorecard)
    _write(run, "policy.json", models.policy)
    say(f"trained on {len(prepared.defaulted)} loans")


def calibrate(run: Store, say: Say) -> None:
    """Measure the last two years by models trained before each, and calibrate if that has helped.

    A random split would flatter: it lets the model see the time that it is measured on.
    """
    prepared = read_prepared(run)
    plan = prepared.plan
    last, before = _backtest(prepared, run, 1), _backtest(prepared, run, 2)
    choice = None
    if last and before:
        years = [(year[MODEL].to_numpy(), year["defaulted"].to_numpy()) for year in (before, last)]
        choice = choose_calibration(years[0], years[1], plan.costRatio, plan.seed)
    used = choice.used if choice else None
    booster = lgb.Booster(model_str=run.read("uncalibrated.txt").decode())
    run.write("model.txt", (calibrated(booster, used) if used else booster).model_to_string().encode())
    _write(run, "calibration.json", choice)
    if last is not None:
        table = io.BytesIO()
        pl.DataFrame(last).write_parquet(table)
        run.write("backtest.parquet", table.getvalue())
    say("calibrated" if used else "not calibrated: there is no ground for it")


def evaluate(run: Store, registry: Store, say: Say) -> None:
    """Compare the model, trained without the last year, with scorecard, policy rule and champion on that year."""
    content = run.read_if_there("backtest.parquet")
    if content is None:
        _write(run, "assessment.json", None)
        say("not measured: the loans before the last year are too few")
        return
    prepared = read_prepared(run)
    last = pl.read_parquet(io.BytesIO(content))
    begin = len(prepared.dates) - len(last)
    features, dates = prepared.features[begin:], prepared.dates[begin:]
    probabilities = {name: last[name].to_numpy() for name in last.columns if name != "defaulted"}
    champion = champion_probabilities(registry, features)
    if champion is not None:
        probabilities["champion"] = champion
    rows = Rows(last["defaulted"].to_numpy(), dates.dt.year().to_numpy(), groups_of(features))
    found = assess(probabilities, rows, prepared.plan.costRatio, prepared.plan.seed)
    _write(run, "assessment.json", {"from": str(dates[0]), "to": str(dates[-1]), **found})
    say(f"trained without the last year, its AUC on the last year is {found['deciders'][MODEL]['auc']}")


def register_run(run: Store, registry: Store, signing_key: str | None, say: Say) -> Version:
    """Export the model and register it as a version, which is signed if there is a key.

    Raises:
        InputError: if the exported model does not give the original's decisions.
    """
    prepared = read_prepared(run)
    plan = prepared.plan
    encodings = msgspec.json.decode(run.read("encodings.json"), type=list[Encoding])
    booster = lgb.Booster(model_str=run.read("model.txt").decode())
    unseen = unseen_inputs(encode(prepared.features, encodings), plan.seed)
    onnx = to_onnx(booster, unseen, threshold_of(plan.costRatio))
    say("the model's export agrees with it")
    made_of = lineage(plan.snapshot, plan.seed, plan.parent)
    facts = msgspec.json.decode(run.read("plan.json"))
    manifest = {
        "features": msgspec.to_builtins(prepared.definition.features),
        "featuresVersion": prepared.definition.version,
        "encodings": msgspec.to_builtins(encodings),
        "lineage": msgspec.to_builtins(made_of),
        "hyperParameters": msgspec.json.decode(run.read("parameters.json")),
        "calibration": msgspec.json.decode(run.read("calibration.json")),
        "training": {
            "rows": len(prepared.defaulted),
            "withoutOutcome": facts["withoutOutcome"],
            "from": plan.first.isoformat(),
            "to": plan.last.isoformat(),
            "costRatio": plan.costRatio,
        },
        "aucOfEachFeatureAlone": facts["aucOfEachFeatureAlone"],
    }
    files = {
        "model.onnx": onnx,
        **{name: run.read(name) for name in ("model.txt", "scorecard.json", "policy.json")},
        REFERENCE: msgspec.json.encode(_reference(prepared, booster, encodings)),
    }
    assessment = msgspec.json.decode(run.read("assessment.json"))
    version = register(registry, files, manifest, assessment, signing_key)
    _write(run, "version.json", version)
    say(f"registered as {version.name}")
    return version


def _reference(prepared: Prepared, booster: lgb.Booster, encodings: list[Encoding]) -> dict[str, Any]:
    probability = np.asarray(booster.predict(encode(prepared.features, encodings)))
    outcomes = None
    if prepared.known_at is not None:
        outcomes = pl.DataFrame({"knownAt": prepared.known_at, "defaulted": prepared.defaulted})
    return reference_of(prepared.features, probability, prepared.dates, prepared.plan.last, outcomes)


def _backtest(prepared: Prepared, run: Store, years_back: int) -> dict[str, pl.Series] | None:
    """Probabilities and outcomes of one year by models trained before it; None if that is too little."""
    plan = prepared.plan
    begin, end = (plan.last - dt.timedelta(days=DAYS * years - 1) for years in (years_back, years_back - 1))
    first, last = int((prepared.dates < begin).sum()), int((prepared.dates < end).sum())
    within = prepared.defaulted[first:last]
    if not enough(prepared.defaulted[:first]) or not 0 < within.sum() < len(within):
        return None
    chosen = msgspec.json.decode(run.read("parameters.json"), type=HyperParameters)
    models = fit_models(prepared.features[:first], prepared.defaulted[:first], prepared.definition, plan.seed, chosen)
    found = probabilities_of(models, encode(prepared.features[first:last], models.encodings))
    return {"defaulted": pl.Series(within), **{name: pl.Series(p) for name, p in found.items()}}


def _write(run: Store, name: str, content: Any) -> None:  # noqa: ANN401
    run.write(name, msgspec.json.encode(content))
