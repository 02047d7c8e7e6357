"""DynamoDB's condition, key and update expressions, as far as this product writes them; anything else raises.

Comparison is DynamoDB's: numbers by value, strings by their UTF-8 bytes, and unlike types or a missing attribute hold nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

type Item = dict[str, Any]
type Scope = tuple[Item, Mapping[str, str], Mapping[str, Item]]
type Test = Callable[[Scope], bool]
type Read = Callable[[Scope], Item | None]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_ASSIGNED = re.compile(r", (?=[#A-Za-z_]+ = )")
_COUNTED = re.compile(r"if_not_exists\((?P<name>#?\w+), (?P<none>:\w+)\) \+ (?P<more>:\w+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


class NotUnderstood(Exception):
    """The expression is none that the fake knows, which is a fault of the fake or of the store."""


def holds(expression: str | None, item: Item | None, request: Mapping[str, Any]) -> bool:
    """Whether a condition holds for the item as it stands; None is the item that does not exist."""
    if expression is None:
        return True
    names, values = _given(request)
    return _condition(expression)((item or {}, names, values))


def updated(expression: str, item: Item, request: Mapping[str, Any]) -> Item:
    """The item after `SET … REMOVE …`."""
    names, values = _given(request)
    after = dict(item)
    set_clause, _, remove_clause = f" {expression}".partition(" REMOVE ")
    for assignment in filter(None, _ASSIGNED.split(set_clause.removeprefix(" SET "))):
        name, _, value = assignment.partition(" = ")
        if counted := _COUNTED.fullmatch(value):
            stands = item.get(_name(counted["name"], names), values[counted["none"]])
            after[_name(name, names)] = {"N": str(int(stands["N"]) + int(values[counted["more"]]["N"]))}
        elif value.startswith(":"):
            after[_name(name.strip(), names)] = values[value.strip()]
        else:
            raise NotUnderstood(expression)
    for name in filter(None, remove_clause.split(", ")):
        after.pop(_name(name.strip(), names), None)
    return after


def _given(request: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, Item]]:
    return request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}


def _name(token: str, names: Mapping[str, str]) -> str:
    return names[token] if token.startswith("#") else token


def _plain(value: Item) -> tuple[str, Any]:
    ((kind, content),) = value.items()
    if kind == "N":
        return kind, int(content)
    return kind, content.encode() if kind == "S" else content


@cache
def _condition(expression: str) -> Test:
    tokens = _tokens(expression)
    test = _either(tokens)
    if tokens:
        raise NotUnderstood(expression)
    return test


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    while at < len(expression.rstrip()):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise NotUnderstood(expression)
        found.append(match[1])
        at = match.end()
    return found


def _either(tokens: list[str]) -> Test:
    tests = [_both(tokens)]
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        tests.append(_both(tokens))
    return lambda scope: any(test(scope) for test in tests)


def _both(tokens: list[str]) -> Test:
    tests = [_not(tokens)]
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        tests.append(_not(tokens))
    return lambda scope: all(test(scope) for test in tests)


def _not(tokens: list[str]) -> Test:
    if tokens[0] == "NOT":
        tokens.pop(0)
        test = _not(tokens)
        return lambda scope: not test(scope)
    return _one(tokens)


def _one(tokens: list[str]) -> Test:
    first = tokens.pop(0)
    if first == "(":
        test = _either(tokens)
        _expect(tokens, ")")
        return test
    if first in {"attribute_exists", "attribute_not_exists"}:
        _expect(tokens, "(")
        read = _operand(tokens.pop(0))
        _expect(tokens, ")")
        wanted = first == "attribute_exists"
        return lambda scope: (read(scope) is not None) is wanted
    if first == "begins_with":
        _expect(tokens, "(")
        left = _operand(tokens.pop(0))
        _expect(tokens, ",")
        right = _operand(tokens.pop(0))
        _expect(tokens, ")")
        return lambda scope: _compared(left(scope), right(scope), lambda a, b: a.startswith(b))
    left, operator = _operand(first), tokens.pop(0)
    if operator == "IN":
        _expect(tokens, "(")
        among = [_operand(tokens.pop(0))]
        while tokens[0] == ",":
            tokens.pop(0)
            among.append(_operand(tokens.pop(0)))
        _expect(tokens, ")")
        return lambda scope: any(_compared(left(scope), one(scope), _COMPARE["="]) for one in among)
    right = _operand(tokens.pop(0))
    if operator == "BETWEEN":
        _expect(tokens, "AND")
        most = _operand(tokens.pop(0))
        return lambda scope: (
            _compared(left(scope), right(scope), _COMPARE[">="])
            and _compared(left(scope), most(scope), _COMPARE["<="])
        )
    return lambda scope: _compared(left(scope), right(scope), _COMPARE[operator])


def _expect(tokens: list[str], token: str) -> None:
    if not tokens or tokens.pop(0) != token:
        raise NotUnderstood(token)


def _operand(token: str) -> Read:
    if token.startswith(":"):
        return lambda scope: scope[2][token]
    if token.startswith("#"):
        return lambda scope: scope[0].get(scope[1][token])
    return lambda scope: scope[0].get(token)


def _compared(left: Item | None, right: Item | None, compare: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None:
        return False
    (kind, a), (other, b) = _plain(left), _plain(right)
    if kind != other:
        return compare is _COMPARE["<>"]
    return compare(a, b)
