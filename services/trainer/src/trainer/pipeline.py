"""One step of the training pipeline: ``python -m trainer.pipeline STEP``. What it works with is in its environment.

``RUN`` is the address of the run's folder; each step reads there what the ones before have left. A step that fails may
be started again.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from trainer.audit import append_to
from trainer.data import Data, read_data
from trainer.features import read_definition
from trainer.loans import InputError, Refused
from trainer.prepared import Plan, prepare
from trainer.registry import Version
from trainer.search.plots import plot_study
from trainer.search.space import hyper_parameters
from trainer.search.studies import METHODS, best_of, find_study
from trainer.search.worker import Search, search
from trainer.segment import read_segment
from trainer.serving import serve
from trainer.stages import Stages
from trainer.steps import calibrate, evaluate, folds_of, refit, register_run
from trainer.store import Store
from trainer.transfer_step import transfer


def main(arguments: list[str]) -> int:
    """Take one step. Returns the exit code: 2 if the input can't be used or something is not allowed."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        print(f"trainer: name one step of {', '.join(STEPS)}", file=sys.stderr)
        return 2
    try:
        STEPS[arguments[0]](Store(_need("RUN")))
    except (InputError, Refused) as error:
        print(f"trainer: {error}", file=sys.stderr)
        return 2
    return 0


def _prepare(run: Store) -> None:
    _require_request()
    first, last = (dt.date.fromisoformat(_need(name)) for name in ("FIRST", "LAST"))
    with tempfile.TemporaryDirectory() as folder:
        definition_file = Path(folder) / "features.json"
        _fetch(_need("FEATURES"), definition_file)
        definition, segment = read_definition(definition_file), read_segment(os.environ.get("SEGMENT", ""))
        data = _data(Path(folder))
        history = read_data(data, first, last, lambda loans: segment.loans(loans, definition))
        plan = Plan(first, last, int(_need("SEED")), float(_need("COST_RATIO")), data.id, int(_need("FOLDS")))
        plan.segment = segment.conditions
        prepare(run, history, definition, plan, _say)


def _data(folder: Path) -> Data:
    """A snapshot of the table if one is named, else the file."""
    snapshot = os.environ.get("SNAPSHOT")
    if snapshot:
        if not snapshot.isdigit():
            raise InputError(f"snapshot is {snapshot}: give the number that the batch job has told")
        return Data(table=_need("TABLE"), snapshot=int(snapshot))
    csv = folder / "loans.csv"
    _fetch(_need("SOURCE"), csv)
    return Data(csv)


def _require_request() -> None:
    """Whoever is said to have asked for this run must have written so themselves."""
    name, person = _need("RUN_NAME"), _need("REQUESTED_BY")
    if not Stages(_need("STAGES")).has_requested(name, person):
        raise Refused(f"{person} has not asked for the run {name}: ask for it by npm run train")


def _search(run: Store) -> None:
    method = _need("METHOD")
    if method not in METHODS:
        raise InputError(f"METHOD is {method}: set one of {', '.join(METHODS)}")
    seed = msgspec.json.decode(run.read("plan.json"), type=Plan).seed
    task = Search(_need("STUDY"), method, int(_need("TRIALS")), seed, int(_need("WORKER")), int(_need("WORKERS")))
    search(task, folds_of(run), _say)


def _refit(run: Store) -> None:
    study = find_study(_need("STUDY"))
    if study is None:
        raise InputError(f"there is no study at {_need('STUDY')}: search first")
    best = best_of(study)
    for name, plot in plot_study(study).items():
        run.write(f"study/{name}", plot)
    trials = [
        {"trial": each.number, "state": each.state.name, "auc": each.value, "params": each.params, **each.user_attrs}
        for each in study.trials
    ]
    run.write("study/trials.json", msgspec.json.encode(trials))
    _say(f"trial {best.number} is the best of {len(trials)}: AUC {best.value:.4f}")
    refit(run, hyper_parameters(best.params), _say)


def _transfer(run: Store) -> None:
    transfer(run, Store(_need("TRANSFER_REGISTRY")), _need("TRANSFER_VERSION"), _say)


def _calibrate(run: Store) -> None:
    calibrate(run, _say)


def _evaluate(run: Store) -> None:
    evaluate(run, Store(_need("REGISTRY")), _say)


def _register(run: Store) -> None:
    version = register_run(run, Store(_need("REGISTRY")), _need("SIGNING_KEY"), _say)
    name = _need("RUN_NAME")
    stages = Stages(_need("STAGES"))
    stages.add(version.name, version.manifest_sha256, _need("REQUESTED_BY"), name)
    stages.note_run(name, version.name)


def _promote(run: Store) -> None:
    version = msgspec.json.decode(run.read("version.json"), type=Version)
    stages, approver = Stages(_need("STAGES")), _need("APPROVED_BY")
    pointer = stages.promote(version.name, approver)
    append, reason = append_to(os.environ.get("AUDIT_QUEUE_URL")), f"approved, for the run {_need('RUN_NAME')}"
    serve(Store(_need("REGISTRY")), stages, pointer, append, approver, reason)
    _say(f"{version.name} is the champion")


def _fetch(address: str, target: Path) -> None:
    folder, _, name = address.rpartition("/")
    Store(folder).fetch(name, target)


def _need(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise InputError(f"{name} is not set: the pipeline gives it to each step")
    return value


def _say(message: str) -> None:
    print(message, flush=True)


STEPS: dict[str, Callable[[Store], None]] = {
    "prepare": _prepare,
    "search": _search,
    "refit": _refit,
    "transfer": _transfer,
    "calibrate": _calibrate,
    "evaluate": _evaluate,
    "register": _register,
    "promote": _promote,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
