"""Which characters a font can show is read from the font itself, and a font that does not say is refused (D20)."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from vaxcert.documents.fonts import Coverage

LETTERS, HAN = (0x41, 0x5A), (0x4E00, 0x4E10)


def a_font(*ranges: tuple[int, int], table: bytes = b"cmap", form: int = 12) -> bytes:
    """Two tables, the second of them a `cmap` of two subtables, the second of them with these ranges."""
    groups = b"".join(struct.pack(">III", first, last, 1) for first, last in ranges)
    other = struct.pack(">HHI", 4, 12, 0) + b"\0" * 4
    subtables = other + struct.pack(">HHIII", form, 0, 16 + len(groups), 0, len(ranges)) + groups
    records = struct.pack(">HHIHHI", 0, 3, 20, 3, 10, 20 + len(other))
    cmap = struct.pack(">HH", 0, 2) + records + subtables
    at = 12 + 2 * 16
    tables = struct.pack(">4sIII", b"OS/2", 0, at, 0) + struct.pack(">4sIII", table, 0, at, len(cmap))
    return struct.pack(">IHHHH", 0x00010000, 2, 0, 0, 0) + tables + cmap


def test_a_font_has_what_its_ranges_hold_to_the_last_character(tmp_path: Path) -> None:
    font = tmp_path / "font.ttf"
    font.write_bytes(a_font(LETTERS, HAN))
    coverage = Coverage(font)
    for first, last in (LETTERS, HAN):
        assert [coverage(chr(point)) for point in (first - 1, first, last, last + 1)] == [
            False,
            True,
            True,
            False,
        ]
    assert not coverage("\0")


def test_a_character_counts_where_every_font_has_it(tmp_path: Path) -> None:
    both, letters = tmp_path / "both.ttf", tmp_path / "letters.ttf"
    both.write_bytes(a_font(LETTERS, HAN))
    letters.write_bytes(a_font(LETTERS))
    for fonts in ((both, letters), (letters, both)):
        assert (Coverage(*fonts)("A"), Coverage(*fonts)("一")) == (True, False)


@pytest.mark.parametrize(
    ("font", "why"),
    [(a_font(LETTERS, table=b"glyf"), "without cmap"), (a_font(LETTERS, form=4), "all of Unicode")],
)
def test_a_font_that_does_not_say_what_it_has_is_refused_at_once(
    tmp_path: Path, font: bytes, why: str
) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(font)
    with pytest.raises(ValueError, match=why):
        Coverage(file)
