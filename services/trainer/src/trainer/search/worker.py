"""One worker of a search. Any number of them share a study, each with a number of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import optuna
from optuna.trial import TrialState

from trainer.search.folds import Folds
from trainer.search.grid import search_grid
from trainer.search.objective import measure
from trainer.search.studies import (
    WORKER,
    Method,
    best_of,
    finished,
    give_up_lost_trials,
    open_study,
    sampler_of,
    taken,
)

Say = Callable[[str], None]


class Search(msgspec.Struct):
    """What a worker is to do."""

    #: Address of the study, see ``open_study``.
    study: str
    method: Method
    #: Trials of all workers together; a grid has as many as it has points.
    trials: int
    seed: int
    worker: int = 0
    workers: int = 1


def search(task: Search, folds: Folds, say: Say) -> optuna.Study:
    """Measure trials until the study has as many as were asked for.

    A worker that is killed and started again under its number goes on: what was finished stays, and what it was at is
    measured again.
    """
    study = open_study(task.study, task.method)
    lost = give_up_lost_trials(study, task.worker)
    if task.method == "grid":
        search_grid(study, folds, task.seed, task.worker, task.workers, say)
        return study
    for params in lost:
        study.enqueue_trial(params)
    while taken(study) < task.trials:
        _try(study, task, folds, say)
    return study


def _try(study: optuna.Study, task: Search, folds: Folds, say: Say) -> None:
    number = len(study.get_trials(deepcopy=False))
    study.sampler = sampler_of(task.method, task.seed, task.worker, number)
    trial = study.ask()
    trial.set_user_attr(WORKER, task.worker)
    began = time.monotonic()
    try:
        study.tell(trial, measure(trial, folds, task.seed))
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except Exception:
        study.tell(trial, state=TrialState.FAIL)
        raise
    done = study.trials[trial.number]
    result = f"AUC {done.value:.4f}" if done.state == TrialState.COMPLETE else "pruned"
    best = f"best {best_of(study).value:.4f}, " if study.get_trials(states=[TrialState.COMPLETE]) else ""
    say(
        f"trial {trial.number} by worker {task.worker}: {result} in {time.monotonic() - began:.1f} s, "
        f"{best}{finished(study)} of {task.trials} done"
    )
