"""The grid, by scikit-learn's GridSearchCV on the same folds as the other methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
from optuna.trial import create_trial
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV, ParameterGrid

from trainer.boosting import ROUNDS, HyperParameters, parameters_of
from trainer.search.folds import Folds
from trainer.search.space import GRID, SPACE, hyper_parameters
from trainer.search.studies import WORKER, finished


class Boosting(ClassifierMixin, BaseEstimator):
    """The model as an estimator of scikit-learn."""

    def __init__(
        self,
        learning_rate: float = 0.15,
        num_leaves: int = 31,
        min_data_in_leaf: int = 200,
        lambda_l2: float = 5.0,
        seed: int = 0,
    ) -> None:
        """Keep the hyper-parameters, as scikit-learn asks of an estimator."""
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_data_in_leaf = min_data_in_leaf
        self.lambda_l2 = lambda_l2
        self.seed = seed

    def fit(self, inputs: np.ndarray, defaulted: np.ndarray) -> Boosting:
        """Fit it."""
        chosen = HyperParameters(self.learning_rate, self.num_leaves, self.min_data_in_leaf, self.lambda_l2)
        data = lgb.Dataset(inputs, defaulted)
        self.classes_ = np.unique(defaulted)
        self.booster_ = lgb.train(parameters_of(chosen, len(inputs), self.seed), data, num_boost_round=ROUNDS)
        return self

    def predict_proba(self, inputs: np.ndarray) -> np.ndarray:
        """Probabilities of either outcome, shape (rows, 2)."""
        bad = np.asarray(self.booster_.predict(inputs))
        return np.column_stack([1 - bad, bad])


def search_grid(
    study: optuna.Study, folds: Folds, seed: int, worker: int, workers: int, say: Callable[[str], None]
) -> None:
    """Measure this worker's share of the grid, every ``workers``-th point, and record each point in the study.

    GridSearchCV tells of its results only at its end. It is given one point after the other, so that a worker that is
    killed loses at most the one that it was at.
    """
    points = list(ParameterGrid(GRID))
    for point in points[worker::workers]:
        if _is_recorded(study, point):
            continue
        auc = grid_search(folds, [point], seed).best_score_
        study.add_trial(
            create_trial(params=point, distributions=dict(SPACE), value=float(auc), user_attrs={WORKER: worker})
        )
        say(
            f"grid point by worker {worker}: AUC {auc:.4f}, best {study.best_value:.4f}, "
            f"{finished(study)} of {len(points)} done"
        )


def grid_search(folds: Folds, points: list[dict[str, Any]], seed: int) -> GridSearchCV:
    """GridSearchCV over these points, fitted."""
    parts = [(np.arange(fold.begin), np.arange(fold.begin, fold.end)) for fold in folds.folds]
    grid = [{name: [value] for name, value in point.items()} for point in points]
    search = GridSearchCV(Boosting(seed=seed), grid, scoring="roc_auc", cv=parts, refit=False, error_score="raise")
    return search.fit(folds.inputs, folds.defaulted)


def _is_recorded(study: optuna.Study, point: dict[str, Any]) -> bool:
    wanted = hyper_parameters(point)
    return any(hyper_parameters(trial.params) == wanted for trial in study.get_trials(deepcopy=False))
