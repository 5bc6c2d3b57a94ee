"""What servers that validate by pydantic are asked and answer."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Features(BaseModel):
    """One application's features."""

    model_config = ConfigDict(extra="forbid", strict=True)
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


class Request(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid", strict=True)
    features: Features
    explainAbove: float = 1.0


class Answer(BaseModel):
    """What is answered."""

    probability: float
    modelVersion: str
    reasons: list[str] = []
