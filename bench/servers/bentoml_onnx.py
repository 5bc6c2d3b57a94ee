"""BentoML and ONNX Runtime."""

from __future__ import annotations

from typing import Any

import bentoml
import numpy as np

from servers.loan import ENCODINGS, VERSION, number, session
from servers.messages import Features


@bentoml.service(workers=1, traffic={"timeout": 10}, logging={"access": {"enabled": False}})
class Loans:
    """One worker."""

    def __init__(self) -> None:
        """Load the model."""
        self.model = session()

    @bentoml.api(route="/health")
    async def health(self) -> dict[str, str]:
        """Whether it is up."""
        return {"status": "ready"}

    @bentoml.api(route="/score")
    async def score(self, features: Features, explainAbove: float = 1.0) -> dict[str, Any]:
        """The probability of default."""
        values = [number(encoding, getattr(features, encoding["name"])) for encoding in ENCODINGS]
        row = np.array([values], dtype=np.float32)
        found = np.asarray(self.model.run(["probabilities"], {"input": row})[0])
        return {"probability": float(found[0, 1]), "modelVersion": VERSION.name, "reasons": []}
