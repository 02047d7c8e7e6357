"""What an answer is made of: a function's `answers.py` has its shapes, and no answer goes out that is not made from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from types import NoneType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer


class Shape(BaseModel):
    """An answer, or a part of one. A member that is None goes out as `null` if it has to be there, and else is left out.

    Built when it is first used: a start would pay for all answers of a function, and its first request needs one.
    """

    model_config = ConfigDict(defer_build=True)

    # Its return type is not named: pydantic would describe it in place of the members.
    @model_serializer(mode="wrap")
    def _told(self, members: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # noqa: ANN202
        always = _always(type(self))
        return {name: value for name, value in members(self).items() if value is not None or name in always}


@cache
def _always(shape: type[Shape]) -> frozenset[str]:
    fields = shape.model_fields.items()
    return frozenset(name for name, field in fields if field.is_required() or field.annotation is NoneType)


def one_of(words: Iterable[str]) -> Any:
    """A member's annotation: the document names the words that it can be. What is made of our own words is not asked again."""
    return Field(json_schema_extra={"enum": [str(word) for word in words]})


def described_before(name: str, other: str) -> Callable[[dict[str, Any]], None]:
    """A `json_schema_extra`: the document describes one member before another that goes out before it."""

    def reorder(schema: dict[str, Any]) -> None:
        moved = schema["properties"].pop(name)
        members = schema["properties"].items()
        schema["properties"] = dict(
            pair
            for member, said in members
            for pair in ([(name, moved), (member, said)] if member == other else [(member, said)])
        )

    return reorder
