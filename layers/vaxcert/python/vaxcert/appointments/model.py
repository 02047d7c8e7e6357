"""An appointment (预约), its states, and when its holder goes ahead at the clinic (docs/appointments.md).

What time alone does to an appointment is not stored but said when it is read: it was missed, or the clinic keeps its slot no
longer. All is pure; time is passed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vaxcert.aws.clock import shanghai_date
from vaxcert.clinics.week import Clinic, slot_id_of
from vaxcert.errors import Conflict

EARLY: Final = timedelta(minutes=30)
"""How long before its slot an appointment counts at the ticket machine."""


ID_BYTES: Final = 12
_ID_FORM: Final = re.compile(r"a[0-9a-f]{24}")


def appointment_id_of(octets: bytes) -> str:
    """The id that twelve random bytes make."""
    return f"a{octets.hex()}"


def is_appointment_id(text: str) -> bool:
    """Whether a text has the form of an appointment's id."""
    return _ID_FORM.fullmatch(text) is not None


class SlotFull(Conflict):
    """Every seat of the slot is taken."""

    code = "slot_full"


class SlotClosed(Conflict):
    """The slot cannot be booked, or the appointment in it cannot be changed: past, too far ahead, closed or never kept."""

    code = "slot_closed"


class AlreadyBooked(Conflict):
    """The certificate has an appointment that stands; `appointment_id` tells which, to be given as `replaces`."""

    code = "already_booked"

    def __init__(self, appointment_id: str = "") -> None:
        super().__init__(extra={"appointment_id": appointment_id})


class Status(StrEnum):
    """Where an appointment stands. Only a booked one is open."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    MOVED = "moved"
    CLOSED_BY_CLINIC = "closed_by_clinic"


class Booker(StrEnum):
    """Who booked (D7)."""

    CLAIMANT = "claimant"
    DELEGATE = "delegate"


@dataclass(frozen=True, slots=True)
class Place:
    """The clinic as it named itself when the appointment was made."""

    clinic_code: str
    name: str
    address: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment of a certificate, in one seat of one slot. `status` is what is stored: see `stands_at`."""

    appointment_id: str
    certificate_id: str
    place: Place
    starts_at: datetime
    ends_at: datetime
    seat: int
    status: Status
    booked_by: Booker
    created_at: datetime
    changed_at: datetime

    @property
    def slot_id(self) -> str:
        return slot_id_of(self.place.clinic_code, self.starts_at)

    def standing(self, clinic: Clinic | None, now: datetime) -> Status:
        """Where it stands at `now`, when the clinic's week is `clinic`.

        A booked one that the clinic keeps no slot for is closed by it, from the moment the week says so; one that is over
        without a scan at the ticket machine was missed.
        """
        if self.status is not Status.BOOKED:
            return self.status
        if self.ends_at <= now:
            return Status.NO_SHOW
        if clinic is None or clinic.keeps(self.starts_at, self.ends_at) is None:
            return Status.CLOSED_BY_CLINIC
        return Status.BOOKED

    def ended(self, status: Status, now: datetime) -> Appointment:
        """The appointment once it has become `status`."""
        return replace(self, status=status, changed_at=now.replace(microsecond=0))

    def due_on(self, now: datetime) -> bool:
        """Whether a ticket of the day of `now` is for it: a late one is still met, and who has come may give a ticket up for another."""
        of_the_day = shanghai_date(self.starts_at) == shanghai_date(now)
        return of_the_day and self.status in {Status.BOOKED, Status.ARRIVED}

    def goes_ahead(self, now: datetime) -> bool:
        """Whether who takes a ticket at `now` goes ahead: from 30 minutes before the slot until its end."""
        return self.starts_at - EARLY <= now < self.ends_at
