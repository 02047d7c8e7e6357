"""What is changed: one thing of a module at a time, where a test can notice it.

Few kinds, each a fault that people make: a limit off by one, a comparison, a case that is left out, a check that is
dropped, an answer that is lost, a condition of DynamoDB that always or never holds. Types, messages, log lines, ports
and numbers that only tune (how many at once, how often tried) are left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools import paths

PRODUCT = Path("layers/vaxcert/python/vaxcert")

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_TURNED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
}
_LOGS = {"debug", "info", "warning", "error", "exception"}
# Arguments of AWS calls that change what is done, and that a call can go without.
_OPTIONS = {
    "ClientRequestToken",
    "ConditionExpression",
    "EncryptionContext",
    "FilterExpression",
    "Limit",
    "ScanIndexForward",
}
_TERM = re.compile(r"attribute_(not_)?exists\(|[#\w.]+ (=|<>|<=?|>=?) [:#]\w+")
_NO_CONDITION = ("SET ", "ADD ", "REMOVE ", "DELETE ", "SELECT ", "UPDATE ", "pk = :pk")
# How much is done at once, or how often it is tried: one more or less changes a cost that is measured elsewhere, and no answer.
TUNED = re.compile(
    r"_?(PAGE|WORKERS|ATTEMPTS|TURNS|THREADS|BATCH|AT_ONCE|STRETCH|STEP|PIECE|CHUNK|PINNERS|READ_AT_ONCE)"
)
# What a route says in the API's document alone; `make lint` compares that whole.
_DOCUMENTED = {"responses", "refuses"}
_ALWAYS = "({} OR attribute_exists(pk) OR attribute_not_exists(pk))"
_NEVER = "({} AND attribute_exists(pk) AND attribute_not_exists(pk))"


@dataclass(frozen=True)
class Mutant:
    """One change: the node's place in the order of `ast.walk`, and what is done to it. `module` is a path below the root."""

    module: Path
    line: int
    last_line: int
    node: int
    change: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.change}"


def mutants_of(module: Path) -> Iterator[Mutant]:
    """Every change that can be made to the module, each at one place."""
    tree = ast.parse(_source(module))
    left_alone = _left_alone(tree)
    for number, node in enumerate(ast.walk(tree)):
        if node not in left_alone:
            at = node.test if isinstance(node, ast.If | ast.IfExp | ast.While) else node
            first = getattr(at, "lineno", 0)
            for change in _changes(node):
                yield Mutant(module, first, getattr(at, "end_lineno", first), number, change)


def mutated(mutant: Mutant) -> ast.Module:
    """The module with this one change; lines stay where they were."""
    tree = ast.parse(_source(mutant.module))
    node = list(ast.walk(tree))[mutant.node]
    made = _changes(node)[mutant.change]
    if isinstance(made, ast.AST):
        ast.copy_location(made, node)
        _replace(tree, node, made)
    return ast.fix_missing_locations(tree)


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _source(module: Path) -> str:
    return _text(paths.ROOT / module)


