"""Kinds of input that pydantic's own do not have: ids in the path, and lines that people or scanners typed."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from vaxcert.errors import NotFound
from vaxcert.text import character_fault, trimmed


def path_id(has_form: Callable[[str], bool]) -> AfterValidator:
    """For a path parameter: raises `NotFound` for a text without the form of such an id, before anything is asked for."""

    def check(text: str) -> str:
        if not has_form(text):
            raise NotFound
        return text

    return AfterValidator(check)


def _line(value: object) -> object:
    if not isinstance(value, str):
        return value
    line = trimmed(value)
    if fault := character_fault(line):
        raise PydanticCustomError(fault, "a control character")
    return line


LINE = BeforeValidator(_line)
"""For a text on one line: blank ends are taken off before its length is looked at, and controls are refused."""
