"""One version of the model, ready to score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import lightgbm as lgb
import msgspec
import numpy as np
import onnxruntime as ort

from model_service.messages import FieldProblem, Probability, Reason, RequestProblem, ScoreRequest, Value
from model_service.reasons import CODE_OF_FEATURE
from model_service.registry import Encoding, Manifest, Pointer, Registry, RegistryError

#: What a feature that is not known is to the model.
MISSING = -1.0
#: Most reasons given for one score.
MOST_REASONS = 4
#: What the values of an encoding's type are in a request, and what is wrong with any other.
TYPES: dict[str, Any] = {"number": float | None, "flag": bool | None, "category": str | None}
PROBLEMS = {
    "number": "must be a number or null",
    "flag": "must be true, false or null",
    "category": "must be a string or null",
}

_decode_any = msgspec.json.Decoder(ScoreRequest).decode


class Model:
    """Scores by ONNX Runtime; explains by the exact Shapley values of the same trees.

    ONNX Runtime takes a third of LightGBM's time for one row, and every application needs a score; Shapley values
    (Lundberg et al., From local explanations to global understanding with explainable AI for trees, 2020) need the
    trees themselves, and only what may be declined needs reasons.
    """

    def __init__(self, manifest: Manifest, onnx: bytes, trees: bytes) -> None:
        """Load a version. Slow, so never on the event loop."""
        options = ort.SessionOptions()
        # One row is too little work to share between threads.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.version = manifest.version
        self._encodings = manifest.encodings
        self._names = {encoding.name for encoding in manifest.encodings}
        self._categories = [
            (column, encoding.categories or {})
            for column, encoding in enumerate(manifest.encodings)
            if encoding.type == "category"
        ]
        self._unknown = np.full((1, len(manifest.encodings)), MISSING, dtype=np.float32)
        self._session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self._trees = lgb.Booster(model_str=trees.decode())
        width = self._session.get_inputs()[0].shape[1]
        if width != len(manifest.encodings):
            raise RegistryError(f"{manifest.version} takes {width} inputs, its manifest names {len(self._names)}")
        unnamed = sorted(self._names - CODE_OF_FEATURE.keys())
        if unnamed:
            raise RegistryError(
                f"{manifest.version} uses {', '.join(unnamed)}, for which reasons.py has no code: add it"
            )
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(_request_of(manifest.encodings)).decode

    @staticmethod
    def load(registry: Registry, pointed: Pointer) -> Model:
        """Read, verify, load and try out a version."""
        manifest = registry.manifest(pointed)
        model = Model(manifest, registry.file(manifest, "model.onnx"), registry.file(manifest, "model.txt"))
        if not 0 <= model.trial() <= 1:
            raise RegistryError(f"{manifest.version} gives {model.trial()} for a probability")
        model.reasons(model._unknown)
        return model

    def trial(self) -> float:
        """A real score, of an application of which nothing is known; the same each time."""
        return self.probability(self._unknown)

    def read(self, body: bytes) -> tuple[np.ndarray, float]:
        """What a request's body asks: the model's input, and the probability from which reasons are wanted.

        Raises:
            RequestProblem: names each feature that is missing, not known or of another type.
            msgspec.DecodeError: if it is no request at all.
        """
        try:
            request = self._decode(body)
        except msgspec.ValidationError:
            # The quick way ends at the first problem; this one names them all.
            described = _decode_any(body)
            return self.encode(described.features), described.explainAbove
        return self._row(msgspec.structs.astuple(request.features)), request.explainAbove

    def encode(self, features: dict[str, Value]) -> np.ndarray:
        """The model's input, float32 of shape (1, features).

        Raises:
            RequestProblem: names each feature that is missing, not known or of another type.
        """
        problems = [
            FieldProblem(f"features.{name}", "is not a feature of this model") for name in features.keys() - self._names
        ]
        for encoding in self._encodings:
            if problem := _problem(encoding, features):
                problems.append(FieldProblem(f"features.{encoding.name}", problem))
        if problems:
            raise RequestProblem(problems)
        return self._row([features[encoding.name] for encoding in self._encodings])

    def _row(self, values: Sequence[Value]) -> np.ndarray:
        numbers = [MISSING if value is None else value for value in values]
        for column, categories in self._categories:
            numbers[column] = categories.get(numbers[column], MISSING)
        return np.array([numbers], dtype=np.float32)

    def probability(self, row: np.ndarray) -> float:
        """The probability of default."""
        return float(np.asarray(self._session.run(["probabilities"], {"input": row})[0])[0, 1])

    def reasons(self, row: np.ndarray) -> list[Reason]:
        """The features that raise the risk of this row most, the strongest first."""
        contributions = np.asarray(self._trees.predict(row, pred_contrib=True, num_threads=1))[0, :-1]
        order = np.argsort(-contributions, kind="stable")[:MOST_REASONS]
        return [
            Reason(CODE_OF_FEATURE[name], name, round(float(contributions[index]), 6))
            for index, name in ((index, self._encodings[index].name) for index in map(int, order))
            if contributions[index] > 0
        ]


def _request_of(encodings: list[Encoding]) -> type[msgspec.Struct]:
    """A ScoreRequest for one model: decoding it checks the name and type of each feature, in their order."""
    fields = [(encoding.name, TYPES[encoding.type]) for encoding in encodings]
    features = msgspec.defstruct("Features", fields, forbid_unknown_fields=True)
    asked = [("features", features), ("explainAbove", Probability, 1.0)]
    return msgspec.defstruct("Request", asked, forbid_unknown_fields=True)


def _problem(encoding: Encoding, features: dict[str, Value]) -> str | None:
    if encoding.name not in features:
        return "is missing: give null if it is not known"
    try:
        msgspec.convert(features[encoding.name], TYPES[encoding.type])
    except msgspec.ValidationError:
        return PROBLEMS[encoding.type]
    return None
