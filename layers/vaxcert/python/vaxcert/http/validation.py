"""Pydantic's findings as field errors: where, and a stable code; never the value, never pydantic's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vaxcert.errors import FieldError, Malformed, Rejected, VaxcertError

_CODES = {
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
}
_MOST = 20


def validation_problem(found: Sequence[Mapping[str, Any]]) -> VaxcertError:
    """400 where the body is no JSON at all, else 422 with one entry per field (20 at most)."""
    if any(error["type"] == "json_invalid" for error in found):
        return Malformed()
    fields = tuple(FieldError(_pointer(error["loc"]), _code(str(error["type"]))) for error in found[:_MOST])
    return Rejected(fields=fields)


def _pointer(location: Sequence[str | int]) -> str:
    # A body field is pointed at from the body's root; anything else is named by where it stands.
    parts = [str(part) for part in location]
    if parts and parts[0] == "body":
        parts = parts[1:]
    return "".join("/" + part[:64].replace("~", "~0").replace("/", "~1") for part in parts)


def _code(kind: str) -> str:
    if kind in _CODES:
        return _CODES[kind]
    if kind.endswith(("_type", "_parsing")):
        return "wrong_type"
    return "invalid"
