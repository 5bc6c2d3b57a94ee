"""Bayesian search by a Gaussian process, as a sampler of Optuna.

Optuna's own ``GPSampler`` needs PyTorch, which on Linux comes from the Python index only with CUDA's libraries: more
than 3 GB in an image that never sees a GPU. This one needs scikit-learn alone, which is there anyway.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import msgspec
import numpy as np
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

#: Random points that are compared for the next trial.
CANDIDATES = 2000


class GaussianProcessSampler(BaseSampler):
    """Takes the point with the largest expected improvement (Jones, Schonlau, Welch 1998, equation 15).

    The process has a Matérn 5/2 kernel with a length scale for each hyper-parameter, fitted to the finished trials. A
    trial that runs elsewhere counts as if it had come out as the process expects ("kriging believer", Ginsbourger et
    al. 2010), so that parallel workers do not all try the same point.
    """

    def __init__(self, seed: int, startup: int = 8) -> None:
        """Choose the first ``startup`` trials at random."""
        self._random = np.random.default_rng(seed)
        self._independent = RandomSampler(seed=seed)
        self._startup = startup
        self._space = IntersectionSearchSpace()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The hyper-parameters that all finished trials have and that are not fixed to one value."""
        return {name: each for name, each in self._space.calculate(study).items() if not each.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The next point; nothing while too few trials are finished, which leaves the choice to chance."""
        finished = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        if len(finished) < self._startup or not search_space:
            return {}
        sign = 1.0 if study.direction == StudyDirection.MAXIMIZE else -1.0
        axes = _axes(search_space)
        points = np.stack([_point(each.params, axes) for each in finished])
        values = sign * np.asarray([each.value for each in finished], dtype=float)
        running = [
            _point(each.params, axes)
            for each in study.get_trials(deepcopy=False, states=[TrialState.RUNNING])
            if each.params.keys() >= search_space.keys()
        ]
        candidates = self._candidates(points[values.argmax()])
        chosen = candidates[_most_promising(points, values, running, candidates)]
        return {axis.name: axis.value(float(position)) for axis, position in zip(axes, chosen, strict=True)}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> float:
        """A value at random."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def _candidates(self, best: np.ndarray) -> np.ndarray:
        """Points all over the space, and as many near the best one so far."""
        anywhere = self._random.random((CANDIDATES, len(best)))
        near = best + self._random.normal(0, 0.1, (CANDIDATES, len(best)))
        return np.concatenate([anywhere, near.clip(0, 1)])


def _most_promising(points: np.ndarray, values: np.ndarray, running: list[np.ndarray], candidates: np.ndarray) -> int:
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(np.full(points.shape[1], 0.5), (0.05, 10.0), nu=2.5)
    process = GaussianProcessRegressor(kernel + WhiteKernel(1e-3, (1e-6, 1.0)), normalize_y=True)
    with warnings.catch_warnings():
        # A length scale at its bound means a hyper-parameter that does not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(points, values)
    if running:
        believed = np.asarray(process.predict(np.stack(running)))
        points, values = np.concatenate([points, running]), np.concatenate([values, believed])
        process = GaussianProcessRegressor(process.kernel_, optimizer=None, normalize_y=True).fit(points, values)
    mean, deviation = process.predict(candidates, return_std=True)
    above = mean - values.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        z = above / deviation
        improvement = np.where(deviation > 0, above * norm.cdf(z) + deviation * norm.pdf(z), 0.0)
    return int(improvement.argmax())


class _Axis(msgspec.Struct):
    """A hyper-parameter's range, on the scale that it is searched on."""

    name: str
    low: float
    high: float
    log: bool
    whole: bool

    def position(self, value: float) -> float:
        """Where a value is, from 0 to 1."""
        return (self._scaled(value) - self._scaled(self.low)) / (self._scaled(self.high) - self._scaled(self.low))

    def value(self, position: float) -> float:
        """The value at a position from 0 to 1."""
        scaled = self._scaled(self.low) + position * (self._scaled(self.high) - self._scaled(self.low))
        value = min(max(math.exp(scaled) if self.log else scaled, self.low), self.high)
        return round(value) if self.whole else value

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def _axes(space: dict[str, BaseDistribution]) -> list[_Axis]:
    return [_axis(name, distribution) for name, distribution in space.items()]


def _axis(name: str, distribution: BaseDistribution) -> _Axis:
    if not isinstance(distribution, FloatDistribution | IntDistribution):
        raise TypeError(f"{name} is {distribution}: a Gaussian process needs a range of numbers")
    whole = isinstance(distribution, IntDistribution)
    return _Axis(name, distribution.low, distribution.high, distribution.log, whole)


def _point(params: dict[str, Any], axes: list[_Axis]) -> np.ndarray:
    return np.asarray([axis.position(params[axis.name]) for axis in axes])
