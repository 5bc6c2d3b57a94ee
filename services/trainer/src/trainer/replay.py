"""Turns the loans of later years into a stream of applications, with their outcomes kept apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from trainer.loans import InputError, between
from trainer.online.known import read_with_knowledge

#: What no application says.
_KNOWN_LATER = ("defaulted", "occurredAt", "knownAt", "chargedOff")


def write_applications(
    csv: Path, first: dt.date, last: dt.date | None, limit: int | None, applications: Path, outcomes: Path
) -> dict[str, Any]:
    """Write the applications, one JSON document a line, in order of time, and their outcomes as CSV: ``applicationId``,
    ``defaulted`` (0 or 1), and the days on which the loan ended so (``occurredAt``) and was known to (``knownAt``).

    With a limit the applications are an even sample over the whole time, so that every year has its share. A value
    that the source leaves out stays null: whether an application can do without it is for the intake to say.

    Returns:
        ``applications`` (their number), ``available``, ``from`` and ``to``.

    Raises:
        InputError: if there is no loan of that time.
    """
    loans = between(read_with_knowledge(csv), first, last).collect()
    available = len(loans)
    if not available:
        raise InputError(f"{csv} has no loan approved from {first} on: there is nothing to send")
    if limit is not None and limit < available:
        loans = loans[np.linspace(0, available - 1, limit).round().astype(int).tolist()]
    sent = loans.with_columns(pl.col("submittedAt").dt.to_string("iso"))
    with applications.open("wb") as file:
        for row in sent.drop(_KNOWN_LATER).iter_rows(named=True):
            file.write(msgspec.json.encode(row) + b"\n")
    ends = loans.select("applicationId", pl.col("defaulted").cast(pl.Int8), "occurredAt", "knownAt")
    ends.drop_nulls().write_csv(outcomes)
    dates = loans["submittedAt"]
    return {"applications": len(loans), "available": available, "from": str(dates.min()), "to": str(dates.max())}
