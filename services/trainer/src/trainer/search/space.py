"""What is searched: the same ranges for every method, with the grid's points inside them and on their ends."""

from __future__ import annotations

from typing import Any

import msgspec
import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from trainer.boosting import HyperParameters

#: Ranges of the hyper-parameters. All are searched by their logarithm: doubling one means the same anywhere.
SPACE: dict[str, FloatDistribution | IntDistribution] = {
    "learning_rate": FloatDistribution(0.05, 0.3, log=True),
    "num_leaves": IntDistribution(15, 63, log=True),
    "min_data_in_leaf": IntDistribution(50, 400, log=True),
    "lambda_l2": FloatDistribution(1.0, 30.0, log=True),
}

#: Points of the grid in each range, 36 together.
GRID: dict[str, list[float]] = {
    "learning_rate": [0.05, 0.12, 0.3],
    "num_leaves": [15, 31, 63],
    "min_data_in_leaf": [50, 400],
    "lambda_l2": [1.0, 30.0],
}


def suggest(trial: optuna.Trial) -> HyperParameters:
    """Let the study choose a point of the space."""
    return hyper_parameters({name: _suggest(trial, name, each) for name, each in SPACE.items()})


def _suggest(trial: optuna.Trial, name: str, each: FloatDistribution | IntDistribution) -> float:
    if isinstance(each, IntDistribution):
        return trial.suggest_int(name, each.low, each.high, log=each.log)
    return trial.suggest_float(name, each.low, each.high, log=each.log)


def hyper_parameters(params: dict[str, Any]) -> HyperParameters:
    """The hyper-parameters of a trial's record."""
    return msgspec.convert(params, HyperParameters)
