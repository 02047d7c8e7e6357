"""The code on the paper as text: `<check url>#` and the statement as decimal digits (D20).

Digits are those of the big-endian integer whose bytes are 0x01 and then the COSE bytes: a QR code's numeric mode wastes 0.3 % of them, base64url
a third, and both are safe in an address. What stands behind # no browser sends to a server.
"""

from __future__ import annotations

from typing import Final

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
