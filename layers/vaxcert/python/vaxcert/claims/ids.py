"""The form of a certificate's id: `c` and eight random bytes in Base32, so short because the shown code has to hold it (ADR 0004).

An id is no secret: whoever has no business with a certificate gets the answer that nobody's id gets. Sixty-four bits keep two
certificates apart (of ten million, two would share an id once in some 370,000 such registers), and a claim puts its id only where none is.
"""

from __future__ import annotations

import base64
import re
from typing import Final

ID_BYTES: Final = 8
# Sixty-four bits in thirteen letters: the last one says four bits, so that one id has one text.
_FORM: Final = re.compile(r"c[a-z2-7]{12}[acegikmoqsuwy246]")


def is_certificate_id(text: str) -> bool:
    """Whether a text has the form of a certificate's id."""
    return _FORM.fullmatch(text) is not None


def certificate_id_of(octets: bytes) -> str:
    """The id that eight bytes make."""
    return "c" + base64.b32encode(octets).decode().rstrip("=").lower()


def bytes_of(certificate_id: str) -> bytes:
    """The eight bytes again. Raises ValueError for what is no certificate's id."""
    if not is_certificate_id(certificate_id):
        raise ValueError("not a certificate id")
    return base64.b32decode(certificate_id[1:].upper() + "===")


def certificate_id(text: str) -> str:
    """A validator: the id of a certificate. Raises ValueError."""
    if not is_certificate_id(text):
        raise ValueError("no id of a certificate")
    return text
