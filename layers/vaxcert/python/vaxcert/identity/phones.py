"""Mobile numbers (手机号码, R25) as people write them, kept in one form (D17).

A mainland number is kept as its eleven digits, any other as E.164: `+`, the code of its country or region, the number.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# What people put between the digits, once full-width forms are folded.
_BETWEEN: Final = re.compile(r"[\s\-‐‑‒–—.()]+")
_MAINLAND: Final = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
_ABROAD: Final = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")  # E.164: fifteen digits at most
_TRUNK: Final = re.compile(r"^8860")  # people keep the 0 of 0912 345 678
# Those that families here have most: a digit too few or too many is a slip of the finger.
_LENGTHS: Final = {"852": 8, "853": 8, "886": 9}
_MAINLAND_CODE: Final = "86"
_HIDDEN: Final = 4
_SHORTEST: Final = 8


def read_phone(text: str) -> str | None:
    """The number that a text names, or None.

    Taken are spaces, hyphens, dots and brackets between the digits, full-width forms, and for the mainland `+86`, `0086`, `86`
    or nothing in front. A number of elsewhere begins with `+` or `00` and its code.
    """
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if mainland := _MAINLAND.fullmatch(digits):
        return mainland[1]
    abroad = _ABROAD.fullmatch(digits)
    if abroad is None or abroad[1].startswith(_MAINLAND_CODE):
        return None
    number = _TRUNK.sub("886", abroad[1])
    length = _LENGTHS.get(number[:3])
    return f"+{number}" if length in {None, len(number) - 3} else None


def mask_phone(phone: str) -> str:
    """138****5678, +852****4567: what comes first and last, and never fewer than four digits hidden."""
    if len(phone) < _SHORTEST:
        return "*" * len(phone)
    first = 4 if phone.startswith("+") else 3
    last = max(0, min(4, len(phone) - first - _HIDDEN))
    return phone[:first] + "*" * (len(phone) - first - last) + phone[len(phone) - last :]
