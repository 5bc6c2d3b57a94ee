"""Litestar, which validates by msgspec, and ONNX Runtime: the fastest framework that validates."""

from __future__ import annotations

import msgspec
import numpy as np
from litestar import Litestar, get, post

from servers.loan import ENCODINGS, VERSION, number, session


class Features(msgspec.Struct, forbid_unknown_fields=True):
    """One application's features."""

    amount: float | None
    guaranteedShare: float | None
    employees: float | None
    jobsCreated: float | None
    jobsRetained: float | None
    newBusiness: bool | None
    franchise: bool | None
    revolvingCredit: bool | None
    lowDocumentation: bool | None
    urbanRural: str | None
    sector: str | None
    state: str | None
    sameState: bool | None


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked."""

    features: Features
    explainAbove: float = 1.0


class Answer(msgspec.Struct):
    """What is answered."""

    probability: float
    modelVersion: str
    reasons: list[str] = []


model = session()


@get("/health")
async def health() -> dict[str, str]:
    """Whether it is up."""
    return {"status": "ready"}


@post("/score", status_code=200)
async def score(data: Request) -> Answer:
    """The probability of default."""
    values = [number(encoding, getattr(data.features, encoding["name"])) for encoding in ENCODINGS]
    row = np.array([values], dtype=np.float32)
    found = np.asarray(model.run(["probabilities"], {"input": row})[0])
    return Answer(float(found[0, 1]), VERSION.name)


app = Litestar([health, score], openapi_config=None)
