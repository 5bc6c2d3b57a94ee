"""The model: gradient boosted trees, exported to ONNX and compared with the original before it may be used."""

from __future__ import annotations

import re
from typing import Any

import lightgbm as lgb
import msgspec
import numpy as np
import onnxruntime as ort
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from trainer.loans import InputError

#: Largest difference of a probability between the exported model and the original.
TOLERANCE = 1e-5


class HyperParameters(msgspec.Struct, frozen=True):
    """What a search may choose of the model."""

    learning_rate: float = 0.15
    num_leaves: int = 31
    min_data_in_leaf: int = 200
    lambda_l2: float = 5.0


#: What is used where nothing was searched.
DEFAULTS = HyperParameters()

#: Trees of a model. More of them at a smaller learning rate fit as well and take longer to score.
ROUNDS = 60


def parameters_of(chosen: HyperParameters, rows: int, seed: int) -> dict[str, Any]:
    """LightGBM's parameters. A leaf may not ask for more loans than a fiftieth of what there are.

    The same inputs, parameters, seed and versions give the same model, to the bit, on any number of threads.
    """
    return {
        "objective": "binary",
        **msgspec.structs.asdict(chosen),
        "min_data_in_leaf": min(chosen.min_data_in_leaf, max(5, rows // 50)),
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 127,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 2,
        "verbosity": -1,
    }


def fit_boosting(
    inputs: np.ndarray, names: list[str], defaulted: np.ndarray, seed: int, chosen: HyperParameters
) -> lgb.Booster:
    """Fit the model, with thresholds that its export holds exactly.

    Args:
        inputs: float32, shape (rows, features).
        names: of the features.
        defaulted: 0 or 1, shape (rows,).
        seed: of every random choice.
        chosen: its hyper-parameters.
    """
    data = lgb.Dataset(inputs, defaulted, feature_name=names)
    return single_precision(lgb.train(parameters_of(chosen, len(inputs), seed), data, num_boost_round=ROUNDS))


def single_precision(booster: lgb.Booster) -> lgb.Booster:
    """The same model with thresholds that single precision holds exactly.

    ONNX keeps thresholds in single precision, and rounds them. A threshold rounded up to the next input's value sends
    that input the other way. Rounded down, no float32 input can tell it from the original.
    """

    def rounded_down(match: re.Match[str]) -> str:
        exact = np.asarray(match[1].split(), dtype=np.float64)
        single = exact.astype(np.float32)
        down = np.where(single > exact, np.nextafter(single, np.float32(-np.inf)), single)
        return "threshold=" + " ".join(repr(float(value)) for value in down)

    text = re.sub(r"^threshold=(.*)$", rounded_down, booster.model_to_string(), flags=re.MULTILINE)
    # The file's own table of the trees' sizes no longer fits; without it the trees are read one after the other.
    return lgb.Booster(model_str=re.sub(r"^tree_sizes=.*\n", "", text, flags=re.MULTILINE))


def unseen_inputs(inputs: np.ndarray, seed: int, most: int = 10_000) -> np.ndarray:
    """Inputs to compare an export on, float32 of shape (rows, features): real values in rows that no training saw.

    Each column is shuffled by itself, so that a row mixes the values of many loans.
    """
    sample = inputs[:: max(1, len(inputs) // most)]
    return np.random.default_rng(seed).permuted(sample, axis=0)


def to_onnx(booster: lgb.Booster, sample: np.ndarray, threshold: float) -> bytes:
    """Export to ONNX: input ``input`` of shape (rows, features), output ``probabilities`` of shape (rows, 2).

    Raises:
        InputError: if the exported model and the original differ on the sample, in a probability or in a decision.
    """
    kind = FloatTensorType([None, sample.shape[1]])
    model = convert_lightgbm(
        booster, initial_types=[("input", kind)], zipmap=False, target_opset=15, name="loan-default"
    )
    # The converter lists the operator sets in the order of a set of strings, which differs from process to process.
    domains = sorted(model.opset_import, key=lambda each: each.domain)
    del model.opset_import[:]
    model.opset_import.extend(domains)
    exported = model.SerializeToString(deterministic=True)
    session = ort.InferenceSession(exported, providers=["CPUExecutionProvider"])
    got = np.asarray(session.run(["probabilities"], {"input": sample})[0])[:, 1]
    require_agreement(got, np.asarray(booster.predict(sample)), threshold)
    return exported


def require_agreement(got: np.ndarray, want: np.ndarray, threshold: float) -> None:
    """Compare probabilities, shape (rows,), of the exported model with those of the original.

    Raises:
        InputError: if one differs by more than TOLERANCE, or falls on the other side of the threshold.
    """
    off = float(np.abs(got - want).max())
    flips = int(((got >= threshold) != (want >= threshold)).sum())
    if off > TOLERANCE or flips:
        difference = f"by {off:.2e} in a probability and in {flips} decisions"
        raise InputError(f"the exported model differs from the original {difference}: not registered")
