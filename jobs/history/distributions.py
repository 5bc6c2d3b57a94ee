"""How far a column's distribution has moved since the last file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pyspark.sql import Column as Expression
from pyspark.sql import functions as f

_NORMAL_QUANTILE = 3.09
"""Of 0.999: chance alone passes the limit once in a thousand files."""


def bins(rule: Mapping[str, Any]) -> list[Expression]:
    """Whether a row is in each bin of a rule: below, between and above its ``edges``, or of its ``values``.

    The last bin is of values that are not there, or not among those that the rule names.
    """
    column = f.col(rule["column"])
    if "values" in rule:
        named = [column == value for value in rule["values"]]
        return [*named, f.isnull(column) | ~column.isin(*rule["values"])]
    edges = rule["edges"]
    inner = [(column >= low) & (column < high) for low, high in pairwise(edges)]
    return [column < edges[0], *inner, column >= edges[-1], f.isnull(column)]


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """The population stability index: the sum over the bins of (p - q) ln(p / q).

    Half a row is added to each bin, so that an empty one has a logarithm.
    """
    p, q = _shares(before), _shares(now)
    return sum((ours - theirs) * math.log(ours / theirs) for ours, theirs in zip(p, q, strict=True))


def psi_limit(before: Sequence[int], now: Sequence[int]) -> float:
    """What the index of two samples of one population stays below: (1/n + 1/m) times a quantile of chi-square.

    B - 1 degrees of freedom for B bins (Yurdakul, Statistical Properties of Population Stability Index, 2018); the
    quantile by Wilson and Hilferty's approximation. For large files this is next to nothing, and the rule's own limit
    decides; for small ones it keeps chance from stopping a file.
    """
    degrees = len(before) - 1
    spread = 2 / (9 * degrees)
    quantile = degrees * (1 - spread + _NORMAL_QUANTILE * math.sqrt(spread)) ** 3
    return (1 / sum(before) + 1 / sum(now)) * quantile


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + len(counts) / 2
    return [(count + 0.5) / total for count in counts]
