"""Parts of the loans to search on: train on what came before a year, measure on that year."""

from __future__ import annotations

import datetime as dt
import itertools

import msgspec
import numpy as np
import polars as pl

from trainer.features import Definition, encode, fit_encoding
from trainer.loans import InputError

#: Days that each fold is measured on.
DAYS = 365


class Fold(msgspec.Struct):
    """Rows in order of time: trained on those before ``begin``, measured on those from there to before ``end``."""

    begin: int
    end: int


class Folds(msgspec.Struct):
    """The encoded loans, and how they are parted."""

    #: float32, shape (rows, features).
    inputs: np.ndarray
    #: 0 or 1, shape (rows,).
    defaulted: np.ndarray
    names: list[str]
    folds: list[Fold]


def fold_by_time(
    dates: pl.Series, features: pl.DataFrame, defaulted: np.ndarray, definition: Definition, count: int
) -> Folds:
    """Part loans, which are in order of time, into folds of a year each, the last one at the end.

    The categories' numbers are learnt from the loans before the first fold's year alone, so that no fold knows
    anything of the year that it is measured on.

    Raises:
        InputError: if a fold would have too little to train or to measure on.
    """
    last = dates.max()
    assert isinstance(last, dt.date)
    ends = [last - dt.timedelta(days=DAYS * back - 1) for back in range(count, -1, -1)]
    rows = [int((dates < end).sum()) for end in ends]
    folds = [Fold(begin, end) for begin, end in itertools.pairwise(rows)]
    for fold, begin in zip(folds, ends[:-1], strict=True):
        before, within = defaulted[: fold.begin], defaulted[fold.begin : fold.end]
        if min(_fewest(before), _fewest(within)) < 2:
            raise InputError(f"the loans before {begin} or in the {DAYS} days after are too few: ask for fewer folds")
    first = folds[0].begin
    encodings = fit_encoding(features[:first], defaulted[:first], definition)
    names = [encoding.name for encoding in encodings]
    return Folds(encode(features, encodings), defaulted, names, folds)


def _fewest(defaulted: np.ndarray) -> int:
    bad = int(defaulted.sum())
    return min(bad, len(defaulted) - bad)
