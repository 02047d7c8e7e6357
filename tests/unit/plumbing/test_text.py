"""What is trimmed from a text and what may not stand in it."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.text import character_fault, trimmed


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  B2024-1\r\n", "B2024-1"),
        ("\x1d8694\x1d01\x04", "8694\x1d01"),
        ("\u3000发热\u3000", "发热"),
        ("\ufeff\u200b", ""),
        (" \t\n", ""),
        ("a b", "a b"),
    ],
)
def test_blank_ends_are_taken_off(text: str, left: str) -> None:
    assert trimmed(text) == left


@given(st.text())
def test_what_is_trimmed_is_trimmed_for_good(text: str) -> None:
    assert trimmed(trimmed(text)) == trimmed(text)
    assert trimmed(text) in text


def test_every_letter_and_everything_unassigned_but_noncharacters_is_taken() -> None:
    """A newer Unicode gives letters to places that this Python's data leave empty: they may be of somebody's name."""
    refused = {
        point
        for point in range(0x20, sys.maxunicode + 1)
        if unicodedata.category(chr(point)) == "Cn" and character_fault(chr(point))
    }
    expected = {
        *range(0xFDD0, 0xFDF0),
        *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
    }
    assert refused == expected
    assert character_fault("\U000323b0") is None


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ud800", "\ufffe"]
)
def test_controls_and_what_turns_the_reading_direction_are_refused(character: str) -> None:
    assert character_fault(f"a{character}b") == "control_character"


def test_line_breaks_may_stand_in_a_text_of_lines_only() -> None:
    assert character_fault("a\r\n\tb", lines=True) is None
    assert character_fault("a\nb") == "control_character"
