"""JSON from outside is read in one way, and nothing but InvalidJson comes out of reading it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.strict_json import DEEPEST, InvalidJson, parse

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(_VALUES)
def test_what_others_wrote_is_read_as_it_is(value: object) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize("depth", [1, DEEPEST])
def test_nesting_is_taken_up_to_its_bound(depth: int) -> None:
    assert parse("[" * depth + "]" * depth) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "9" * 4301,
        "-" + "9" * 4301,
        "NaN",
        "[Infinity]",
        '{"a":-Infinity}',
        "1e999",
        '"\\ud800"',
        '{"\\udc00":1}',
        '["\ud800"]',
        '{"a":1,"a":1}',
        '[{"b":{"a":1,"a":2}}]',
        "[" * (DEEPEST + 1) + "1" + "]" * (DEEPEST + 1),
        "[" * 100_000,
        '{"a":' * 100_000,
        "\ufeff{}",
        "'a'",
        "{} {}",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidJson):
        parse(text)


@given(st.text() | st.text(alphabet='{}[]",:0123456789eE+-.\\ud8NaIfinty'))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(InvalidJson):
        parse(text)
