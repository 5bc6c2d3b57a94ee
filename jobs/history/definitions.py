"""What the job goes by: the columns of the source, the features and the rules of quality, each declared once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """One column of the source that the job reads."""

    source: str
    field: str
    """What an application calls it."""
    kind: str
    """How it is read, see columns.py."""
    values: Mapping[str, Any]
    """Of a choice: what each written value means."""
    personal: Mapping[str, str] | str | None
    """What becomes of it: a ``pseudonym`` for a ``purpose``, ``leave out``, or None to keep it."""


@dataclass(frozen=True)
class Definitions:
    """All of them, and a digest that changes with what is made of a loan."""

    columns: tuple[Column, ...]
    key: str
    partition: str
    features: tuple[Mapping[str, Any], ...]
    features_version: int
    rules: tuple[Mapping[str, Any], ...]
    references: Mapping[str, tuple[str, ...]]
    digest: str

    @property
    def read(self) -> tuple[Column, ...]:
        """The columns of the source that are read; what is left out is not even read."""
        return tuple(column for column in self.columns if column.personal != "leave out")

    def source_of(self, field: str) -> str:
        """The source's name of a field."""
        return next(column.source for column in self.columns if column.field == field)

    @property
    def pseudonymised(self) -> tuple[Column, str, str]:
        """The column that becomes a pseudonym, the pseudonym's name in the table, and its purpose."""
        for column in self.columns:
            if isinstance(column.personal, Mapping):
                return column, column.personal["pseudonym"], column.personal["purpose"]
        raise ValueError("schemas/loans.json: no column becomes a pseudonym; give one a personal.pseudonym")


def in_table(field: str) -> str:
    """A field's name in the table: query engines fold names to lower case."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter.group().lower()}", field)


@cache
def load_definitions() -> Definitions:
    """Read the definitions that this code was shipped with."""
    loans, features, quality = (_schema(name) for name in ("loans", "features", "loan-quality"))
    columns = tuple(
        Column(column["source"], column["field"], column["as"], column.get("values", {}), column.get("personal"))
        for column in loans["columns"]
        if "field" in column
    )
    made_of = json.dumps([loans["columns"], features], sort_keys=True)
    return Definitions(
        columns=columns,
        key=loans["key"],
        partition=loans["partition"],
        features=tuple(features["features"]),
        features_version=features["version"],
        rules=tuple(quality["rules"]),
        references={name: tuple(values.split()) for name, values in quality["references"].items()},
        digest=hashlib.sha256(made_of.encode()).hexdigest(),
    )


def _schema(name: str) -> dict[str, Any]:
    """A document of schemas/, which lies beside jobs/ in the repository and in the archive that Glue loads."""
    path = Path(__file__).parents[2] / "schemas" / f"{name}.json"
    # In an archive it is no file, but whatever loads this module can read it.
    loader: Any = __loader__
    return json.loads(loader.get_data(str(path)))
