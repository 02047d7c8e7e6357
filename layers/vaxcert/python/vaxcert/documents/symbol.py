"""The code on the paper as a picture: one QR symbol at level M, the page's address as bytes and the digits as digits (D20)."""

from __future__ import annotations

from typing import Any, Final

import segno

from vaxcert.codes.picture import Modules

LEVEL: Final = "M"
_MASK: Final = (
    2  # choosing one costs four fifths of the time, and every mask decodes as well (vaxcert.codes.picture)
)


def modules(address: str) -> Modules:
    """The symbol of an address, row by row, 1 for dark, without its quiet zone."""
    page, digits = address.split("#")
    # Each in the densest mode that it fits into: an address of small letters as bytes, digits as digits.
    parts: Any = (f"{page}#", digits)  # segno's stubs know of one text only
    symbol = segno.make(parts, error=LEVEL, mask=_MASK, boost_error=False, micro=False)
    return symbol.matrix
