"""Searches the same space on the same folds by every method, and prints what each found for how much CPU time.

``python bench/search.py LOANS.csv [ROWS] [SEEDS]``: JSON on stdout, progress on stderr.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from trainer.boosting import fit_boosting
from trainer.features import encode, features_of, fit_encoding, read_definition
from trainer.history import History, read_history
from trainer.search.folds import Folds, fold_by_time
from trainer.search.grid import search_grid
from trainer.search.space import hyper_parameters
from trainer.search.studies import Method, best_of, open_study
from trainer.search.worker import Search, search

FEATURES = Path(__file__).parents[3] / "schemas/features.json"
FIRST, LAST, HELD_OUT = dt.date(1997, 1, 1), dt.date(2003, 12, 31), dt.date(2004, 12, 31)
#: As many trials as the grid has points.
TRIALS = 36


def main(csv: Path, rows: int, seeds: int) -> dict[str, Any]:
    """Every method with every seed; then one and two workers."""
    with tempfile.TemporaryDirectory() as folder:
        sampled = _sample(csv, rows, Path(folder) / "loans.csv")
        history = read_history(sampled, FIRST, LAST)
        later = read_history(sampled, LAST + dt.timedelta(days=1), HELD_OUT)
        definition = read_definition(FEATURES)
        features = features_of(history.known, definition)
        folds = fold_by_time(history.known["submittedAt"], features, history.defaulted, definition, 2)
        grid = _run("grid", 0, folds, history, later, folder)
        methods: list[Method] = ["bayesian", "tpe", "tpe-unpruned"]
        found = {
            method: [_run(method, seed, folds, history, later, folder, grid["auc"]) for seed in range(seeds)]
            for method in methods
        }
        workers = {str(count): _workers(count, sampled, folder) for count in (1, 2)}
        return {"rows": len(history.defaulted), "trials": TRIALS, "grid": grid, "methods": found, "workers": workers}


def _run(
    method: Method, seed: int, folds: Folds, history: History, later: History, folder: str, aim: float | None = None
) -> dict[str, Any]:
    address = f"file://{folder}/{method}-{seed}"
    study = open_study(address, method)
    began, curve = time.process_time(), []

    def note(message: str) -> None:
        curve.append((time.process_time() - began, study.best_value))
        print(method, seed, message, file=sys.stderr, flush=True)

    if method == "grid":
        search_grid(study, folds, 7, 0, 1, note)
    else:
        search(Search(address, method, TRIALS, seed), folds, note)
    best = best_of(study)
    return {
        "seed": seed,
        "auc": best.value,
        "cpu": curve[-1][0],
        "cpuToGrid": next((cpu for cpu, auc in curve if aim is not None and auc >= aim), None),
        "trialsToGrid": next((n for n, (_, auc) in enumerate(curve, 1) if aim is not None and auc >= aim), None),
        "heldOutAuc": _held_out(best.params, history, later),
        "curve": curve,
    }


def _held_out(params: dict[str, Any], history: History, later: History) -> float:
    """AUC on the year after all that the search has seen."""
    definition = read_definition(FEATURES)
    features = features_of(history.known, definition)
    encodings = fit_encoding(features, history.defaulted, definition)
    names = [encoding.name for encoding in encodings]
    booster = fit_boosting(encode(features, encodings), names, history.defaulted, 7, hyper_parameters(params))
    inputs = encode(features_of(later.known, definition), encodings)
    return float(roc_auc_score(later.defaulted, np.asarray(booster.predict(inputs))))


def _workers(count: int, csv: Path, folder: str) -> dict[str, float]:
    """Wall and CPU seconds of so many workers for the same number of trials, their start-up included."""
    arguments = ["--csv", csv, "--features", FEATURES, "--study", f"file://{folder}/workers-{count}", "--method", "tpe"]
    began, before = time.monotonic(), _children_cpu()
    processes = [
        subprocess.Popen(
            [str(part) for part in (sys.executable, "-m", "trainer", "search", *arguments, "--trials", TRIALS,
             "--worker", worker, "--workers", count)],
            stdout=subprocess.DEVNULL,
        )
        for worker in range(count)
    ]  # fmt: skip
    if any(process.wait() for process in processes):
        raise RuntimeError("a worker has failed: its reason is above")
    return {"wall": time.monotonic() - began, "cpu": _children_cpu() - before}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _sample(csv: Path, rows: int, target: Path) -> Path:
    """An even sample of so many loans of the training time, and of the year after in the same share."""
    header, *lines = csv.read_text(encoding="utf-8", errors="replace").splitlines()
    step = max(1, len(read_history(csv, FIRST, LAST).defaulted) // rows)
    target.write_text("\n".join([header, *lines[::step]]) + "\n")
    return target


if __name__ == "__main__":
    path, *numbers = sys.argv[1:]
    wanted, repeated = [int(number) for number in numbers] + [40_000, 3][len(numbers) :]
    print(json.dumps(main(Path(path), wanted, repeated)))
