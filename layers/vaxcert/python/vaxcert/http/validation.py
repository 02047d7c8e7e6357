"""Pydantic's findings as field errors: where, and a stable code; never the value, never pydantic's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vaxcert.errors import FieldCode, FieldError, Rejected, VaxcertError

_CODES: dict[str, FieldCode] = {
    "control_character": "control_character",
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_long",
    "too_short": "too_short",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "int_parsing_size": "out_of_range",
}
_MOST = 20

type Faults = Callable[[Mapping[str, object]], Sequence[FieldError]]
"""Finds what is wrong with a body's fields beyond their form; fields may be missing or of any type."""


def no_faults(_sent: Mapping[str, object]) -> tuple[FieldError, ...]:
    """Of a body whose form says it all."""
    return ()


def validation_problem(
    found: Sequence[Mapping[str, Any]], body: object = None, faults: Faults = no_faults
) -> VaxcertError:
    """422 with one entry per field (20 at most). `body` is what was sent."""
    fields = tuple(
        FieldError(_pointer(error["loc"], body), code_of(str(error["type"]))) for error in found[:_MOST]
    )
    if isinstance(body, dict) and any(error["loc"][:1] == ("body",) for error in found):
        told = {field.pointer for field in fields}
        fields += tuple(fault for fault in faults(body) if fault.pointer not in told)
    return Rejected(fields=fields[:_MOST])


def _pointer(location: Sequence[str | int], body: object) -> str:
    # A body field is pointed at from the body's root; anything else is named by where it stands.
    parts = list(location)
    if parts and parts[0] == "body":
        parts = _walked(parts[1:], body)
    return "".join("/" + str(part)[:64].replace("~", "~0").replace("/", "~1") for part in parts)


def _walked(parts: Sequence[str | int], body: object) -> list[str | int]:
    """The parts that are places in the body: pydantic names the chosen member of a union among them, which is none."""
    places: list[str | int] = []
    at = body
    for index, part in enumerate(parts):
        if isinstance(at, dict) and part not in at and index < len(parts) - 1:
            continue
        places.append(part)
        if isinstance(at, dict):
            at = at.get(part)
        elif isinstance(at, list) and isinstance(part, int) and part < len(at):
            at = at[part]
    return places


def code_of(kind: str) -> FieldCode:
    """The stable code of one of pydantic's kinds of error."""
    if kind in _CODES:
        return _CODES[kind]
    if kind.endswith(("_type", "_parsing")):
        return "wrong_type"
    return "invalid"
