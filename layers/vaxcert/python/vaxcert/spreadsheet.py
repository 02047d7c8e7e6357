"""CSV that a spreadsheet may open.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection): what begins, behind any
white space, with `= + - @`, their full-width forms, or a tab or line break itself. So does one that it would take for another
number than it is: it drops leading zeros, and of an archive number of eighteen digits it keeps fifteen, so that twins would be
one again. Every cell is quoted; a byte-order mark makes Excel read UTF-8.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "|",
    "%",
)  # the last two start DDE in old spreadsheets
_WHITE: Final = ("\t", "\r", "\n")
_MISREAD: Final = re.compile(r"\s*(0[0-9]+|[0-9]{12,}|[0-9]+[Ee][0-9]+)\s*")


def harmless(cell: str) -> str:
    """The cell, which no spreadsheet takes for a formula or another number. Nothing is taken away."""
    if cell.startswith(_WHITE) or cell.lstrip().startswith(_FORMULA) or _MISREAD.fullmatch(cell):
        return "'" + cell
    return cell


def as_csv(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    """The file of these rows (RFC 4180) beneath their head."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()
