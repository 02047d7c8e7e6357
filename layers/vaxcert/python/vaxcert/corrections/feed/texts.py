"""Texts of a feed, for pydantic: trimmed, blank where optional is absent, and nothing in them that shows otherwise than it reads (D15).

Everything on the way of a row without fault is done by pydantic's core; Python is called for what is rare.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetPydanticSchema, StringConstraints
from pydantic_core import CoreSchema, core_schema

_STRIPPED = core_schema.str_schema(strip_whitespace=True)
_BLANK = core_schema.str_schema(strip_whitespace=True, max_length=0)


def _first(*choices: CoreSchema) -> CoreSchema:
    """The first that fits; the fault told is that of the first choice."""
    return core_schema.union_schema(list(choices), mode="left_to_right")


def _always(value: object, schema: CoreSchema) -> CoreSchema:
    """`value`, where the schema fits."""
    return core_schema.no_info_after_validator_function(lambda _: value, schema)


def _absent(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    return _first(handler(source), _always(None, _BLANK))


def _trimmed(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    words = handler(source)
    return _first(words, core_schema.chain_schema([_STRIPPED, words]))


def _empty_for_none(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    return _first(handler(source), _always("", core_schema.none_schema()))


OR_BLANK: Final = GetPydanticSchema(_absent)
"""For an optional field: blank is absent."""
PADDED: Final = GetPydanticSchema(_trimmed)
"""For a `Literal` of words: white space around them is taken."""

NONE_IS_EMPTY: Final = GetPydanticSchema(_empty_for_none)
"""For a text whose absence is "" in the product."""

type Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
type VaccineCode = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)], NONE_IS_EMPTY
]
type DoseId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
type City = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$")]
type ArchiveNo = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z_-]{1,32}$")]
type OptionalArchiveNo = Annotated[ArchiveNo | None, OR_BLANK]
type Short = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] | None, OR_BLANK
]
type Long = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None, OR_BLANK
]

_HIDING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def may_hide(line: bytes) -> bool:
    """Whether a text of this JSON could hold what `hides` finds: by the bytes that all of it begins with, escaped or not."""
    return b"\\" in line or b"\x7f" in line or b"\xc2" in line or b"\xe2" in line


def hides(text: str) -> bool:
    """Whether a text holds a control character, a line's end, or one that turns the direction in which it is read.

    Marks without an effect of their own (U+200E, U+200F) are let pass: programs leave them behind where people copy a name.
    """
    return not text.isprintable() and _HIDING.search(text) is not None
