"""What the service is asked and what it answers; the JSON Schemas in ``schemas/`` are generated from here."""

from __future__ import annotations

from typing import Annotated

import msgspec

#: A feature's value as the stream makes it; null is "not known".
Value = float | bool | str | None
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ScoreRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A score is asked for one application's features, by name; all that the model knows must be there."""

    features: dict[str, Value]
    #: Reasons are given if the probability is this or more.
    explainAbove: Probability = 1.0


class Reason(msgspec.Struct):
    """A feature that raises the risk, and by how much, in log-odds."""

    code: str
    feature: str
    contribution: float


class ScoreResponse(msgspec.Struct):
    """The probability of default, the version of the model that gave it, and what raises it most."""

    probability: Probability
    modelVersion: str
    reasons: list[Reason]


class FieldProblem(msgspec.Struct):
    """What is wrong with one field of a request."""

    field: str
    problem: str


class Error(msgspec.Struct):
    """Why there is no score."""

    code: str
    message: str
    fields: list[FieldProblem] = []


class ErrorResponse(msgspec.Struct):
    """The body of every answer that is not a score."""

    error: Error


class Health(msgspec.Struct):
    """Whether scores can be had: ``ready``, ``waiting`` (no model promoted yet) or ``failing``."""

    status: str
    modelVersion: str | None


class RequestProblem(Exception):
    """A request that can't be scored as it is."""

    def __init__(self, fields: list[FieldProblem]) -> None:
        """Name the fields at fault."""
        super().__init__("; ".join(f"{each.field} {each.problem}" for each in fields))
        self.fields = fields
