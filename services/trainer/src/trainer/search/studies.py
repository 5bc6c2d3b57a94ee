"""Studies that outlive the workers on them: where their journal is, and how a worker's trials are chosen."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock
from optuna.trial import FrozenTrial, TrialState

from trainer.loans import InputError
from trainer.search.dynamo import DynamoJournal
from trainer.search.gaussian import GaussianProcessSampler
from trainer.search.objective import STEP

Method = Literal["grid", "bayesian", "tpe", "tpe-unpruned"]
METHODS: tuple[Method, ...] = ("grid", "bayesian", "tpe", "tpe-unpruned")

#: Trials that are chosen at random before TPE and the pruner begin to learn.
STARTUP = 8

#: Longest time from the beginning of a trial to its worker's number on it.
LONGEST_CLAIM = dt.timedelta(minutes=1)

#: Name of the one study in a journal.
STUDY = "search"

#: The attribute of a trial that says which worker has it.
WORKER = "worker"


def open_study(address: str, method: Method) -> optuna.Study:
    """The study at ``file:///folder/name.journal`` or ``dynamodb://table/name``: a new one, or the one there is."""
    # What a study has to say goes into the worker's own progress.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        storage=JournalStorage(_journal(address)),
        study_name=STUDY,
        direction="maximize",
        pruner=pruner_of(method),
        load_if_exists=True,
    )


def find_study(address: str) -> optuna.Study | None:
    """The study at an address, to look at; None if no worker has opened it yet."""
    try:
        return optuna.load_study(study_name=STUDY, storage=JournalStorage(_journal(address)))
    except KeyError:
        return None


def _journal(address: str) -> BaseJournalBackend:
    parts = urlsplit(address)
    if parts.scheme == "file":
        Path(parts.path).parent.mkdir(parents=True, exist_ok=True)
        return JournalFileBackend(parts.path, lock_obj=_KernelLock(parts.path))
    if parts.scheme == "dynamodb":
        return DynamoJournal(parts.netloc, parts.path.strip("/"))
    raise InputError(f"{address} is no address of a study: give file:///folder/name.journal or dynamodb://table/name")


class _KernelLock(BaseJournalFileLock):
    """A lock that the kernel takes back when its holder dies. Optuna's own ones stay until others lose patience."""

    def __init__(self, journal: str) -> None:
        self._path = f"{journal}.lock"
        self._held: int | None = None

    def acquire(self) -> bool:
        self._held = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._held, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


def pruner_of(method: Method) -> BasePruner:
    """TPE's trials end early when they are worse than the median of the others at the same point."""
    if method == "tpe":
        return MedianPruner(n_startup_trials=STARTUP // 2, n_warmup_steps=STEP)
    return NopPruner()


def sampler_of(method: Method, seed: int, worker: int, number: int) -> BaseSampler:
    """The sampler of one trial. Its randomness follows from seed, worker and number of the trial alone.

    So a study that was interrupted between two trials goes on as if it had not been.
    """
    own = int(np.random.SeedSequence([seed, worker, number]).generate_state(1)[0])
    if method == "bayesian":
        return GaussianProcessSampler(own, STARTUP)
    return TPESampler(seed=own, n_startup_trials=STARTUP, multivariate=True, constant_liar=True)


def give_up_lost_trials(study: optuna.Study, worker: int) -> list[dict[str, float]]:
    """Mark what this worker left unfinished when it was killed. Each worker has its number for itself.

    Returns:
        The hyper-parameters of those trials, to be tried again.
    """
    lost = [trial for trial in study.get_trials(deepcopy=False, states=[TrialState.RUNNING]) if _is_lost(trial, worker)]
    for trial in lost:
        study.tell(trial.number, state=TrialState.FAIL)
    return [dict(trial.params) for trial in lost if trial.params]


def _is_lost(trial: FrozenTrial, worker: int) -> bool:
    owner = trial.user_attrs.get(WORKER)
    if owner is not None:
        return owner == worker
    # A worker puts its number on a trial right after it has begun it, unless it was killed in between.
    began = trial.datetime_start
    return began is not None and dt.datetime.now(began.tzinfo) - began > LONGEST_CLAIM


def taken(study: optuna.Study) -> int:
    """Trials that are finished, or that a worker is at."""
    running = study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
    return finished(study) + sum(WORKER in trial.user_attrs for trial in running)


def finished(study: optuna.Study) -> int:
    """Trials that were measured, to their end or until they were pruned."""
    return len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE, TrialState.PRUNED]))


def best_of(study: optuna.Study) -> FrozenTrial:
    """The best trial, the earlier one of equals.

    Raises:
        InputError: if none was finished.
    """
    complete = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    if not complete:
        raise InputError(f"no trial of the {len(study.trials)} was finished: search again")
    return max(complete, key=lambda trial: (trial.value, -trial.number))
