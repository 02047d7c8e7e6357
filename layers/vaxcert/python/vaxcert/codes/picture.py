"""The picture of a code: a QR symbol of one fixed shape, as SVG or PNG.

Version 7 at level M always, for reasons in ADR 0004; a fixed shape also lets the screen swap one code for the next without
a jump. The mask is fixed, since choosing one costs four fifths of the time and every mask was measured to decode as well.
Dark on light, with the quiet zone of four modules that ISO/IEC 18004 asks for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

import segno

VERSION: Final = 7
LEVEL: Final = "M"
QUIET: Final = 4
_MASK: Final = 2
_SCALE: Final = 8
_PNG: Final = b"\x89PNG\r\n\x1a\n"

type Modules = Sequence[Sequence[int]]


def modules(text: str) -> Modules:
    """The symbol, row by row, 1 for dark; without its quiet zone. `text` is of the alphanumeric set (RFC 9285)."""
    symbol = segno.make(
        text, version=VERSION, error=LEVEL, mask=_MASK, mode="alphanumeric", boost_error=False, micro=False
    )
    return symbol.matrix


def svg(rows: Modules) -> str:
    """One path of horizontal strokes, a unit wide, on white: exact at any size, about 7 KB."""
    size = len(rows) + 2 * QUIET
    path: list[str] = []
    for y, row in enumerate(rows):
        for start, end in _runs(row):
            path.append(f"M{start + QUIET} {y + QUIET}.5h{end - start}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size * _SCALE}" '
        f'height="{size * _SCALE}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path stroke="#000" d="{"".join(path)}"/></svg>'
    )


def png(rows: Modules) -> bytes:
    """A grey picture of one bit a pixel (PNG, third edition), eight pixels a module."""
    size = (len(rows) + 2 * QUIET) * _SCALE
    width = (size + 7) // 8
    light = b"\x00" + b"\xff" * width
    lines = [light * (QUIET * _SCALE)]
    for row in rows:
        bits = "1" * QUIET + "".join("0" if dark else "1" for dark in row) + "1" * QUIET
        # Eight pixels a module: a module is one byte of a line.
        lines.append((b"\x00" + bytes(0xFF if bit == "1" else 0 for bit in bits)) * _SCALE)
    lines.append(light * (QUIET * _SCALE))
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    return (
        _PNG
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(lines), 6))
        + _chunk(b"IEND", b"")
    )


def _runs(row: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append((start, x))
            start = None
    return runs


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
