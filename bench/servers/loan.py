"""What every server here shares: the version that is served, and the order of its inputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import onnxruntime as ort

VERSION = Path(os.environ["MODEL_VERSION"])
"""Folder of one version of the registry."""
ENCODINGS: list[dict[str, Any]] = msgspec.json.decode((VERSION / "manifest.json").read_bytes())["encodings"]
MISSING = -1.0


def number(encoding: dict[str, Any], value: float | bool | str | None) -> float:
    """A feature's value as the model takes it."""
    if value is None:
        return MISSING
    return encoding["categories"].get(value, MISSING) if encoding["type"] == "category" else float(value)


def session() -> ort.InferenceSession:
    """ONNX Runtime on one thread: one row is too little work to share."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession((VERSION / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"])
