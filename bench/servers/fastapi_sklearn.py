"""FastAPI and a scikit-learn pipeline on a one-row frame: the form that most tutorials give.

The last step of the pipeline is the very model, so that all servers answer alike; LightGBM's own scikit-learn wrapper
would be slower still.
"""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
from fastapi import FastAPI
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

from servers.loan import ENCODINGS, MISSING, VERSION
from servers.messages import Answer, Request


class Trees(ClassifierMixin, BaseEstimator):
    """The trees as a fitted estimator."""

    def __init__(self) -> None:
        """Load them."""
        self.classes_ = np.array([0, 1])
        self._booster = lgb.Booster(model_file=VERSION / "model.txt")

    def __sklearn_is_fitted__(self) -> bool:
        """There is nothing to fit."""
        return True

    def fit(self, _x: np.ndarray, _y: np.ndarray | None = None) -> Trees:
        """There is nothing to fit."""
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Probabilities of both outcomes, shape (rows, 2)."""
        bad = np.asarray(self._booster.predict(x.astype(np.float32), num_threads=1))
        return np.column_stack([1 - bad, bad])


def _pipeline() -> Pipeline:
    categories = {each["name"]: each["categories"] for each in ENCODINGS if each["type"] == "category"}
    numbers = [each["name"] for each in ENCODINGS if each["type"] != "category"]
    encoder = OrdinalEncoder(
        categories=[sorted(known, key=known.__getitem__) for known in categories.values()],
        handle_unknown="use_encoded_value",
        unknown_value=int(MISSING),
    )
    columns = ColumnTransformer(
        [
            ("numbers", FunctionTransformer(lambda frame: frame.astype(float).fillna(MISSING)), numbers),
            ("categories", encoder, list(categories)),
        ]
    )
    placed = [*numbers, *categories]
    order = [placed.index(each["name"]) for each in ENCODINGS]
    pipeline = Pipeline(
        [("encode", columns), ("order", FunctionTransformer(lambda x: x[:, order])), ("trees", Trees())]
    )
    known = {name: list(values)[:1] for name, values in categories.items()}
    return pipeline.fit(pd.DataFrame({name: [0.0] for name in numbers} | known), [0])


app = FastAPI()
pipeline = _pipeline()


@app.get("/health")
async def health() -> dict[str, str]:
    """Whether it is up."""
    return {"status": "ready"}


@app.post("/score")
async def score(request: Request) -> Answer:
    """The probability of default."""
    frame = pd.DataFrame([request.features.model_dump()])
    return Answer(probability=float(pipeline.predict_proba(frame)[0, 1]), modelVersion=VERSION.name)
