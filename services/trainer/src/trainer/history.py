"""The loans to learn from: those of a period whose outcome is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from trainer.loans import InputError, between
from trainer.online.known import read_with_knowledge

#: Fewest loans to train on, and fewest of each outcome.
LEAST_ROWS, LEAST_OF_EACH = 100, 20


class History(msgspec.Struct):
    """Loans in order of time."""

    #: Those with an outcome; with ``knownAt``, the day since which the bank knew it, where the source tells.
    known: pl.DataFrame
    #: Their outcomes, 0 or 1, shape (rows,).
    defaulted: np.ndarray
    without_outcome: int


#: Which of the loans to learn from.
Chosen = Callable[[pl.DataFrame], pl.DataFrame]


def every(loans: pl.DataFrame) -> pl.DataFrame:
    """All of them."""
    return loans


def read_history(csv: Path, first: dt.date, last: dt.date, chosen: Chosen = every) -> History:
    """The loans of a file, applied for from ``first`` to ``last``, both included.

    Raises:
        InputError: if they are too few to train on.
    """
    return _history(read_with_knowledge(csv), str(csv), first, last, chosen)


def read_history_at(table: str, snapshot: int, first: dt.date, last: dt.date, chosen: Chosen = every) -> History:
    """The loans of a snapshot of the history's table, see ``read_snapshot``, applied for in that time.

    Raises:
        InputError: if there is no such snapshot, or if the loans are too few to train on.
    """
    # Imported here: who trains on a file need not wait for it.
    from trainer.snapshot import read_snapshot

    return _history(read_snapshot(table, snapshot).lazy(), f"snapshot {snapshot} of {table}", first, last, chosen)


def _history(all_loans: pl.LazyFrame, source: str, first: dt.date, last: dt.date, chosen: Chosen) -> History:
    loans = chosen(between(all_loans, first, last).collect())
    known = loans.drop_nulls("defaulted")
    defaulted = known["defaulted"].cast(pl.Int8).to_numpy()
    if not enough(defaulted):
        raise InputError(
            f"{source} has {len(known)} loans of {first} to {last} with an outcome, {int(defaulted.sum())} of them "
            f"charged off: at least {LEAST_ROWS} are needed, and {LEAST_OF_EACH} of each outcome"
        )
    return History(known, defaulted, len(loans) - len(known))


def enough(defaulted: np.ndarray) -> bool:
    """Whether there is enough to train on."""
    bad = int(defaulted.sum())
    return len(defaulted) >= LEAST_ROWS and LEAST_OF_EACH <= bad <= len(defaulted) - LEAST_OF_EACH
