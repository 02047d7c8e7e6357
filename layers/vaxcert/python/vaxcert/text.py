"""Text that people type or scanners send: what is no part of it, and what may not stand in it."""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

# Controls, spaces of every width, line ends, and marks that nobody sees (a byte order mark, a zero-width space).
_BLANK: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_LINES: Final = frozenset("\n\r\t")
# They turn the order of what follows around, so that a reader sees something else than what is written.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def trimmed(text: str) -> str:
    """The text without what is blank at its ends; "" where nothing else is there."""
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) in _BLANK:
        start += 1
    while start < end and unicodedata.category(text[end - 1]) in _BLANK:
        end -= 1
    return text[start:end]


def character_fault(text: str, *, lines: bool = False) -> Literal["control_character"] | None:
    """Why the characters of a text cannot be taken, or None; with `lines` line breaks and tabs may stand in it.

    Refused are controls, what turns the reading direction, halves of a surrogate pair and noncharacters (Unicode §23.7). What
    this Python's Unicode data do not know yet is taken: it may be a letter of somebody's name.
    """
    for character in text:
        if lines and character in _LINES:
            continue
        if (
            character in _TURNING
            or unicodedata.category(character) in {"Cc", "Cs"}
            or _is_noncharacter(ord(character))
        ):
            return "control_character"
    return None


def _is_noncharacter(point: int) -> bool:
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
