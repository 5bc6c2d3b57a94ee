"""The online features of history, as they were known when each application's day began (docs/features.md)."""

from __future__ import annotations

import numpy as np
import polars as pl

#: Lengths of the windows, in days; each ends with the day before the application.
WINDOW_DAYS = (90, 365, 1095)
#: Kinds of groups, and the column that names the group.
GROUPS = {"applicant": "applicant", "sector": "sector", "state": "state"}
MEASURES = ("applications", "paid", "defaulted")

#: More than there are days, so that a group's events can be told from those of the next one.
_SPAN = 1 << 21


def with_groups(loans: pl.DataFrame) -> pl.DataFrame:
    """The loans with their groups. The applicant is the name, written as the pseudonym's input is."""
    name = pl.col("applicantName").str.normalize("NFKC").str.to_uppercase()
    return loans.with_columns(
        name.str.replace_all(r"\s+", " ").str.strip_chars().alias("applicant"),
        pl.col("industryCode").str.head(2).alias("sector"),
    )


def counts_before(loans: pl.DataFrame) -> pl.DataFrame:
    """Counts for each loan over each window, known when the day of its application began.

    Args:
        loans: with ``submittedAt``, ``knownAt``, ``defaulted`` and the groups.

    Returns:
        A row for each loan, in its order: ``<group>.<measure>.<days>``, as the stream's windows have them. An event of
        the day itself is not counted, nor is one that became known on that day or later.
    """
    day = _days(loans["submittedAt"])
    known = _days(loans["knownAt"])
    defaulted = loans["defaulted"]
    events = {
        "applications": (np.ones(len(loans), dtype=bool), day),
        "paid": ((~defaulted).fill_null(False).to_numpy(), known),
        "defaulted": (defaulted.fill_null(False).to_numpy(), known),
    }
    columns = {}
    for kind, column in GROUPS.items():
        group = loans[column].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        for measure, (happened, at) in events.items():
            keys = np.sort(group[happened] * _SPAN + at[happened])
            now = np.searchsorted(keys, group * _SPAN + day)
            for length in WINDOW_DAYS:
                columns[f"{kind}.{measure}.{length}"] = now - np.searchsorted(keys, group * _SPAN + day - length)
    return pl.DataFrame(columns)


def _days(dates: pl.Series) -> np.ndarray:
    """Days since 1900-01-01; what has no day lies behind all of them."""
    from_1900_to_1970 = 25_567
    return dates.cast(pl.Int32).cast(pl.Int64).fill_null(_SPAN // 2).to_numpy() + from_1900_to_1970
