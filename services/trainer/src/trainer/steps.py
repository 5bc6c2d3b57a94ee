"""The steps from a history of loans to a registered version. Each reads what the ones before left in the run's folder.

A step may be run again at any time: it overwrites its own results with the same.
"""

from __future__ import annotations

import io
from typing import Any

import lightgbm as lgb
import msgspec
import numpy as np
import polars as pl

from trainer.assess import MODEL, Rows, assess, groups_of
from trainer.backtest import before, year_back
from trainer.boosting import HyperParameters, to_onnx, unseen_inputs
from trainer.calibration import calibrated, choose_calibration
from trainer.champion import champion_probabilities
from trainer.features import Encoding, encode
from trainer.lineage import lineage
from trainer.metrics import threshold_of
from trainer.models import probabilities_of
from trainer.prepared import Prepared, Say, read_prepared, write_json
from trainer.reference import REFERENCE, reference_of
from trainer.registry import Version, register
from trainer.search.folds import Folds, fold_by_time
from trainer.store import Store
from trainer.transfer_step import comparable_source, fit_from_scratch, fit_of, read_transferred, write_models


def folds_of(run: Store) -> Folds:
    """What a search measures on."""
    prepared = read_prepared(run)
    return fold_by_time(prepared.dates, prepared.features, prepared.defaulted, prepared.definition, prepared.plan.folds)


def refit(run: Store, chosen: HyperParameters, say: Say) -> None:
    """Train model, scorecard and policy rule on all loans."""
    prepared = read_prepared(run)
    write_json(run, "parameters.json", chosen)
    write_models(run, fit_from_scratch(run, prepared)(prepared.features, prepared.defaulted))
    say(f"trained on {len(prepared.defaulted)} loans")


def calibrate(run: Store, say: Say) -> None:
    """Measure the last two years by models trained before each, and calibrate if that has helped."""
    prepared = read_prepared(run)
    plan = prepared.plan
    last, earlier = _backtest(prepared, run, 1), _backtest(prepared, run, 2)
    choice = None
    if last and earlier:
        years = [(year[MODEL].to_numpy(), year["defaulted"].to_numpy()) for year in (earlier, last)]
        choice = choose_calibration(years[0], years[1], plan.costRatio, plan.seed)
    used = choice.used if choice else None
    booster = lgb.Booster(model_str=run.read("uncalibrated.txt").decode())
    run.write("model.txt", (calibrated(booster, used) if used else booster).model_to_string().encode())
    write_json(run, "calibration.json", choice)
    if last is not None:
        table = io.BytesIO()
        pl.DataFrame(last).write_parquet(table)
        run.write("backtest.parquet", table.getvalue())
    say("calibrated" if used else "not calibrated: there is no ground for it")


def evaluate(run: Store, registry: Store, say: Say) -> None:
    """Compare the model, trained without the last year, with scorecard, policy rule and champion on that year."""
    content = run.read_if_there("backtest.parquet")
    if content is None:
        write_json(run, "assessment.json", None)
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
    write_json(run, "assessment.json", {"from": str(dates[0]), "to": str(dates[-1]), **found})
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
    transferred = read_transferred(run)
    made_of = lineage(plan.snapshot, plan.seed, transferred.parent if transferred else None)
    facts = msgspec.json.decode(run.read("plan.json"))
    manifest = {
        "features": msgspec.to_builtins(prepared.definition.features),
        "featuresVersion": prepared.definition.version,
        "encodings": msgspec.to_builtins(encodings),
        "lineage": msgspec.to_builtins(made_of),
        "hyperParameters": msgspec.json.decode(run.read("parameters.json")),
        "calibration": msgspec.json.decode(run.read("calibration.json")),
        "transfer": msgspec.to_builtins(transferred),
        "training": {
            "rows": len(prepared.defaulted),
            "withoutOutcome": facts["withoutOutcome"],
            "from": plan.first.isoformat(),
            "to": plan.last.isoformat(),
            "segment": plan.segment,
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
    write_json(run, "version.json", version)
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
    year = year_back(prepared, years_back)
    if year is None:
        return None
    features = prepared.features[year.begin : year.end]
    models = before(prepared, year, fit_of(run, prepared))
    found = probabilities_of(models, encode(features, models.encodings))
    source, transferred = comparable_source(run), read_transferred(run)
    if source is not None:
        found["source"] = np.asarray(source.booster.predict(encode(features, source.encodings)))
    if transferred is not None and transferred.parent is not None:
        scratch = before(prepared, year, fit_from_scratch(run, prepared))
        found["scratch"] = np.asarray(scratch.booster.predict(encode(features, scratch.encodings)))
    outcomes = pl.Series(prepared.defaulted[year.begin : year.end])
    return {"defaulted": outcomes, **{name: pl.Series(p) for name, p in found.items()}}
