"""What the use cases of documents stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol

from vaxcert.documents.model import Document
from vaxcert.documents.sheet import Sheet
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.keys.es256 import SigningKey
from vaxcert.trail.model import Entry

type Size = Literal["a5", "a4"]


class Documents(Protocol):
    """Port: the register of documents."""

    def add(
        self,
        document: Document,
        place: int,
        *,
        entry: Entry,
        grant: Grant | None,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """Keep a document as the day's `place`-th of its certificate (from 0), the access log's line and the answer, all or nothing."""
        ...

    def of_day(self, certificate_id: str, day: date) -> int:
        """How many were issued of a certificate on a day in Shanghai."""
        ...

    def find(self, document_id: str) -> Document | None:
        """One document: one read."""
        ...

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Document]], bool]:
        """At most `limit` documents before a position, newest first, each with its position; whether there are more."""
        ...


class Signing(Protocol):
    """Port: keys of documents."""

    def signing(self, purpose: Literal["document"]) -> SigningKey:
        """The newest key that has begun. Raises Unavailable where there is none."""
        ...

    def counts(self, purpose: Literal["document"], kid: str) -> bool:
        """Whether the key was not killed."""
        ...

    def public(self, purpose: Literal["document"]) -> Mapping[str, Any]:
        """Public halves by id, of all that were not killed."""
        ...


class Typesetter(Protocol):
    """Port: what sets a sheet."""

    @property
    def printable(self) -> Callable[[str], bool]:
        """Whether the fonts have a character."""
        ...

    def pdf(self, sheet: Sheet, address: str, size: Size) -> bytes:
        """The paper with the code of an address: the same bytes for the same sheet."""
        ...
