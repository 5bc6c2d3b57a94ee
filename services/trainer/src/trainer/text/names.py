"""Names of businesses and the sector that each is of, parted by time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from trainer.loans import InputError, between, read_loans

#: Sectors (the first two digits of the NAICS code) to tell apart: the largest.
SECTORS = 10
#: Names to draw labels from in each sector, and names in all to measure on.
POOL, LATER = 500, 3000


class Names(msgspec.Struct):
    """Names and their sectors."""

    names: list[str]
    #: Shape (names,).
    sectors: np.ndarray


def read_names(csv: Path, first: dt.date, last: dt.date, until: dt.date, seed: int) -> tuple[Names, Names]:
    """A pool to draw labels from, of ``first`` to ``last``, and later names to measure on, up to ``until``.

    A business that has a loan in the pool is not measured on: its name would be known.

    Raises:
        InputError: if there are too few names of one of the sectors.
    """
    loans = read_loans(csv).select(
        "submittedAt", "applicationId", name="applicantName", sector=pl.col("industryCode").str.head(2)
    )
    # A code of zero stands for none.
    known = loans.filter(pl.col("name").is_not_null() & pl.col("sector").str.contains("^[1-9]"))
    earlier = between(known, first, last).collect().unique("name", keep="first", maintain_order=True)
    later = (
        between(known, last + dt.timedelta(days=1), until).collect().unique("name", keep="first", maintain_order=True)
    )
    largest = earlier["sector"].value_counts(sort=True).head(SECTORS)["sector"]
    within = earlier.filter(pl.col("sector").is_in(largest.implode()))
    pool = within.filter(pl.int_range(pl.len()).shuffle(seed).over("sector") < POOL)
    counts = pool["sector"].value_counts(name="names")
    if counts["names"].to_list() != [POOL] * SECTORS:
        raise InputError(f"{csv} has fewer than {SECTORS} sectors with {POOL} names from {first} to {last}")
    unseen = later.filter(pl.col("sector").is_in(largest.implode())).join(earlier, on="name", how="anti")
    measured = unseen.sample(min(LATER, len(unseen)), seed=seed)
    return _names(pool), _names(measured)


def _names(frame: pl.DataFrame) -> Names:
    return Names(frame["name"].to_list(), frame["sector"].to_numpy())
