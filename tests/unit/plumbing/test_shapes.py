"""Answers are made from their shapes: what has to be there is there, and what is absent is left out."""

from __future__ import annotations

import json

from pydantic import ConfigDict

from vaxcert.http.api import render
from vaxcert.http.shapes import Shape, described_before


class _Part(Shape):
    place: str | None
    note: str | None = None


class _Whole(Shape):
    text: str
    parts: list[_Part]
    one: _Part | None = None
    next_cursor: str | None


class _Page(Shape):
    things: list[str]
    next_cursor: None = None


class _Moved(Shape):
    model_config = ConfigDict(json_schema_extra=described_before("c", "a"))

    a: str
    b: str
    c: str | None = None


def test_null_goes_out_where_a_member_has_to_be_there_and_else_not_at_all() -> None:
    whole = _Whole(
        text="字\n", parts=[_Part(place=None, note=None), _Part(place="a", note="b")], next_cursor=None
    )
    assert render(whole) == (
        '{"text":"字\\n","parts":[{"place":null},{"place":"a","note":"b"}],"next_cursor":null}'
    )
    assert render(_Page(things=[])) == '{"things":[],"next_cursor":null}'


def test_an_answer_made_from_members_is_those_members_and_a_stray_one_never_goes_out() -> None:
    made = _Whole.model_validate({"text": "a", "parts": [], "next_cursor": "b", "stray": 1})
    assert json.loads(render(made)) == {"text": "a", "parts": [], "next_cursor": "b"}


def test_a_member_may_be_described_before_another_that_goes_out_first() -> None:
    assert list(_Moved.model_json_schema(mode="serialization")["properties"]) == ["c", "a", "b"]
    assert render(_Moved(a="1", b="2", c="3")) == '{"a":"1","b":"2","c":"3"}'


def test_the_document_describes_the_members_and_not_how_they_are_written() -> None:
    schema = _Whole.model_json_schema(mode="serialization")
    assert schema["required"] == ["text", "parts", "next_cursor"]
    assert schema["$defs"]["_Part"]["required"] == ["place"]
