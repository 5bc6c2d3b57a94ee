"""What a way of training is worth: a model of the time before a year, measured on that year.

A random split would flatter: it lets the model see the time that it is measured on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
import numpy as np
import polars as pl

from trainer.history import enough
from trainer.models import Models
from trainer.prepared import Prepared
from trainer.search.folds import DAYS

#: Trains on features and outcomes.
Fit = Callable[[pl.DataFrame, np.ndarray], Models]


class Year(msgspec.Struct):
    """Rows of a year, in loans that are in order of time."""

    begin: int
    end: int


def year_back(prepared: Prepared, years: int) -> Year | None:
    """The last year (1), or the one before it (2); None if there is too little before it or in it."""
    first, last = (prepared.plan.last - dt.timedelta(days=DAYS * back - 1) for back in (years, years - 1))
    year = Year(int((prepared.dates < first).sum()), int((prepared.dates < last).sum()))
    within = prepared.defaulted[year.begin : year.end]
    measurable = 0 < within.sum() < len(within)
    return year if measurable and enough(prepared.defaulted[: year.begin]) else None


def before(prepared: Prepared, year: Year, fit: Fit) -> Models:
    """The models of the time before a year."""
    return fit(prepared.features[: year.begin], prepared.defaulted[: year.begin])
