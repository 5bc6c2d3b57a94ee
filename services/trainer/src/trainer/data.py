"""Where the loans to train on are, and how they are named in the lineage of what is made of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from trainer.history import Chosen, History, every, read_history, read_history_at
from trainer.loans import InputError
from trainer.store import digest_of


class Data(msgspec.Struct, frozen=True):
    """A file of loans, or a snapshot of the history's table."""

    csv: Path | None = None
    #: As ``trainer.snapshot.read_snapshot`` takes it.
    table: str | None = None
    snapshot: int | None = None

    @property
    def id(self) -> str:
        """``iceberg:`` and the snapshot's number, or ``sha256:`` and the digest of the file.

        Raises:
            InputError: if neither is given.
        """
        if self.snapshot is not None:
            return f"iceberg:{self.snapshot}"
        if self.csv is None or not self.csv.is_file():
            raise InputError(f"there is no file {self.csv or ''}: give a CSV file of loans, or a table and a snapshot")
        return f"sha256:{digest_of(self.csv)}"


def read_data(data: Data, first: dt.date, last: dt.date, chosen: Chosen = every) -> History:
    """The loans applied for from ``first`` to ``last``, both included.

    Raises:
        InputError: if they are not there or too few to train on.
    """
    if data.snapshot is None:
        if data.csv is None:
            raise InputError("there is nothing to train on: give a CSV file of loans, or a table and a snapshot")
        return read_history(data.csv, first, last, chosen)
    if data.table is None:
        raise InputError(f"snapshot {data.snapshot} is of which table? Give glue://DATABASE/TABLE")
    return read_history_at(data.table, data.snapshot, first, last, chosen)
