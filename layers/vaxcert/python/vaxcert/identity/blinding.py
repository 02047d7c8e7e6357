"""Identity numbers, names and archive numbers as keys that only the pepper's holder can compute (R3).

An identity number has so little entropy that a plain hash of it is the number; the pepper is what makes it a key. A pepper that has
leaked is not taken back but covered: each further one blinds what the one before it has made. So every key can be made anew from the
key alone, and no number is needed for it (D23, docs/runbook/keys.md).

Such a key stands in one table only, and leads to a handle that is drawn at random (`vaxcert.identity.handles`).
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from enum import StrEnum

from vaxcert.identity.model import normalise_name

_SHORTEST_PEPPER = 32


class Kind(StrEnum):
    """What a key stands for; the letter that it begins with."""

    SUBJECT = "v"
    NAME = "n"
    ARCHIVE = "a"


_DOMAINS = {
    Kind.SUBJECT: b"vaxcert/subject\0",
    Kind.NAME: b"vaxcert/name\0",
    Kind.ARCHIVE: b"vaxcert/archive\0",
}


@dataclass(frozen=True, slots=True)
class Clear:
    """What is to be blinded, in the clear: never stored, never shown."""

    kind: Kind
    text: str = field(repr=False)

    def __hash__(self) -> int:
        # Of the text alone: a generated one costs three times as much, and the night asks for some thirty a row.
        return hash(self.text)


def subject(id_no: str) -> Clear:
    """A person, by `IdentityNumber.text`."""
    return Clear(Kind.SUBJECT, id_no)


def named(name: str) -> Clear:
    """A name; normalised here, so that no caller can forget it (D7)."""
    return Clear(Kind.NAME, normalise_name(name))


def archive(system: str, archive_no: str) -> Clear:
    """An archive. Its number is unique within one system only, and has 18 digits like a person's (D10)."""
    return Clear(Kind.ARCHIVE, f"{system}\0{archive_no}")


class Cover:
    """One further pepper: makes the keys of `version` of those of the version before."""

    def __init__(self, pepper: bytes, version: int = 2) -> None:
        self._pepper = _long_enough(pepper)
        self._version = version

    def covers(self, key: str) -> bool:
        """Whether this is a key of the version before."""
        kind, mark, _ = key.partition(":")
        return bool(mark) and kind[1:] == str(self._version - 1) and kind[:1] in set(Kind)

    def over(self, key: str) -> str:
        """`v1:…` becomes `v2:…`; any other text stays as it is."""
        if not self.covers(key):
            return key
        domain = f"vaxcert/v{self._version}\0".encode()
        return f"{key[0]}{self._version}:" + _text(hmac.digest(self._pepper, domain + key.encode(), "sha256"))


class Blinder:
    """HMAC-SHA-256 under the pepper, one domain per kind of key: equal texts of two kinds, unequal keys.

    Raises ValueError for a pepper of less than 32 bytes.
    """

    def __init__(self, pepper: bytes, *further: bytes) -> None:
        self._pepper = _long_enough(pepper)
        self._covers = tuple(Cover(one, version) for version, one in enumerate(further, 2))

    def keys(self, clear: Clear) -> tuple[str, ...]:
        """The key of each version, the newest last."""
        first = hmac.digest(self._pepper, _DOMAINS[clear.kind] + clear.text.encode(), "sha256")
        found = [f"{clear.kind}1:{_text(first)}"]
        for cover in self._covers:
            found.append(cover.over(found[-1]))
        return tuple(found)


def _long_enough(pepper: bytes) -> bytes:
    if len(pepper) < _SHORTEST_PEPPER:
        raise ValueError("the pepper must have at least 32 bytes")
    return pepper


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
