"""Filter patterns of metric filters: terms in a line, and conditions on the fields of a JSON line.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Document = dict[str, Any]
Condition = Callable[[Document], bool]
Matches = Callable[[str, Document | None], bool]

_JSON_TOKEN = re.compile(r"\s*(&&|\|\||[()]|!=|<=|>=|=|<|>|\"(?:[^\"\\]|\\.)*\"|%[^%]*%|\$\.[\w.\[\]*-]+|[\w.*+-]+)")
_TERM = re.compile(r"([-?]?)(\"(?:[^\"\\]|\\.)*\"|%[^%]*%|\S+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ABSENT = object()


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Matches:
    """What tells whether a line, and its JSON document if it is one, matches.

    Raises ValueError for a pattern that is wrong or not known here.
    """
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        condition = _Parser(text[1:-1]).parse()
        return lambda _, document: document is not None and condition(document)
    if text.startswith("["):
        raise ValueError(f"the embedded cloud does not know patterns of space-delimited fields: {pattern}")
    return _terms(text)


def field(document: Document | None, path: str) -> Any:
    """The value at a path such as `$.a.b[0]`; None if there is none."""
    found = _at(document, path)
    return None if found is _ABSENT else found


def _terms(text: str) -> Matches:
    terms = [(mark, _searched(word)) for mark, word in _TERM.findall(text)]
    wanted = [word for mark, word in terms if mark == ""]
    unwanted = [word for mark, word in terms if mark == "-"]
    optional = [word for mark, word in terms if mark == "?"]

    def matches(line: str, _: Document | None) -> bool:
        return (
            all(word.search(line) for word in wanted)
            and not any(word.search(line) for word in unwanted)
            and (not optional or any(word.search(line) for word in optional))
        )

    return matches


def _searched(word: str) -> re.Pattern[str]:
    if word.startswith("%"):
        return re.compile(word.strip("%"))
    return re.compile(re.escape(_unquoted(word)))


class _Parser:
    """Conditions joined by && and ||, of which && binds closer, in brackets or not."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            token = _JSON_TOKEN.match(text, position)
            if token is None:
                raise ValueError(f"the filter pattern {{{text}}} is wrong at {text[position:].strip()!r}")
            self._tokens.append(token[1])
            position = token.end()

    def parse(self) -> Condition:
        condition = self._any()
        if self._tokens:
            raise ValueError(f"the filter pattern {{{self._text}}} is wrong at {self._tokens[0]!r}")
        return condition

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._tokens[:1] == ["||"]:
            self._take()
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._tokens[:1] == ["&&"]:
            self._take()
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Condition:
        token = self._take()
        if token == "(":
            inner = self._any()
            if self._take() != ")":
                raise ValueError(f"a bracket of the filter pattern {{{self._text}}} is not closed")
            return inner
        if not token.startswith("$."):
            raise ValueError(f"the filter pattern {{{self._text}}} has {token!r} in the place of a field")
        return self._comparison(token)

    def _comparison(self, path: str) -> Condition:
        sign = self._take().upper()
        if sign == "IS":
            return _has_constant(path, self._take().upper())
        if sign == "NOT" and self._take().upper() == "EXISTS":
            return lambda document: _at(document, path) is _ABSENT
        wanted = self._take()
        if sign in _COMPARE:
            return _compares(path, _COMPARE[sign], float(wanted))
        if sign in ("=", "!="):
            return _equals(path, wanted, sign == "=")
        raise ValueError(f"the filter pattern {{{self._text}}} has {sign!r} in the place of an operator")

    def _take(self) -> str:
        if not self._tokens:
            raise ValueError(f"the filter pattern {{{self._text}}} ends too early")
        return self._tokens.pop(0)


def _has_constant(path: str, name: str) -> Condition:
    constants = {"NULL": None, "TRUE": True, "FALSE": False}
    if name not in constants:
        raise ValueError(f"a filter pattern has IS {name}: it takes NULL, TRUE or FALSE")
    return lambda document: _at(document, path) is constants[name]


def _compares(path: str, compare: Callable[[float, float], bool], wanted: float) -> Condition:
    def holds(document: Document) -> bool:
        value = _at(document, path)
        return isinstance(value, int | float) and not isinstance(value, bool) and compare(value, wanted)

    return holds


def _equals(path: str, wanted: str, equal: bool) -> Condition:
    """Equality of a text, with * for anything, or of a number. A field that is not there equals nothing."""
    if wanted.startswith("%"):
        expression = re.compile(f".*(?:{wanted.strip('%')}).*", re.DOTALL)
    else:
        expression = re.compile(re.escape(_unquoted(wanted)).replace(r"\*", ".*"), re.DOTALL)

    def holds(document: Document) -> bool:
        value = _at(document, path)
        if value is _ABSENT or isinstance(value, dict | list):
            return False
        return _same(value, wanted, expression) == equal

    return holds


def _same(value: Any, wanted: str, expression: re.Pattern[str]) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value) == float(_unquoted(wanted))
        except ValueError:
            pass
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return expression.fullmatch(text) is not None


def _at(document: Any, path: str) -> Any:
    value = document
    for name in re.findall(r"[\w-]+", path[1:]):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return _ABSENT
    return value


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') and len(word) > 1 else word
