"""The code on the paper: `<check url>#` as bytes, and the statement as decimal digits, in one QR symbol at level M (D20).

Digits are those of the big-endian integer whose bytes are 0x01 and then the COSE bytes: numeric mode wastes 0.3 %, base64url a third, and both
are safe in an address. What stands behind # no browser sends to a server.
"""

from __future__ import annotations

from typing import Final

import segno

from vaxcert.codes.picture import Modules

LEVEL: Final = "M"
_MASK: Final = (
    2  # choosing one costs four fifths of the time, and every mask decodes as well (vaxcert.codes.picture)
)
_MARK: Final = b"\x01"
_CHUNK: Final = 10**4000  # Python turns no more than 4300 digits at once


def digits_of(cose: bytes) -> str:
    """The decimal digits that carry these bytes."""
    value = int.from_bytes(_MARK + cose)
    low: list[str] = []
    while value >= _CHUNK:
        value, rest = divmod(value, _CHUNK)
        low.append(f"{rest:04000d}")
    return str(value) + "".join(reversed(low))


def bytes_of(digits: str) -> bytes:
    """The COSE bytes again. Raises ValueError for what `digits_of` does not write."""
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        raise ValueError("no digits of a document")
    value = 0
    for start in range(0, len(digits), 4000):
        part = digits[start : start + 4000]
        value = value * 10 ** len(part) + int(part)
    found = value.to_bytes((value.bit_length() + 7) // 8)
    if not found.startswith(_MARK):
        raise ValueError("no digits of a document")
    return found[len(_MARK) :]


def address_of(check_url: str, cose: bytes) -> str:
    """The address that the code says."""
    return f"{check_url}#{digits_of(cose)}"


def modules(address: str) -> Modules:
    """The symbol of an address, row by row, 1 for dark, without its quiet zone."""
    page, digits = address.split("#")
    # Each in the densest mode that it fits into: an address of small letters as bytes, digits as digits.
    symbol = segno.make((f"{page}#", digits), error=LEVEL, mask=_MASK, boost_error=False, micro=False)
    return symbol.matrix
