"""Identity numbers, names and archive numbers as keys that only the pepper's holder can compute (R3).

An identity number has so little entropy that a plain hash of it is the number; the pepper is what makes it a
key. A pepper that has leaked is not taken back but covered: the second one blinds what the first has made, so that every key can be
made anew from the key alone, and no number is needed for it (D23, docs/runbook/keys.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from vaxcert.identity.model import normalise_name

_SHORTEST_PEPPER = 32
_COVERED = {"v1:": "v2:", "n1:": "n2:", "a1:": "a2:"}


class Cover:
    """The second pepper: makes the key of version 2 of one of version 1."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = _long_enough(pepper)

    def over(self, key: str) -> str:
        """`v1:…` becomes `v2:…`, `n1:…` `n2:…`, `a1:…` `a2:…`; any other text stays as it is."""
        kind = key[:3]
        if kind not in _COVERED:
            return key
        return _COVERED[kind] + _text(
            hmac.digest(self._pepper, b"vaxcert/v2\0" + key.encode(), hashlib.sha256)
        )


class Blinder:
    """HMAC-SHA-256 under the pepper, one domain per kind of key: equal texts of two kinds, unequal keys. `cover` where there is a second."""

    def __init__(self, pepper: bytes, cover: bytes | None = None) -> None:
        self._pepper = _long_enough(pepper)
        self._cover = None if cover is None else Cover(cover)

    def subject(self, id_no: str) -> str:
        """The person's key, of `IdentityNumber.text`."""
        return self._covered("v1:" + self._key(b"vaxcert/subject", id_no))

    def name(self, name: str) -> str:
        """The name's key; normalised here, so that no caller can forget it (D7)."""
        return self._covered("n1:" + self._key(b"vaxcert/name", normalise_name(name)))

    def archive(self, system: str, archive_no: str) -> str:
        """The archive's key. Unique within one system only, and 18 digits like a person's number (D10)."""
        return self._covered("a1:" + self._key(b"vaxcert/archive", f"{system}\0{archive_no}"))

    def _covered(self, key: str) -> str:
        return key if self._cover is None else self._cover.over(key)

    def _key(self, domain: bytes, text: str) -> str:
        return _text(hmac.digest(self._pepper, domain + b"\0" + text.encode(), hashlib.sha256))


def _long_enough(pepper: bytes) -> bytes:
    if len(pepper) < _SHORTEST_PEPPER:
        raise ValueError("the pepper must have at least 32 bytes")
    return pepper


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
