"""A segment of the loans: those whose features have certain values."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl

from trainer.features import Definition, features_of
from trainer.loans import InputError


class Segment(msgspec.Struct):
    """The loans whose features have these values, such as ``state=CA``."""

    conditions: dict[str, str]

    def chosen(self, features: pl.DataFrame) -> np.ndarray:
        """Which loans are of the segment, shape (rows,).

        Raises:
            InputError: if a condition is of no feature.
        """
        unknown = sorted(self.conditions.keys() - set(features.columns))
        if unknown:
            raise InputError(f"{unknown[0]} is no feature: name a segment by {', '.join(features.columns)}")
        chosen = pl.Series(np.ones(len(features), dtype=bool))
        for name, value in self.conditions.items():
            chosen &= (features[name].cast(pl.String) == value).fill_null(False)
        return chosen.to_numpy()

    def loans(self, applications: pl.DataFrame, definition: Definition) -> pl.DataFrame:
        """The applications of the segment."""
        return applications.filter(pl.Series(self.chosen(features_of(applications, definition))))


def read_segment(text: str) -> Segment:
    """A segment written as ``feature=value``, several joined by commas; all loans if nothing is written.

    Raises:
        InputError: if it is not written so.
    """
    parts = [part.partition("=") for part in text.split(",")] if text else []
    if any(not (name and value) for name, _, value in parts):
        raise InputError(f"{text} is no segment: write feature=value, several joined by commas")
    return Segment({name: value for name, _, value in parts})
