"""moto without what it works out anew with each call and comes to the same each time. It answers what it answered.

Two thirds of a test on moto are moto's own work, and a third of that is this.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any


def hasten_moto() -> None:
    """Let this process's moto keep what does not change from call to call."""
    from moto.core import responses
    from moto.core.base_backend import BaseBackend
    from moto.core.serialize import XFormedAttributePicker
    from moto.dynamodb.parsing.tokens import ExpressionTokenizer
    from moto.kms import models

    if hasattr(responses.method_names_from_class, "cache_info"):
        return
    responses.method_names_from_class = cache(responses.method_names_from_class)
    # It reads the module of S3's addresses anew for each request.
    BaseBackend.urls = property(_once_a_class(BaseBackend.urls.fget))  # type: ignore[assignment, method-assign]
    # It draws an RSA key for every key that is made, those that only wrap among them.
    models.generate_private_key = _one_pair(models.generate_private_key)
    ExpressionTokenizer.make_list = _kept(ExpressionTokenizer.make_list)  # type: ignore[method-assign]
    XFormedAttributePicker.get_possible_keys = _names_once(XFormedAttributePicker.get_possible_keys)  # type: ignore[method-assign]


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
