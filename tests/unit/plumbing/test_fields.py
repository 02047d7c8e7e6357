"""Kinds of input of our own: ids in the path, and lines that people or scanners typed (R28)."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from vaxcert.errors import NotFound
from vaxcert.http.fields import LINE, path_id

_DESK: TypeAdapter[str] = TypeAdapter(Annotated[str, LINE, Field(max_length=3)])
_LEFT_OUT: TypeAdapter[str | None] = TypeAdapter(Annotated[str | None, LINE])
_ID: TypeAdapter[str] = TypeAdapter(Annotated[str, path_id(str.isdigit)])


@pytest.mark.parametrize(("typed", "line"), [(" 2号 ", "2号"), ("2号\r\n", "2号"), (" ", "")])
def test_blank_ends_are_no_part_of_a_line_and_of_its_length(typed: str, line: str) -> None:
    assert _DESK.validate_python(typed) == line


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("2\x001", "control_character"), ("1\n2", "control_character"), ("2号台子", "too_long"),
     (2, "string_type"), ([], "string_type")],
)  # fmt: skip
def test_what_is_no_line_is_refused_as_what_it_is(typed: object, kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _DESK.validate_python(typed)
    assert [error["type"] for error in caught.value.errors()] == [kind]


def test_a_path_without_the_form_of_an_id_leads_nowhere() -> None:
    assert _ID.validate_python("12") == "12"
    with pytest.raises(NotFound):
        _ID.validate_python("1a")


def test_a_number_is_no_line_that_was_left_out() -> None:
    assert _LEFT_OUT.validate_python(None) is None
    with pytest.raises(ValidationError):
        _LEFT_OUT.validate_python(2)
