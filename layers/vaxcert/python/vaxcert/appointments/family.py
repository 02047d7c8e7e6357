"""The open appointments of a whole family: of every certificate that somebody holds or is authorised for (R2, D7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vaxcert.appointments.model import Appointment, Status
from vaxcert.appointments.service import AppointmentView
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.claims.paging import page
from vaxcert.claims.ports import Delegations
from vaxcert.clinics.ports import Clinics
from vaxcert.identity.model import Citizen


class FamilyCertificates(Protocol):
    """Port: certificates."""

    def held_by(self, subject: str) -> tuple[Certificate, ...]:
        """The holder's list."""
        ...

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist."""
        ...


class OpenBookings(Protocol):
    """Port: appointments."""

    def latest_of(self, certificate_ids: Iterable[str]) -> Sequence[Appointment]:
        """The latest appointment of each certificate that has one, ended or not."""
        ...


class FamilyAppointments:
    """Use case of `GET /v1/appointments`. What it reads grows with the family, never with the clinic or the register."""

    def __init__(
        self,
        *,
        certificates: FamilyCertificates,
        delegations: Delegations,
        bookings: OpenBookings,
        clinics: Clinics,
        adult_age: int,
    ) -> None:
        self._certificates = certificates
        self._delegations = delegations
        self._bookings = bookings
        self._clinics = clinics
        self._adult_age = adult_age

    def open(
        self, caller: Citizen, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[AppointmentView], str | None]:
        """Appointments that stand, the next one first, and the next cursor. Raises `UnknownCursor`.

        A holder sees those of a suspended certificate too, as in its own list; a delegate does not.
        """
        today = shanghai_date(now)
        held = self._certificates.held_by(caller.subject)
        lent = dict(self._delegations.visit(caller, now))
        visible = [one for one in held if not one.standing_on(today, self._adult_age).final]
        visible += [one for one in self._certificates.several(lent) if one.usable_on(today, self._adult_age)]
        booked = [
            one
            for one in self._bookings.latest_of(certificate.certificate_id for certificate in visible)
            if one.status is Status.BOOKED
        ]
        weeks = self._clinics.several(one.place.clinic_code for one in booked)
        standing = [
            one for one in booked if one.standing(weeks.get(one.place.clinic_code), now) is Status.BOOKED
        ]
        shown, following = page(
            sorted(standing, key=lambda one: (one.starts_at, one.appointment_id)),
            lambda one: one.appointment_id,
            scope=f"appointments|{caller.subject}",
            cursor=cursor,
            limit=limit,
        )
        return [AppointmentView(one, Status.BOOKED) for one in shown], following
