"""Metric math, as far as alarms use it: arithmetic, comparison, logic, IF, FILL, and the common functions.

An expression that uses anything else is refused by name, never guessed at.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from seaworthy_cloud.metrics.series import Series

Value = Series | float | list[Any]

_BINARY: dict[type[ast.AST], Callable[[float, float], float | None]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b if b else None,
    ast.Pow: operator.pow,
    ast.Gt: lambda a, b: float(a > b),
    ast.Lt: lambda a, b: float(a < b),
    ast.GtE: lambda a, b: float(a >= b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.And: lambda a, b: float(bool(a) and bool(b)),
    ast.Or: lambda a, b: float(bool(a) or bool(b)),
}
_FOLDS: dict[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
}
_SINGLE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


def evaluate_expression(expression: str, known: dict[str, Series], times: list[float]) -> Value:
    """The value of an expression.

    Args:
        expression: in CloudWatch's syntax.
        known: the series that it may name.
        times: the starts of the periods, which FILL fills.

    Raises:
        ValueError: if it uses what is not known here.
        KeyError: if it names a series that is not known (yet).
    """
    python = re.sub(r"\bAND\b|&&", " and ", re.sub(r"\bOR\b|\|\|", " or ", expression)).replace("^", "**")
    return _Evaluation(known, times).of(ast.parse(python.strip(), mode="eval").body)


class _Evaluation:
    def __init__(self, known: dict[str, Series], times: list[float]) -> None:
        self._known = known
        self._times = times

    def of(self, node: ast.AST) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            return self._known[node.id]
        if isinstance(node, ast.List):
            return [self.of(each) for each in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _pairwise(0.0, self.of(node.operand), operator.sub)
        if isinstance(node, ast.BinOp):
            return _pairwise(self.of(node.left), self.of(node.right), _operator(node.op))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return _pairwise(self.of(node.left), self.of(node.comparators[0]), _operator(node.ops[0]))
        if isinstance(node, ast.BoolOp):
            return self._logic(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.upper(), [self.of(each) for each in node.args])
        raise ValueError(f"metric math does not know {ast.unparse(node)} here")

    def _logic(self, node: ast.BoolOp) -> Value:
        result = self.of(node.values[0])
        for each in node.values[1:]:
            result = _pairwise(result, self.of(each), _operator(node.op))
        return result

    def _call(self, function: str, arguments: list[Value]) -> Value:
        if function in _FOLDS:
            return _fold(arguments, _FOLDS[function])
        if function in _SINGLE and isinstance(arguments[0], dict):
            return {at: _SINGLE[function](value) for at, value in arguments[0].items()}
        if function == "FILL" and isinstance(arguments[0], dict) and isinstance(arguments[1], float):
            return {at: arguments[0].get(at, arguments[1]) for at in self._times}
        if function == "IF":
            return _choose(arguments[0], arguments[1], arguments[2] if len(arguments) > 2 else {})
        raise ValueError(f"metric math does not know the function {function} here")


def _operator(node: ast.AST) -> Callable[[float, float], float | None]:
    if type(node) not in _BINARY:
        raise ValueError(f"metric math does not know the operator {type(node).__name__} here")
    return _BINARY[type(node)]


def _pairwise(left: Value, right: Value, combine: Callable[[float, float], float | None]) -> Value:
    """Combine period by period; a period that one side lacks has no value."""
    if isinstance(left, list) or isinstance(right, list):
        raise ValueError("metric math does not know arithmetic on lists here")
    if not isinstance(left, dict) and not isinstance(right, dict):
        return combine(left, right) or 0.0
    times = set(left if isinstance(left, dict) else right)  # ty: ignore[invalid-argument-type]
    if isinstance(left, dict) and isinstance(right, dict):
        times &= set(right)
    values = {at: combine(_at(left, at), _at(right, at)) for at in times}
    return {at: value for at, value in values.items() if value is not None}


def _at(value: Value, time: float) -> float:
    found = value[time] if isinstance(value, dict) else value
    if isinstance(found, list):
        raise ValueError("metric math does not know a list as a value here")
    return found


def _fold(arguments: list[Value], fold: Callable[[Sequence[float]], float]) -> Value:
    """A function of one series is its value over all periods; of several, the value in each period."""
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        return fold(list(arguments[0].values())) if arguments[0] else 0.0
    values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
    times = set().union(*(value for value in values if isinstance(value, dict)))
    if not times:
        return fold([value for value in values if isinstance(value, float)])
    return {
        at: fold([_at(value, at) for value in values if not isinstance(value, dict) or at in value]) for at in times
    }


def _choose(condition: Value, then: Value, otherwise: Value) -> Value:
    if not isinstance(condition, dict):
        return then if condition else otherwise
    chosen = {at: (then if value else otherwise) for at, value in condition.items()}
    return {at: _at(value, at) for at, value in chosen.items() if not isinstance(value, dict) or at in value}
