"""What a function's code can do to which table: followed from its handler, over what it is wired of.

The handler is built as on Lambda, over clients that answer nothing. Its objects are walked; a method counts if its name stands in code
that counts. A method may do to the tables that it names what it, or a plain function that it calls, asks of DynamoDB.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from vaxcert.aws import dynamodb, partiql

type Use = tuple[str, str]

_HELPERS: Final[Mapping[Callable[..., Any], str]] = {
    dynamodb.get: "GetItem",
    dynamodb.query_all: "Query",
    dynamodb.scan_all: "Scan",
    dynamodb.newest: "Query",
    dynamodb.batch_get: "BatchGetItem",
    dynamodb.put: "PutItem",
    dynamodb.update: "UpdateItem",
    dynamodb.delete: "DeleteItem",
    dynamodb.check: "ConditionCheckItem",
    partiql.replacement: "PartiQLUpdate",
    partiql.select_prefixed: "PartiQLSelect",
}
_CALLS: Final = {
    "get_item": "GetItem",
    "query": "Query",
    "scan": "Scan",
    "batch_get_item": "BatchGetItem",
    "put_item": "PutItem",
    "update_item": "UpdateItem",
    "delete_item": "DeleteItem",
}


def used(handler: object, tables: frozenset[str]) -> set[Use]:
    """(action, table) of everything that the handler's code can ask for."""
    owners, reached = _built(handler)
    found: set[Use] = set()
    handed_out: set[str] = set()
    for owner in owners:
        for method in _methods(type(owner)):
            if method in reached:
                named = set(_tables(owner, _names(method), tables))
                actions = _actions(method, set(), type(owner))
                found |= {(action, table) for action in actions for table in named}
                # A place (table and key) that is handed out is read in somebody else's batch.
                handed_out |= set() if actions else named
    batches = any("BatchGetItem" in _actions(function, set()) for function in reached)
    return found | {("BatchGetItem", table) for table in handed_out if batches}


def called(handler: object) -> set[str]:
    """Every name in the handler's code, the methods of AWS clients that it calls among them."""
    return {name for function in _built(handler)[1] for name in _names(function)}


def _built(handler: object) -> tuple[list[Any], set[FunctionType]]:
    things = list(_walk(handler))
    plain = {thing for thing in things if isinstance(thing, FunctionType) and _ours(thing)}
    owners = [thing for thing in things if _ours(type(thing))]
    return owners, _reached(plain, {type(owner) for owner in owners})


def _walk(root: object) -> Iterator[Any]:
    seen: set[int] = set()
    ahead = [root]
    while ahead:
        thing = ahead.pop()
        if id(thing) in seen or isinstance(thing, ModuleType | type | CodeType):
            continue
        seen.add(id(thing))
        yield thing
        inner = gc.get_referents(thing)
        if isinstance(thing, FunctionType):
            inner = [one for one in inner if one is not thing.__globals__]
        ahead += inner


def _ours(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return module.startswith("vaxcert.") or module.endswith(".app")


def _names(function: FunctionType) -> set[str]:
    names: set[str] = set()
    ahead = [function.__code__]
    while ahead:
        code = ahead.pop()
        names |= {*code.co_names, *code.co_freevars}
        ahead += [const for const in code.co_consts if isinstance(const, CodeType)]
    return names


def _methods(owner: type) -> Iterator[FunctionType]:
    for base in inspect.getmro(owner):
        for value in [*vars(base).values()]:  # a shape is built when it is looked at
            method = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if isinstance(method, FunctionType) and _ours(method):
                yield method


def _globals(function: FunctionType) -> Iterator[Any]:
    names = _names(function)
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType) and value.__name__.startswith("vaxcert."):
            yield from (held for inner in names if _ours(held := getattr(value, inner, None)))
        elif value is not None and _ours(value):
            yield value


def _reached(plain: Iterable[FunctionType], classes: set[type]) -> set[FunctionType]:
    reached: set[FunctionType] = set()
    names: set[str] = set()
    ahead = set(plain)
    while ahead:
        reached |= ahead
        mentioned = [value for function in ahead for value in _globals(function)]
        names |= {name for function in ahead for name in _names(function)}
        classes |= {value for value in mentioned if isinstance(value, type)}
        methods = {
            method
            for owner in classes
            for method in _methods(owner)
            if method.__name__ in names or method.__name__.startswith("__")
        }
        ahead = ({value for value in mentioned if isinstance(value, FunctionType)} | methods) - reached
    return reached


def _actions(function: FunctionType, seen: set[FunctionType], owner: type | None = None) -> set[str]:
    """What it asks of DynamoDB itself, by plain functions, or by its owner's private methods."""
    if function in seen:
        return set()
    seen.add(function)
    found = {_CALLS[name] for name in _names(function) & _CALLS.keys()}
    for value in _globals(function):
        if value in _HELPERS:
            found.add(_HELPERS[value])
        elif isinstance(value, FunctionType) and value.__module__ != dynamodb.__name__:
            found |= _actions(value, seen)
    for own in [] if owner is None else _methods(owner):
        if own.__name__.startswith("_") and own.__name__ in _names(function):
            found |= _actions(own, seen, owner)
    return found


def _tables(owner: object, names: set[str], tables: frozenset[str]) -> Iterator[str]:
    for name in names:
        value = getattr(owner, name, None)
        if isinstance(value, str) and value in tables:
            yield value
        elif value is not None and _ours(type(value)) and not isinstance(value, MethodType):
            for inner in names:
                held = getattr(value, inner, None)
                if isinstance(held, str) and held in tables:
                    yield held
