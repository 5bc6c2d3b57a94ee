"""Sample-efficiency curves of a segment whose loans the source has never seen, to learn where transfer pays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import polars as pl

from trainer.boosting import DEFAULTS, fit_boosting
from trainer.features import Definition, Encoding, encode, features_of, fit_encoding
from trainer.history import History, read_history
from trainer.segment import Segment
from trainer.transfer import Loans, Point, sample_efficiency


def measure_transfer(
    csv: Path, definition: Definition, segment: Segment, periods: tuple[dt.date, dt.date, dt.date], seed: int,
    say: Callable[[str], None],
) -> list[Point]:  # fmt: skip
    """Sample-efficiency curves of a segment.

    Args:
        csv: the loans.
        definition: of the features.
        segment: whose loans the source never sees.
        periods: first and last day to learn from, and the last day to measure on.
        seed: of every random choice.
        say: takes progress.
    """
    first, last, later_last = periods
    known = read_history(csv, first, last)
    later = read_history(csv, last + dt.timedelta(days=1), later_last)
    features = features_of(known.known, definition)
    within = segment.chosen(features)
    others = features.filter(~pl.Series(within))
    encodings = fit_encoding(others, known.defaulted[~within], definition)
    names = [encoding.name for encoding in encodings]
    source = fit_boosting(encode(others, encodings), names, known.defaulted[~within], seed, DEFAULTS)
    say(f"source trained on {len(others)} loans; {int(within.sum())} of the segment to draw labels from")
    pool = Loans(encode(features.filter(pl.Series(within)), encodings), known.defaulted[within])
    return sample_efficiency(_loaded(source), pool, _later(later, definition, segment, encodings), names, seed, say)


def _later(later: History, definition: Definition, segment: Segment, encodings: list[Encoding]) -> Loans:
    features = features_of(later.known, definition)
    within = segment.chosen(features)
    return Loans(encode(features.filter(pl.Series(within)), encodings), later.defaulted[within])


def _loaded(source: lgb.Booster) -> lgb.Booster:
    """The source as a service would read it, without what its training has left in memory."""
    return lgb.Booster(model_str=source.model_to_string())
