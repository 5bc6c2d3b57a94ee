"""The features of a loan, by the definition that the stream and the trainer use too (schemas/features.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import functions as f

from jobs.history.definitions import in_table


def features_of(features: Sequence[Mapping[str, Any]]) -> Expression:
    """A struct of the features, in the order of the definition; what isn't known is null."""
    return f.struct(*(_feature(feature["op"]).alias(in_table(feature["name"])) for feature in features))


def _feature(operation: Mapping[str, Any]) -> Expression:
    ((name, operand),) = operation.items()
    if name == "field":
        return f.col(operand)
    if name == "ratio":
        over, under = map(f.col, operand)
        return f.when(under != 0, over / under)
    if name == "prefix":
        field, length = operand
        return f.substring(field, 1, length)
    if name == "equal":
        left, right = map(f.col, operand)
        return left == right
    raise ValueError(f"schemas/features.json has an operation {name}: the job knows field, ratio, prefix and equal")
