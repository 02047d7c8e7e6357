"""What the use cases of authorising stand on."""

from __future__ import annotations

from typing import Protocol

from vaxcert.claims.model import Certificate
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session


class HeldCertificates(Protocol):
    """Port: certificates, as far as authorising needs them."""

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...


class Grants(Protocol):
    """Port: grants. Every write answers a `Commit`; only `DONE` wrote anything."""

    def slots(self, certificate_id: str) -> tuple[Grant, ...]:
        """The grants that stand in a certificate's slots, ended ones among them, in slot order."""
        ...

    def ended(self, certificate_id: str, before: str | None, limit: int) -> tuple[Grant, ...]:
        """At most `limit` of the ended ones whose slot was used again, newest first; those older than the position `before`."""
        ...

    def history(self, certificate_id: str) -> tuple[Grant, ...]:
        """All that there ever were."""
        ...

    def add(
        self,
        grant: Grant,
        before: Grant | None,
        *,
        certificate: Certificate,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """Put the grant into its slot and remember the answer, both or neither.

        Holds only where the slot was never used or still holds `before`, the delegate has no other grant, the certificate is
        at the version read, the session is not signed out and the request was not answered yet.
        """
        ...

    def revoke(self, before: Grant, after: Grant, session: Session) -> Commit:
        """End a grant that still stands as `before`."""
        ...

    def change_phone(self, grant: Grant, phone: bytes, session: Session) -> Commit:
        """Put another sealed phone into a grant that still stands as it was read."""
        ...


class LentGrants(Protocol):
    """Port: grants from the delegate's side."""

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        """The delegate's grants of all certificates; expired ones may be among them."""
        ...

    def of_delegate(self, certificate_id: str, delegate: str) -> Grant | None:
        """The delegate's grant of one certificate; it may have expired."""
        ...

    def see(self, grant: Grant, status: GrantStatus) -> Commit:
        """Write what the delegate's visit found about the name."""
        ...


class People(Protocol):
    """What stands for people; see `vaxcert.identity.handles.Handles`."""

    def person(self, id_no: str, name: str) -> tuple[str, str]:
        """The handles of a number and a name, made if they are new, and kept for good."""
        ...
