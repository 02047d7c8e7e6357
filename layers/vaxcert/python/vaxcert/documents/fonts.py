"""Which characters a font can show, read from its `cmap` (ISO/IEC 14496-22, format 12): no font library is shipped for it."""

from __future__ import annotations

import struct
from bisect import bisect_right
from pathlib import Path
from typing import Final

_SUBTABLE_OF_ALL: Final = 12


class Coverage:
    """The characters that every one of some fonts has."""

    def __init__(self, *fonts: Path) -> None:
        self._ranges = [_ranges(font.read_bytes()) for font in fonts]

    def __call__(self, character: str) -> bool:
        """Whether all of them have it."""
        return all(_holds(ranges, ord(character)) for ranges in self._ranges)


def _holds(ranges: tuple[list[int], list[int]], point: int) -> bool:
    starts, ends = ranges
    place = bisect_right(starts, point) - 1
    return place >= 0 and point <= ends[place]


def _ranges(font: bytes) -> tuple[list[int], list[int]]:
    """First and last character of every range. Raises ValueError for a font without a table of all of Unicode."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for table in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * table)
        if tag == b"cmap":
            return _groups(font, offset)
    raise ValueError("a font without cmap")


def _groups(font: bytes, cmap: int) -> tuple[list[int], list[int]]:
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for place in range(count):
        _, _, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * place)
        (form,) = struct.unpack_from(">H", font, cmap + offset)
        if form == _SUBTABLE_OF_ALL:
            (groups,) = struct.unpack_from(">I", font, cmap + offset + 12)
            found = struct.iter_unpack(">III", font[cmap + offset + 16 : cmap + offset + 16 + 12 * groups])
            starts, ends, _ = zip(*found, strict=True)
            return list(starts), list(ends)
    raise ValueError("a font without a table of all of Unicode")
