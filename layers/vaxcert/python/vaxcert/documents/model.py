"""A document on paper (接种记录, 入学查验) as a value: what is kept of it, and where it stands (D19, D20).

The register keeps nothing about a person: which certificate, what the archives said by their content versions, and the signature.
What the paper says is made anew from the archives for as long as they say the same.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from vaxcert.archives.model import Archive
from vaxcert.claims.model import Certificate, StatusReason
from vaxcert.programme.shown import is_shown, of_person

ID_BYTES: Final = 16
# 128 bits in twenty-six letters: the last one says three bits, so that one id has one text.
_FORM: Final = re.compile(r"d[a-z2-7]{25}[aeimquy4]")

type PaperLanguage = Literal["zh", "zh-en"]
type Content = Mapping[str, str]
"""Content versions by archive key."""


class Kind(StrEnum):
    """What a document is for."""

    RECORD = "record"
    """接种记录, for a vaccination unit of another province (R30-R32)."""
    SCHOOL_ENTRY = "school_entry"
    """入托、入学查验 (D19)."""


class Status(StrEnum):
    """Where a document stands. Time alone changes nothing."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    """The archives say something else since; the document told the truth when it was issued."""
    WITHDRAWN = "withdrawn"
    """Nobody should rely on it any more."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as the register keeps it.

    `as_of` is the business date of the last feed, `issued_at` is in whole seconds. `content` are the content versions of the archives that it
    was made from, and `speaks` is the key of the one that stands for the person.
    """

    document_id: str
    certificate_id: str
    kind: Kind
    language: PaperLanguage
    issued_at: datetime
    as_of: date
    content: Content
    speaks: str
    kid: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What counts of a document's certificate. `reason`: why it is suspended, or was when it ended; else what its standing says."""

    record_id: str
    archive_keys: tuple[str, ...]
    reason: StatusReason | None

    @classmethod
    def by(cls, certificate: Certificate) -> Held:
        """That of a certificate."""
        reason = certificate.ended_from or certificate.standing.reason
        return cls(certificate.record_id, certificate.archive_keys, reason)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the register of archives says of one archive's content, and no more. `content` None: not written since it was kept."""

    key: str
    record_id: str
    shown: bool
    content: str | None


_ENDS: Final = frozenset({StatusReason.ARCHIVE_VOID, StatusReason.IDENTITY_CONFLICT})
"""Reasons of a certificate that take its documents back. Release and coming of age do not, for the doses were given all the same; nor do
they give back what was taken."""


def status_of(document: Document, held: Held | None, marks: Iterable[Mark], *, key_counts: bool) -> Status:
    """Where a document stands. `held` is None where the certificate is kept no more; `marks` are those of its archives, all that exist."""
    if not key_counts or (held is not None and held.reason in _ENDS):
        return Status.WITHDRAWN
    told = {
        mark.key: mark.content
        for mark in marks
        if mark.shown and (held is None or mark.record_id == held.record_id)
    }
    # An archive without a content version has not been written since they are kept: it says what it said.
    same = told.keys() == document.content.keys() and all(
        now is None or now == document.content[key] for key, now in told.items()
    )
    return Status.CURRENT if same else Status.SUPERSEDED


def printed(certificate: Certificate, archives: Iterable[Archive], *, rabies: bool) -> list[Archive]:
    """The person's archives that paper shows (R43)."""
    own = of_person(archives, certificate.record_id)
    return [archive for archive in own if is_shown(archive.system, archive.status, rabies=rabies)]


def marks_of(archives: Iterable[Archive], *, rabies: bool) -> list[Mark]:
    """The marks of archives that were read whole."""
    return [
        Mark(
            archive.key,
            archive.record_id,
            is_shown(archive.system, archive.status, rabies=rabies),
            archive.content,
        )
        for archive in archives
    ]


def content_of(archives: Iterable[Archive]) -> Content:
    """What these archives say, by their content versions."""
    return {archive.key: archive.content for archive in archives}


def document_id_of(octets: bytes) -> str:
    """The id that sixteen bytes make. Raises ValueError for another number of them."""
    if len(octets) != ID_BYTES:
        raise ValueError("not the bytes of a document id")
    return "d" + base64.b32encode(octets).decode().rstrip("=").lower()


def is_document_id(text: str) -> bool:
    """Whether a text has the form of a document's id."""
    return _FORM.fullmatch(text) is not None


def bytes_of(document_id: str) -> bytes:
    """The sixteen bytes again. Raises ValueError for what is no document's id."""
    if not is_document_id(document_id):
        raise ValueError("not a document id")
    return base64.b32decode(document_id[1:].upper() + "======")
