"""Chinese first, English where the client asks for it (D12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.http.language import language_of


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "zh"),
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("EN;q=0.2, zh;q=0.1", "en"),
        ("en;q=0.5, zh;q=0.5", "zh"),
        ("fr", "zh"),
        ("en;q=0", "zh"),
        ("en;q=abc", "zh"),
        ("*", "zh"),
        (" " * 254 + "en", "en"),
        (" " * 255 + "en", "zh"),  # what is longer than 256 letters is not read to its end
    ],
)
def test_the_better_of_the_two_languages(header: str | None, expected: str) -> None:
    assert language_of(header) == expected


@given(st.text(max_size=400))
def test_any_header_has_an_answer(header: str) -> None:
    assert language_of(header) in {"zh", "en"}