def _changes(node: ast.AST) -> dict[str, ast.AST | None]:  # noqa: C901, PLR0911, PLR0912  # a row for each kind
    """What can be done to the node, by name: what takes its place."""
    match node:
        case ast.Compare(left, [only], [right]) if type(only) in _SWAPPED:
            other = _SWAPPED[type(only)]
            return {f"{type(only).__name__} → {other.__name__}": ast.Compare(left, [other()], [right])}
        case ast.Compare(left, ops, compared):  # `a <= b < c`: each in turn
            return {
                f"{place}. {type(op).__name__} → {_SWAPPED[type(op)].__name__}": ast.Compare(
                    left, [*ops[: place - 1], _SWAPPED[type(op)](), *ops[place:]], compared
                )
                for place, op in enumerate(ops, 1)
                if len(ops) > 1 and type(op) in _SWAPPED
            }
        case ast.BoolOp(op, values):
            return {
                f"{type(op).__name__}: {ast.unparse(value)[:60]!r} dropped": _joined(op, values, value)
                for value in values
            }
        case ast.BinOp(left, op, right) if type(op) in _TURNED:
            other_op = _TURNED[type(op)]
            return {f"{type(op).__name__} → {other_op.__name__}": ast.BinOp(left, other_op(), right)}
        case ast.Constant(bool(value)):
            return {f"{value} → {not value}": ast.Constant(not value)}
        case ast.Constant(int(value)):
            return {f"{value} → {value + 1}": ast.Constant(value + 1)}
        case ast.Constant(str(value)):
            return {f"condition {name}": ast.Constant(text) for name, text in _conditions(value)}
        case ast.If(_, body, orelse):
            return {
                "never": ast.If(ast.Constant(value=False), body, orelse),
                "always": ast.If(ast.Constant(value=True), body, orelse),
            }
        case ast.IfExp(_, body, orelse):
            return {"never": orelse, "always": body}
        case ast.UnaryOp(ast.Not(), operand):
            return {"not removed": operand}
        case ast.Return(ast.expr() as value) if not _is(value, None):
            return {"returns None": ast.Return(ast.Constant(None))}
        case ast.Raise():
            return {"does not raise": ast.Pass()}
        case ast.Expr(ast.Call(called)):
            return {f"{ast.unparse(called)[:60]} not called": ast.Pass()}
        case ast.Call(func, arguments, keywords):
            return {
                f"{gone.arg} dropped": ast.Call(func, arguments, [k for k in keywords if k is not gone])
                for gone in keywords
                if gone.arg in _OPTIONS
                and not (isinstance(gone.value, ast.Name) and TUNED.fullmatch(gone.value.id))
            }
        case ast.Dict(keys, values):
            return {
                f"{key.value} dropped": ast.Dict([*keys[:n], *keys[n + 1 :]], [*values[:n], *values[n + 1 :]])
                for n, key in enumerate(keys)
                if isinstance(key, ast.Constant) and key.value in {*_OPTIONS, "ttl"}
            }
        case _:
            return {}


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _joined(op: ast.boolop, values: list[ast.expr], without: ast.expr) -> ast.expr:
    kept = [value for value in values if value is not without]
    return kept[0] if len(kept) == 1 else ast.BoolOp(op, kept)


def _conditions(text: str) -> Iterator[tuple[str, str]]:
    """A condition of DynamoDB, each of its terms in turn always true, or never where one of several is enough. The terms stay in it,
    since DynamoDB refuses values that nothing uses.
    """
    if not _TERM.match(text) or text.startswith(_NO_CONDITION):
        return
    for joint, form, name in ((" OR ", _NEVER, "never"), (" AND ", _ALWAYS, "always")):
        terms = text.split(joint)
        if len(terms) == 1 and joint == " OR ":
            continue
        if "(" in text.replace("attribute_exists(", "").replace("attribute_not_exists(", ""):
            terms = [text]
        if joint == " AND " and " OR " in text:
            terms = [text]
        if not all(map(str.strip, terms)):  # the beginning of one that is put together
            continue
        for n, term in enumerate(terms):
            yield f"{name}: {term}", joint.join([*terms[:n], form.format(f"({term})"), *terms[n + 1 :]])


def _left_alone(tree: ast.AST) -> set[ast.AST]:
    """Nodes that nobody can see: annotations, decorators of classes, ports, docstrings, log lines, `__all__`, what stands under
    TYPE_CHECKING, the `strict` of a `zip`, numbers that only tune, and what stands in the API's document alone.
    """
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        for part in _unseen(node):
            found.update(ast.walk(part))
    return found


def _unseen(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912  # a row for each
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if (
            TUNED.fullmatch(name)
        ):
            yield node
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.FunctionDef(returns=ast.expr() as returns):
            yield returns
        case ast.ClassDef(bases=bases) if any(_named(base) == "Protocol" for base in bases):
            yield node
        case ast.ClassDef(decorator_list=decorators):
            yield from decorators
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.TypeAlias():
            yield node
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            yield node
        case ast.Subscript(value=ast.Name(id="Literal")):
            yield node
        case ast.Expr(ast.Constant()):
            yield node
        case ast.Expr(ast.Call(ast.Attribute(attr=attr))) if attr in _LOGS:
            yield node
        case ast.Call(func=ast.Name(id="zip"), keywords=keywords):  # a guard against ourselves
            yield from (one.value for one in keywords if one.arg == "strict")
        case ast.Call(keywords=keywords) if any(one.arg in _DOCUMENTED for one in keywords):
            yield from (one.value for one in keywords if one.arg in _DOCUMENTED)
        case ast.JoinedStr():  # a part of a text is no condition
            yield from (part for part in node.values if isinstance(part, ast.Constant))


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if value is old:
                setattr(node, field, new)
                return
            if isinstance(value, list) and any(one is old for one in value):
                setattr(node, field, [new if one is old else one for one in value])
                return
