"""What one trial measures: the mean over the folds of the AUC, reported while the trees grow."""

from __future__ import annotations

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
import optuna
from lightgbm.callback import CallbackEnv
from sklearn.metrics import roc_auc_score

from trainer.boosting import ROUNDS, HyperParameters, parameters_of
from trainer.search.folds import Fold, Folds
from trainer.search.space import suggest

#: Trees between two looks at how a trial does.
STEP = 15


def measure(trial: optuna.Trial, folds: Folds, seed: int) -> float:
    """The mean AUC of a trial's hyper-parameters over the folds.

    Raises:
        optuna.TrialPruned: as soon as the study's pruner finds that the trial is not worth its time.
    """
    chosen = suggest(trial)
    aucs = [
        fold_auc(folds, fold, chosen, seed, _reporter(trial, number * ROUNDS))
        for number, fold in enumerate(folds.folds)
    ]
    return float(np.mean(aucs))


def fold_auc(
    folds: Folds, fold: Fold, chosen: HyperParameters, seed: int, report: Callable[[int, float], None]
) -> float:
    """Train before the fold's year and measure on it. The report gets the number of trees so far and their AUC."""
    train = lgb.Dataset(folds.inputs[: fold.begin], folds.defaulted[: fold.begin], feature_name=folds.names)
    inputs, defaulted = folds.inputs[fold.begin : fold.end], folds.defaulted[fold.begin : fold.end]

    def look(env: CallbackEnv) -> None:
        trees = env.iteration + 1
        if trees % STEP == 0:
            report(trees, float(roc_auc_score(defaulted, _booster_of(env).predict(inputs))))

    booster = lgb.train(parameters_of(chosen, fold.begin, seed), train, num_boost_round=ROUNDS, callbacks=[look])
    return float(roc_auc_score(defaulted, booster.predict(inputs)))


def _booster_of(env: CallbackEnv) -> lgb.Booster:
    if not isinstance(env.model, lgb.Booster):
        raise TypeError(f"one booster is trained at a time, not {type(env.model).__name__}")
    return env.model


def _reporter(trial: optuna.Trial, before: int) -> Callable[[int, float], None]:
    def report(trees: int, auc: float) -> None:
        trial.report(auc, before + trees)
        if trial.should_prune():
            raise optuna.TrialPruned(f"AUC {auc:.4f} with {trees} trees")

    return report
