"""Metric math, as far as alarms and dashboards use it: arithmetic, comparison, logic and the common functions.

An expression that uses anything else is refused by name, never guessed at.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from seaworthy_cloud.metrics.functions import FOLDS, FUNCTIONS, SINGLE, Value, fold, pairwise
from seaworthy_cloud.metrics.series import Periods, Series, series

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


def solve(metrics: list[dict[str, Any]], periods: Periods) -> dict[str, Series]:
    """The series of each metric and expression of an alarm or a query, by its id.

    Raises ValueError if an expression uses what is not known here, or a series that is not there.
    """
    known: dict[str, Series] = {}
    for each in metrics:
        if stat := each.get("MetricStat"):
            known[each["Id"]] = series(stat["Metric"], stat["Stat"], periods)
    expressions = {each["Id"]: each["Expression"] for each in metrics if each.get("Expression")}
    while pending := {name: text for name, text in expressions.items() if name not in known}:
        # An expression may use another; each round solves at least one, or what is left names what is not there.
        ready = {name: text for name, text in pending.items() if not _names(text) & pending.keys()}
        if not ready:
            raise ValueError(f"the expressions {sorted(pending.values())} use each other")
        for name, text in ready.items():
            known[name] = _as_series(text, evaluate_expression(text, known, periods), periods)
    return known


def evaluate_expression(expression: str, known: dict[str, Series], periods: Periods) -> Value:
    """The value of an expression in CloudWatch's syntax. Raises ValueError if it uses what is not known here."""
    return _Evaluation(expression, known, periods).of(_parsed(expression))


def _as_series(expression: str, value: Value, periods: Periods) -> Series:
    if isinstance(value, list):
        raise ValueError(f"the expression {expression} gives several series: one is needed")
    return value if isinstance(value, dict) else {at: float(value) for at in periods.starts}


def _parsed(expression: str) -> ast.expr:
    """The expression's tree: CloudWatch's syntax is Python's but for a few operators."""
    python = re.sub(r"\bAND\b|&&", " and ", re.sub(r"\bOR\b|\|\|", " or ", expression)).replace("^", "**")
    try:
        return ast.parse(python.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"the expression {expression} is wrong: {error.msg}") from error


def _names(expression: str) -> set[str]:
    return {node.id for node in ast.walk(_parsed(expression)) if isinstance(node, ast.Name)}


class _Evaluation:
    """One evaluation; only the kinds of nodes that are named here are evaluated at all."""

    def __init__(self, expression: str, known: dict[str, Series], periods: Periods) -> None:
        self._expression = expression
        self._known = known
        self._periods = periods

    def of(self, node: ast.AST) -> Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id in self._known:
            return self._known[node.id]
        if isinstance(node, ast.List):
            return [self.of(each) for each in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return pairwise(0.0, self.of(node.operand), operator.sub)
        if isinstance(node, ast.BinOp):
            return pairwise(self.of(node.left), self.of(node.right), self._operator(node.op))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return pairwise(self.of(node.left), self.of(node.comparators[0]), self._operator(node.ops[0]))
        if isinstance(node, ast.BoolOp):
            return self._logic(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id.upper(), node.args)
        raise ValueError(f"metric math: {self._expression} has {ast.unparse(node)}, which is not known here")

    def _logic(self, node: ast.BoolOp) -> Value:
        result = self.of(node.values[0])
        for each in node.values[1:]:
            result = pairwise(result, self.of(each), self._operator(node.op))
        return result

    def _call(self, function: str, nodes: list[ast.expr]) -> Value:
        if function == "METRICS":
            return self._metrics(nodes)
        arguments = [self.of(node) for node in nodes]
        if function in FOLDS:
            return fold(arguments, FOLDS[function])
        if function in SINGLE and len(arguments) == 1:
            return pairwise(arguments[0], 0.0, lambda value, _: SINGLE[function](value))
        if function in FUNCTIONS:
            return FUNCTIONS[function](arguments, self._periods)
        raise ValueError(f"metric math: {self._expression} has the function {function}, which is not known here")

    def _metrics(self, nodes: list[ast.expr]) -> Value:
        """All series, or those whose id holds a text."""
        part = nodes[0].value if nodes and isinstance(nodes[0], ast.Constant) else ""
        return [values for name, values in self._known.items() if str(part) in name]

    def _operator(self, node: ast.AST) -> Callable[[float, float], float | None]:
        if type(node) not in _BINARY:
            raise ValueError(f"metric math: {self._expression} has an operator that is not known here")
        return _BINARY[type(node)]
