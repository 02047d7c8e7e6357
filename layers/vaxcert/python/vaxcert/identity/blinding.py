"""Identity numbers, names and archive numbers as keys that only the pepper's holder can compute (R3).

An identity number has so little entropy that a plain hash of it is the number; the pepper is what makes it a
key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from vaxcert.identity.model import normalise_name

_SHORTEST_PEPPER = 32


class Blinder:
    """HMAC-SHA-256 under the pepper, one domain per kind of key: equal texts of two kinds, unequal keys."""

    def __init__(self, pepper: bytes) -> None:
        if len(pepper) < _SHORTEST_PEPPER:
            raise ValueError("the pepper must have at least 32 bytes")
        self._pepper = pepper

    def subject(self, id_no: str) -> str:
        """The person's key, of `IdentityNumber.text`."""
        return "v1:" + self._key(b"vaxcert/subject", id_no)

    def name(self, name: str) -> str:
        """The name's key; normalised here, so that no caller can forget it (D7)."""
        return "n1:" + self._key(b"vaxcert/name", normalise_name(name))

    def archive(self, system: str, archive_no: str) -> str:
        """The archive's key. Unique within one system only, and 18 digits like a person's number (D10)."""
        return "a1:" + self._key(b"vaxcert/archive", f"{system}\0{archive_no}")

    def _key(self, domain: bytes, text: str) -> str:
        digest = hmac.digest(self._pepper, domain + b"\0" + text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
