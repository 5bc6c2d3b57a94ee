"""The search: the same seed gives the same result, and a killed worker loses nothing that was finished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest
from cloud import Cloud
from conftest import FEATURES, SAMPLE
from optuna.trial import TrialState

from trainer.features import features_of
from trainer.history import read_history
from trainer.loans import InputError
from trainer.search.folds import DAYS, Folds, fold_by_time
from trainer.search.gaussian import GaussianProcessSampler
from trainer.search.objective import fold_auc
from trainer.search.plots import plot_study
from trainer.search.space import hyper_parameters
from trainer.search.studies import WORKER, Method, best_of, finished, open_study
from trainer.search.worker import Search, search

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


@pytest.fixture
def folds(training, definition) -> Folds:
    history = read_history(SAMPLE, training.first, training.last)
    features = features_of(history.known, definition)
    return fold_by_time(history.known["submittedAt"], features, history.defaulted, definition, 2)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    started = Cloud(tmp_path_factory.mktemp("cloud"))
    yield started
    started.stop()


@pytest.fixture
def table(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> str:
    """A DynamoDB table for journals."""
    import boto3

    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    name = f"journals-{time.monotonic_ns()}"
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "study", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "study", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
    )
    return name


def quiet(_: str) -> None:
    """Progress is of no interest here."""


def run(folds: Folds, address: str, method: Method, trials: int) -> list[tuple[TrialState, dict, float | None]]:
    study = search(Search(address, method, trials, seed=7), folds, quiet)
    return [(trial.state, trial.params, trial.value) for trial in study.trials]


@pytest.mark.parametrize("method", ["tpe", "bayesian"])
def test_the_same_seed_gives_the_same_trials(tmp_path: Path, folds: Folds, method: Method) -> None:
    first, second = (run(folds, f"file://{tmp_path}/{name}", method, 11) for name in "ab")
    assert first == second
    assert len(first) == 11


@pytest.mark.parametrize("method", ["tpe", "bayesian"])
def test_a_study_that_is_resumed_goes_on_as_if_it_had_not_stopped(tmp_path: Path, folds: Folds, method: Method) -> None:
    whole = run(folds, f"file://{tmp_path}/whole", method, 12)
    assert run(folds, f"file://{tmp_path}/parts", method, 10) == whole[:10]
    assert run(folds, f"file://{tmp_path}/parts", method, 12) == whole


def test_only_tpe_prunes(tmp_path: Path, folds: Folds) -> None:
    states = {method: {state for state, *_ in run(folds, f"file://{tmp_path}/{method}", method, 16)}
              for method in ("tpe", "tpe-unpruned")}  # fmt: skip
    assert states == {"tpe": set(FINISHED), "tpe-unpruned": {TrialState.COMPLETE}}


def start_worker(study: str, method: str, worker: int, trials: int) -> subprocess.Popen[str]:
    arguments = ["--csv", SAMPLE, "--features", FEATURES, "--study", study, "--method", method]
    numbers = ["--trials", trials, "--worker", worker, "--workers", 2]
    command = [sys.executable, "-m", "trainer", "search", *arguments, *numbers]
    return subprocess.Popen(
        [str(part) for part in command], env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_line(process: subprocess.Popen[str], lines: int) -> None:
    assert process.stderr
    for _ in range(lines):
        assert "by worker" in process.stderr.readline()


def kill_one_and_finish(study: str, method: Method, trials: int) -> optuna.Study:
    """Two workers; one is killed after three trials and started again under its number."""
    victim, other = (start_worker(study, method, worker, trials) for worker in (0, 1))
    wait_for_line(victim, 3)
    victim.kill()
    victim.communicate()
    before = {trial.number: trial for trial in open_study(study, method).trials if trial.state in FINISHED}
    assert len(before) >= 3
    again = start_worker(study, method, 0, trials)
    results = [process.communicate() for process in (again, other)]
    assert [again.returncode, other.returncode] == [0, 0], results
    after = open_study(study, method)
    for number, trial in before.items():
        kept = after.trials[number]
        assert (kept.state, kept.params, kept.value) == (trial.state, trial.params, trial.value)
    assert json.loads(results[0][0])["auc"] == pytest.approx(best_of(after).value)
    return after


@pytest.mark.parametrize("method", ["tpe", "bayesian"])
def test_a_killed_worker_loses_no_finished_trial(tmp_path: Path, method: Method) -> None:
    study = kill_one_and_finish(f"file://{tmp_path}/study", method, 20)
    # Both may begin a last trial at the same moment.
    assert finished(study) in (20, 21)
    assert {trial.user_attrs[WORKER] for trial in study.trials if trial.state in FINISHED} == {0, 1}
    assert not [trial for trial in study.get_trials(states=[TrialState.RUNNING]) if WORKER in trial.user_attrs]


def test_a_killed_worker_of_a_grid_loses_no_point_and_repeats_none(tmp_path: Path) -> None:
    study = kill_one_and_finish(f"file://{tmp_path}/study", "grid", 0)
    assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == len(study.trials) == 36


def test_a_killed_worker_loses_no_finished_trial_in_dynamodb(table: str) -> None:
    study = kill_one_and_finish(f"dynamodb://{table}/study", "tpe", 14)
    assert finished(study) in (14, 15)


def test_a_journal_in_dynamodb_holds_what_one_in_a_file_holds(tmp_path: Path, folds: Folds, table: str) -> None:
    assert run(folds, f"dynamodb://{table}/a", "tpe", 10) == run(folds, f"file://{tmp_path}/a", "tpe", 10)
    assert open_study(f"dynamodb://{table}/b", "tpe").trials == []


def test_a_grid_point_and_a_trial_measure_the_same(tmp_path: Path, folds: Folds) -> None:
    best = best_of(search(Search(f"file://{tmp_path}/grid", "grid", 0, seed=7), folds, quiet))
    chosen = hyper_parameters(best.params)
    aucs = [fold_auc(folds, fold, chosen, 7, lambda *_: None) for fold in folds.folds]
    assert best.value == pytest.approx(np.mean(aucs), abs=1e-12)


def test_folds_are_parted_by_time(training, definition, folds: Folds) -> None:
    dates = read_history(SAMPLE, training.first, training.last).known["submittedAt"]
    first, second = folds.folds
    assert first.end == second.begin
    assert second.end == len(dates)
    for fold in folds.folds:
        assert dates[fold.begin - 1] < dates[fold.begin]
        assert (dates[fold.end - 1] - dates[fold.begin]).days < DAYS


def test_what_no_fold_can_be_made_of_is_said(training, definition) -> None:
    history = read_history(SAMPLE, training.first, training.last)
    features = features_of(history.known, definition)
    with pytest.raises(InputError, match="ask for fewer folds"):
        fold_by_time(history.known["submittedAt"], features, history.defaulted, definition, 9)


def test_plots_of_a_study_are_pictures(tmp_path: Path, folds: Folds) -> None:
    study = search(Search(f"file://{tmp_path}/study", "tpe", 12, seed=7), folds, quiet)
    plots = plot_study(study)
    assert set(plots) == {"history.svg", "trials.svg", "slices.svg", "timeline.svg", "importances.svg"}
    assert all(b"<svg" in plot for plot in plots.values())


def test_a_gaussian_process_finds_a_peak_where_chance_does_not() -> None:
    """The peak fills 0.2 % of the space; three searches of 30 trials each."""

    def peak(trial: optuna.Trial) -> float:
        values = [trial.suggest_float(name, 0.01, 10, log=True) for name in ("a", "b", "c")]
        whole = trial.suggest_int("whole", 1, 100, log=True)
        return -float(np.sum((np.log([*values, whole]) - [1.0, -2.0, 0.0, 3.0]) ** 2))

    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def best(sampler: optuna.samplers.BaseSampler) -> float:
        study = optuna.create_study(direction="maximize", sampler=sampler)
        study.optimize(peak, n_trials=30)
        return study.best_value

    by_process = np.median([best(GaussianProcessSampler(seed)) for seed in range(3)])
    by_chance = np.median([best(optuna.samplers.RandomSampler(seed)) for seed in range(3)])
    assert by_process > -0.2
    assert by_chance < -1


def test_a_study_without_a_finished_trial_has_no_best(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no trial of the 0 was finished"):
        best_of(open_study(f"file://{tmp_path}/study", "tpe"))


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="sqlite:///a is no address of a study"):
        open_study("sqlite:///a", "tpe")
