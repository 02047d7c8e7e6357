"""What the use cases of appointments stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vaxcert.appointments.model import Appointment
from vaxcert.claims.model import Certificate
from vaxcert.clinics.week import Clinic
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session

type Taken = Mapping[str, frozenset[int]]
"""Seats that are taken, by slot id."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What decides about a booking, as it stands: `latest` is the certificate's last appointment, ended or not."""

    certificate: Certificate | None
    clinic: Clinic | None
    latest: Appointment | None
    taken: Taken


@dataclass(frozen=True, slots=True)
class By:
    """In whose right something is written: the certificate as read, the delegate's grant, the session."""

    certificate: Certificate
    grant: Grant | None
    session: Session


class Bookings(Protocol):
    """Port: appointments and the seats that they take. Every write answers a `Commit`; only `DONE` wrote anything."""

    def look(self, certificate_id: str, clinic_code: str, slot_id: str | None) -> Looked:
        """Everything about a booking, with the seats taken in a slot of the clinic; none where it is no slot's id (None)."""
        ...

    def certificate(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...

    def of(self, certificate_id: str) -> Sequence[Appointment]:
        """Every appointment of a certificate that is still kept, the latest made one first, then the ended ones."""
        ...

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        """The seats taken at a clinic from one day to another, both inclusive."""
        ...

    def book(
        self,
        appointment: Appointment,
        before: tuple[Appointment, Appointment] | None,
        *,
        by: By,
        remembered: Remembered,
    ) -> Commit:
        """Take the seat, make the appointment the certificate's open one and remember the answer: all or nothing.

        `before` is the certificate's latest appointment and what it becomes. Holds only where the seat is free, the latest
        appointment is as it was read (or there is none), the certificate and the grant are, the session is not signed out
        and the request was not answered yet.
        """
        ...

    def cancel(self, before: Appointment, after: Appointment, by: By) -> Commit:
        """End the open appointment and free its seat, under the same conditions."""
        ...
