"""Draws a QR symbol in a terminal: two modules to a character, a quiet zone, and colours of its own.

Black and white are taken from the fixed part of the 256 colours, which themes do not change, so a scanner
reads the symbol on a dark terminal and on a light one.
"""

import segno

QUIET_ZONE = 4  # modules, ISO/IEC 18004
_DARK, _LIGHT = 16, 231  # #000000 and #ffffff of the colour cube
_RESET = "\x1b[0m"

type Matrix = list[list[bool]]


def matrix_of(text: str) -> Matrix:
    """The symbol with its quiet zone, at the level of the picture that phones show (ADR 4); True is dark."""
    symbol = segno.make_qr(text, error="l", boost_error=False)
    return [[bool(module) for module in row] for row in symbol.matrix_iter(border=QUIET_ZONE)]


def draw(text: str, *, indent: int = 2) -> str:
    """The lines to print, each ending with a reset."""
    matrix = matrix_of(text)
    if len(matrix) % 2:
        matrix.append([False] * len(matrix[0]))  # one more line of quiet zone fills the last half block
    lines = (
        " " * indent + _line(upper, lower) + _RESET
        for upper, lower in zip(matrix[::2], matrix[1::2], strict=True)
    )
    return "\n".join(lines)


def _line(upper: list[bool], lower: list[bool]) -> str:
    drawn, last = [], None
    for pair in zip(upper, lower, strict=True):
        if pair != last:
            top, bottom = (_DARK if dark else _LIGHT for dark in pair)
            drawn.append(f"\x1b[38;5;{top};48;5;{bottom}m")
            last = pair
        drawn.append("▀")  # the upper half in the foreground colour, the lower in the background's
    return "".join(drawn)
