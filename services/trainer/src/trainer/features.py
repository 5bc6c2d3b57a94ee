"""The features of applications, by the definition that the stream uses too (``schemas/features.json``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import polars as pl

from trainer.loans import APPLICATION_FIELDS, LEAKING_COLUMNS, OUTCOME_COLUMN, InputError

#: What a feature that is not known is to the model. Every real value is 0 or more.
MISSING = -1.0

#: What nobody knows when an application is decided, in lower case.
KNOWN_LATER = frozenset(name.lower() for name in (*LEAKING_COLUMNS, OUTCOME_COLUMN, "defaulted"))


class Operation(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How a feature follows from the fields of an application: exactly one of these is given."""

    field: str | None = None
    ratio: tuple[str, str] | None = None
    prefix: tuple[str, int] | None = None
    equal: tuple[str, str] | None = None


class Feature(msgspec.Struct, forbid_unknown_fields=True):
    """One feature."""

    name: str
    type: Literal["number", "flag", "category"]
    op: Operation


class Definition(msgspec.Struct, forbid_unknown_fields=True):
    """All features, in the order of the model's input."""

    version: int
    features: list[Feature]


def read_definition(path: Path) -> Definition:
    """Read the definition.

    Raises:
        InputError: if it is not of its form, or if a feature is made of anything but what an application states.
    """
    try:
        definition = msgspec.json.decode(path.read_bytes(), type=Definition)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path} is no definition of features: {error}") from error
    for feature in definition.features:
        _check(feature)
    return definition


def _check(feature: Feature) -> None:
    fields = _fields(feature.op)
    if len(msgspec.to_builtins(feature.op)) != 1:
        raise InputError(f"feature {feature.name} must have one operation: give it field, ratio, prefix or equal")
    leaks = sorted(field for field in (*fields, feature.name) if field.lower() in KNOWN_LATER)
    if leaks:
        raise InputError(f"feature {feature.name} uses {leaks[0]}, known only after the decision: remove it")
    unknown = sorted(fields - set(APPLICATION_FIELDS))
    if unknown:
        raise InputError(
            f"feature {feature.name} uses {unknown[0]}, which is no field of an application: use one of "
            f"{', '.join(APPLICATION_FIELDS)}"
        )


def _fields(op: Operation) -> set[str]:
    """The fields that an operation reads."""
    prefixed = op.prefix[:1] if op.prefix else ()
    return {*filter(None, [op.field]), *(op.ratio or ()), *prefixed, *(op.equal or ())}


def features_of(applications: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """A frame of features, one row for each application, in the order of the definition."""
    return applications.select(_expression(feature.op).alias(feature.name) for feature in definition.features)


def _expression(op: Operation) -> pl.Expr:
    if op.field is not None:
        return pl.col(op.field)
    if op.ratio is not None:
        over, under = (pl.col(name) for name in op.ratio)
        return pl.when(under != 0).then(over / under)
    if op.prefix is not None:
        name, length = op.prefix
        return pl.col(name).str.head(length)
    if op.equal is not None:
        left, right = op.equal
        return pl.col(left) == pl.col(right)
    raise AssertionError("every feature of a definition that was read has an operation")


class Encoding(msgspec.Struct):
    """How a feature's values become numbers: as they are, or by a table of its categories."""

    name: str
    type: Literal["number", "flag", "category"]
    categories: dict[str, float] | None = None


def fit_encoding(features: pl.DataFrame, defaulted: np.ndarray, definition: Definition) -> list[Encoding]:
    """Learn the categories' numbers: their rank by the share of defaults in training, shrunk to the mean.

    For a tree that splits on a threshold this order loses nothing against splits on sets of categories (Fisher, On
    Grouping for Maximum Homogeneity, 1958; Hastie et al., The Elements of Statistical Learning, 9.2.4).
    """
    return [
        Encoding(name, kind, _ranks(features[name], defaulted) if kind == "category" else None)
        for name, kind in ((feature.name, feature.type) for feature in definition.features)
    ]


def _ranks(values: pl.Series, defaulted: np.ndarray, weight: float = 50.0) -> dict[str, float]:
    mean = float(defaulted.mean())
    rates = (
        pl.DataFrame({"value": values, "defaulted": defaulted})
        .drop_nulls("value")
        .group_by("value")
        .agg(((pl.col("defaulted").sum() + weight * mean) / (pl.len() + weight)).alias("rate"))
        .sort("rate", "value")
    )
    return {value: float(rank) for rank, value in enumerate(rates["value"])}


def encode(features: pl.DataFrame, encodings: list[Encoding]) -> np.ndarray:
    """The model's input, float32 of shape (rows, features). What is not known or was never seen is MISSING."""
    columns = []
    for encoding in encodings:
        column = features[encoding.name]
        if encoding.categories is not None:
            column = column.replace_strict(encoding.categories, default=None, return_dtype=pl.Float64)
        columns.append(column.cast(pl.Float64).fill_null(MISSING).to_numpy())
    return np.column_stack(columns).astype(np.float32)
