"""moto without what it works out anew with each call and comes to the same each time. It answers what it answered.

Two thirds of a test on moto are moto's own work, and a third of that is this.
"""

from __future__ import annotations

import copy
import string
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any


def hasten_moto() -> None:
    """Let this process's moto keep what does not change from call to call."""
    from moto.core import base_backend, responses, serialize
    from moto.dynamodb import models
    from moto.dynamodb.models.dynamo_type import DynamoType
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.parsing.tokens import ExpressionTokenizer
    from moto.kms import models as keys
    from moto.moto_api._internal import moto_random

    core: Any = responses
    if hasattr(core.method_names_from_class, "cache_info"):
        return
    core.method_names_from_class = cache(core.method_names_from_class)
    # It reads the module of S3's addresses anew for each request.
    backend: Any = base_backend.BaseBackend
    backend.urls = property(_once_a_class(backend.urls.fget))
    # It draws the id of each answer letter by letter.
    chance: Any = moto_random.MotoRandom
    chance.get_random_string = _drawn
    # For each write of a transaction it copies a whole table.
    dynamodb: Any = models
    dynamodb.copy = _aside(Table)
    backend = dynamodb.DynamoDBBackend
    backend.transact_write_items = _all_or_nothing(backend.transact_write_items, DynamoType)
    # It draws an RSA key for every key that is made, those that only wrap among them.
    kms: Any = keys
    kms.generate_private_key = _one_pair(kms.generate_private_key)
    tokenizer: Any = ExpressionTokenizer
    tokenizer.make_list = _kept(tokenizer.make_list)
    picker: Any = serialize.XFormedAttributePicker
    picker.get_possible_keys = _names_once(picker.get_possible_keys)


def _drawn(chance: Any, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
    letters = string.ascii_letters + (string.digits if include_digits else "")
    drawn = "".join(chance.choices(letters, k=length))
    return drawn.lower() if lower_case else drawn


def _aside(whole: type) -> Any:
    """The module `copy`, but that a whole one of these is not copied."""
    return SimpleNamespace(deepcopy=lambda thing: thing if isinstance(thing, whole) else copy.deepcopy(thing))


def _all_or_nothing(transact: Any, value: Any) -> Any:
    """A transaction that copies the items that it names, and puts them back where it fails."""

    def written(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        before = [kept for one in transact_items for kept in _stands(backend, one, value)]
        try:
            transact(backend, transact_items)
        except Exception:
            for table, keys, item in reversed(before):
                table.delete_item(*keys)
                if item is not None:
                    rows, place = (table.items[keys[0]], keys[1]) if keys[1] else (table.items, keys[0])
                    rows[place] = item
            raise

    return written


def _stands(backend: Any, one: dict[str, Any], value: Any) -> Iterator[tuple[Any, tuple[Any, Any], Any]]:
    for request in one.values():
        table, place = backend.tables.get(request["TableName"]), request.get("Item") or request.get("Key")
        names = (
            () if table is None else [name for name in (table.hash_key_attr, table.range_key_attr) if name]
        )
        if names and place and place.keys() >= {*names}:
            first, second = (*(value(place[name]) for name in names), None)[:2]
            yield table, (first, second), copy.deepcopy(table.get_item(first, second))


def _once_a_class(urls: Any) -> Any:
    kept: dict[type, Any] = {}

    def of(backend: Any) -> Any:
        if type(backend) not in kept:
            kept[type(backend)] = urls(backend)
        return kept[type(backend)]

    return of


def _one_pair(generate: Any) -> Any:
    kept = cache(generate)
    return lambda spec: kept(spec) if spec == "SYMMETRIC_DEFAULT" else generate(spec)


def _kept(make_list: Any) -> Any:
    kept = cache(lambda expression: tuple(make_list(expression)))
    return lambda expression: [*kept(expression)]


def _names_once(possible: Any) -> Any:
    """Where a value of plain data may lie, by the member that is told; any other object may say otherwise each time."""
    kept: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def names(picker: Any, context: Any) -> Iterator[str]:
        if type(context.obj) is not dict:
            return iter(possible(picker, context))
        place = (context.shape, getattr(context.shape, "parent", None), context.key, *picker.alias_providers)
        if place not in kept:
            kept[place] = tuple(dict.fromkeys(possible(picker, context)))
        return iter(kept[place])

    return names
