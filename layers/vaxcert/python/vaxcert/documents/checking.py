"""Whether a document that somebody holds is still current (D20): for anyone, without anything about a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from vaxcert.documents.model import Document, Held, Mark, Status, status_of


class Finding(Protocol):
    """Port: the register, read."""

    def find(self, document_id: str) -> Document | None:
        """One document: one read."""
        ...


class Counting(Protocol):
    """Port: which keys' signatures count."""

    def counts(self, purpose: Literal["document"], kid: str) -> bool:
        """Whether the key was not killed."""
        ...


class Standings(Protocol):
    """Port: what a document is compared with."""

    def of(self, document: Document) -> tuple[Held | None, Sequence[Mark]]:
        """Its certificate and the marks of that one's archives, strongly consistent."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What is told of a document; None where there is none of this id."""

    status: Status
    document: Document


class CheckService:
    """Use case of `GET /v1/documents/{document_id}`."""

    def __init__(self, documents: Finding, standings: Standings, keys: Counting) -> None:
        self._documents = documents
        self._standings = standings
        self._keys = keys

    def check(self, document_id: str) -> Checked | None:
        """Where it stands; None where it is not known, which costs one read. Raises `Unavailable`."""
        document = self._documents.find(document_id)
        if document is None:
            return None
        counts = self._keys.counts("document", document.kid)
        held, marks = self._standings.of(document)
        return Checked(status_of(document, held, marks, key_counts=counts), document)
