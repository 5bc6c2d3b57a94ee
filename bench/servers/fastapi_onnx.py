"""FastAPI and ONNX Runtime, without scikit-learn between them."""

from __future__ import annotations

import numpy as np
from fastapi import FastAPI

from servers.loan import ENCODINGS, VERSION, number, session
from servers.messages import Answer, Request

app = FastAPI()
model = session()


@app.get("/health")
async def health() -> dict[str, str]:
    """Whether it is up."""
    return {"status": "ready"}


@app.post("/score")
async def score(request: Request) -> Answer:
    """The probability of default."""
    values = [number(encoding, getattr(request.features, encoding["name"])) for encoding in ENCODINGS]
    row = np.array([values], dtype=np.float32)
    found = np.asarray(model.run(["probabilities"], {"input": row})[0])
    return Answer(probability=float(found[0, 1]), modelVersion=VERSION.name)
