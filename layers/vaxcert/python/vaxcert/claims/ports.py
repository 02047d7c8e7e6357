"""What the use cases of a claimant stand on. Stores implement these over DynamoDB, tests in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vaxcert.archives.model import Archive, Link
from vaxcert.claims.model import Certificate
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Citizen, Session

type Freshness = Callable[[Citizen, datetime], None]
"""Raises where the caller's verification is too long ago (contract: 15 minutes)."""


class Register(Protocol):
    """Port: archives and kinship, as the nightly sync left them."""

    def links(self, subject: str) -> tuple[Link, ...]:
        """The subject's own archives and those of their children."""
        ...

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """All archives of an identity number."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class LiveCertificates(Protocol):
    """Port: who has a certificate."""

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """The live certificates of persons, by record id."""
        ...


class CertificateLists(LiveCertificates, Protocol):
    """Port: certificates, to be read."""

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist, in the order asked for."""
        ...

    def held_by(self, subject: str) -> tuple[Certificate, ...]:
        """What the subject claimed and did not release."""
        ...


class Certificates(CertificateLists, Protocol):
    """Port: certificates."""

    def claim(
        self,
        certificate: Certificate,
        *,
        instead_of: tuple[Certificate, Certificate] | None,
        decided_by: Sequence[Archive],
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """Make the person's live certificate and remember the answer, both or neither.

        Holds only where nobody's is live (or `instead_of[0]` still is, which becomes `instead_of[1]`), `decided_by` are at the
        versions read, the session is not signed out and the request was not answered yet.
        """
        ...

    def release(self, before: Certificate, after: Certificate, session: Session) -> Commit:
        """End the person's live certificate, where it is at `before`'s version and the session is not signed out."""
        ...


class Delegations(Protocol):
    """Port: what others authorised the caller for. Asking is the delegate's visit (D7)."""

    def visit(self, caller: Citizen, now: datetime) -> tuple[tuple[str, str], ...]:
        """Certificate ids with the caller's relation to the person, of grants that hold today."""
        ...
