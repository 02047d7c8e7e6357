"""Base64url without padding (RFC 4648 §5, RFC 7515 §2), in the one spelling that each text of bytes has."""

from __future__ import annotations

import base64
import re
from typing import Final

_FORM: Final = re.compile(r"[A-Za-z0-9_-]+")


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of a text that `encode` would have made of them, one byte at least. Raises ValueError."""
    if not _FORM.fullmatch(text):
        raise ValueError("no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # ValueError for one letter too many
    if encode(data) != text:  # stray bits in the last letter
        raise ValueError("no canonical base64url")
    return data
