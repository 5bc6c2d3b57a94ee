"""What the last run left for the next one: the files that the table has, and what each series of them looked like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import SparkSession

from jobs.history.quality import Statistics
from jobs.history.storage import File, read_json, write_json

_NAME = "last-run.json"


@dataclass(frozen=True)
class State:
    """It may be lost: the next run then reads every file again, finds them in the table, and compares with nothing."""

    digest: str
    """Of the definitions that the table's rows were made by."""
    files: Mapping[str, Any] = field(default_factory=dict)
    """Size and time of change of each file that the table has, by its address."""
    series: Mapping[str, Statistics] = field(default_factory=dict)

    def has(self, file: File) -> bool:
        """Whether the table has a file, as it is now."""
        return self.files.get(file.path) == _mark(file)

    def last(self, path: str) -> Statistics | None:
        """The last accepted file of a file's series."""
        return self.series.get(series_of(path))

    def after(self, accepted: Mapping[File, Statistics]) -> State:
        """The state once these files, from the oldest to the newest, are in the table as well."""
        return State(
            self.digest,
            {**self.files, **{file.path: _mark(file) for file in accepted}},
            {**self.series, **{series_of(file.path): statistics for file, statistics in accepted.items()}},
        )


def series_of(path: str) -> str:
    """What files have in common whose names differ only in their digits, such as those of each month."""
    return re.sub(r"\d+", "#", path.rpartition("/")[2])


def read_state(spark: SparkSession, folder: str, digest: str) -> State:
    """The state that the last run left; rows that were made by other definitions are to be made anew."""
    document = read_json(spark, _address(folder))
    if document is None:
        return State(digest)
    series = {name: Statistics(**statistics) for name, statistics in document["series"].items()}
    return State(digest, document["files"] if document["digest"] == digest else {}, series)


def write_state(spark: SparkSession, folder: str, state: State) -> None:
    """Leave the state to the next run."""
    series = {name: {"rows": each.rows, "distributions": each.distributions} for name, each in state.series.items()}
    write_json(spark, _address(folder), {"digest": state.digest, "files": state.files, "series": series})


def _mark(file: File) -> list[int]:
    return [file.size, file.modified]


def _address(folder: str) -> str:
    return f"{folder.rstrip('/')}/{_NAME}"
