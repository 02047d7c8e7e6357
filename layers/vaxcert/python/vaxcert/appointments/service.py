"""Booking (预约接种, R2, D7): book, move, cancel, look. Where and when is in `vaxcert.appointments.slots`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from vaxcert.appointments.model import (
    ID_BYTES,
    AlreadyBooked,
    Appointment,
    Booker,
    Place,
    SlotClosed,
    SlotFull,
    Status,
    appointment_id_of,
)
from vaxcert.appointments.ports import Bookings, By, Taken
from vaxcert.claims.model import Certificate
from vaxcert.claims.paging import page
from vaxcert.clinics.ports import Clinics
from vaxcert.clinics.week import Clinic, Slot, day_of, free_seats
from vaxcert.errors import Conflict, FieldError, NotFound, Rejected
from vaxcert.grants.access import Act, Rights
from vaxcert.idempotency.model import Answer, Answers
from vaxcert.idempotency.turn import Asked, Commit, Deed, Repeatable, until_written
from vaxcert.identity.model import Citizen

# Each try loses only where another took the very seat that was drawn; what is left is read anew each time.
_ATTEMPTS: Final = 12
_DRAW_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What a family wants to book; `replaces` is the appointment that this one takes the place of."""

    clinic_code: str
    slot_id: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An appointment and where it stands now."""

    appointment: Appointment
    status: Status


class BookingService:
    """Use cases of a holder and a delegate. Nobody else learns that an appointment exists."""

    def __init__(
        self,
        *,
        clinics: Clinics,
        bookings: Bookings,
        rights: Rights,
        answers: Answers,
        adult_age: int,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._clinics = clinics
        self._bookings = bookings
        self._rights = rights
        self._repeatable = Repeatable(answers, attempts=_ATTEMPTS, own=Conflict)
        self._adult_age = adult_age
        self._random_bytes = random_bytes

    def book(
        self, caller: Citizen, certificate_id: str, wish: Wish, asked: Asked[AppointmentView], now: datetime
    ) -> Answer:
        """Book a slot, or move to it. The same request again gets the same answer (invariant 4).

        Raises `KeyReused`, `NotFound` for who may not use the certificate and for one that has ended, `CertificateSuspended`,
        `Rejected` with fields, `SlotClosed`, `AlreadyBooked`, `SlotFull`, `Unauthorized`, `Unavailable`.
        """

        def decide() -> Deed[AppointmentView]:
            appointment, before, by = self._decided(caller, certificate_id, wish, now)
            write = partial(self._bookings.book, appointment, before, by=by)
            return Deed(AppointmentView(appointment, Status.BOOKED), write)

        return self._repeatable.answer(asked, now, lambda: decide)

    def appointments(
        self, caller: Citizen, certificate_id: str, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[AppointmentView], str | None]:
        """A certificate's appointments, the open one first, then by their time, latest first; and the next cursor.

        Raises `NotFound`, `UnknownCursor`.
        """
        found = self._of(caller, certificate_id, now)
        shown, following = page(
            found, lambda one: one.appointment_id, scope=certificate_id, cursor=cursor, limit=limit
        )
        return [self._view(one, now) for one in shown], following

    def appointment(
        self, caller: Citizen, certificate_id: str, appointment_id: str, now: datetime
    ) -> AppointmentView:
        """One appointment. Raises `NotFound`."""
        return self._view(_one(self._of(caller, certificate_id, now), appointment_id), now)

    def cancel(self, caller: Citizen, certificate_id: str, appointment_id: str, now: datetime) -> None:
        """Cancel an appointment: its seat is free at once. Can be repeated.

        Raises `NotFound`, `SlotClosed` where it has been kept or missed already, `Unauthorized`, `Unavailable`.
        """

        def once() -> Commit:
            certificate = self._bookings.certificate(certificate_id)
            by = self._by(Act.CANCEL, caller, certificate_id, certificate, now)
            found = self._view(_one(self._bookings.of(certificate_id), appointment_id), now)
            if found.status in {Status.ARRIVED, Status.NO_SHOW}:
                raise SlotClosed
            if found.status is not Status.BOOKED:
                return Commit.DONE
            return self._bookings.cancel(
                found.appointment, found.appointment.ended(Status.CANCELLED, now), by
            )

        until_written(once, _ATTEMPTS)

    def _decided(
        self, caller: Citizen, certificate_id: str, wish: Wish, now: datetime
    ) -> tuple[Appointment, tuple[Appointment, Appointment] | None, By]:
        day = day_of(wish.slot_id, wish.clinic_code)
        looked = self._bookings.look(certificate_id, wish.clinic_code, wish.slot_id if day else None)
        by = self._by(Act.BOOK, caller, certificate_id, looked.certificate, now)
        if looked.clinic is None:
            raise Rejected(fields=(FieldError("/clinic_code", "unknown"),))
        if day is None:
            raise Rejected(fields=(FieldError("/slot_id", "invalid", "slot"),))
        slot = looked.clinic.slot(wish.slot_id)
        if slot is None or not looked.clinic.bookable(slot, now):
            raise SlotClosed
        if not by.certificate.usable_on(slot.day, self._adult_age):
            raise SlotClosed(words="slot_closed_by_age")
        before = self._before(looked.latest, looked.clinic, wish, now)
        return self._drawn(looked.clinic, slot, looked.taken, by, now), before, by

    def _of(self, caller: Citizen, certificate_id: str, now: datetime) -> Sequence[Appointment]:
        self._by(
            Act.SEE_APPOINTMENTS, caller, certificate_id, self._bookings.certificate(certificate_id), now
        )
        return self._bookings.of(certificate_id)

    def _view(self, appointment: Appointment, now: datetime) -> AppointmentView:
        clinic = None
        if appointment.status is Status.BOOKED and now < appointment.ends_at:
            clinic = self._clinics.find(appointment.place.clinic_code)
        return AppointmentView(appointment, appointment.standing(clinic, now))

    def _by(
        self, act: Act, caller: Citizen, certificate_id: str, certificate: Certificate | None, now: datetime
    ) -> By:
        right = self._rights.to(act, caller, certificate_id, certificate, now)
        return By(right.certificate, right.grant, caller.session)

    def _drawn(self, clinic: Clinic, slot: Slot, taken: Taken, by: By, now: datetime) -> Appointment:
        """The appointment in a seat drawn among the free ones, so that those who come at once seldom want the same."""
        free = free_seats(slot.capacity, taken.get(slot.slot_id, frozenset()))
        if not free:
            raise SlotFull
        drawn = int.from_bytes(self._random_bytes(_DRAW_BYTES)) % len(free)
        at = now.replace(microsecond=0)
        return Appointment(
            appointment_id=appointment_id_of(self._random_bytes(ID_BYTES)),
            certificate_id=by.certificate.certificate_id,
            place=Place(clinic.clinic_code, clinic.name, clinic.address, clinic.phone),
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            seat=free[drawn],
            status=Status.BOOKED,
            booked_by=Booker.DELEGATE if by.grant else Booker.CLAIMANT,
            created_at=at,
            changed_at=at,
        )

    def _before(
        self, latest: Appointment | None, asked: Clinic, wish: Wish, now: datetime
    ) -> tuple[Appointment, Appointment] | None:
        """The latest appointment and what it becomes; `asked` is the clinic of the wish.

        Raises `AlreadyBooked` where it stands and is not to be replaced.
        """
        if latest is None:
            return None
        if latest.status is not Status.BOOKED:
            return latest, latest
        its_own = latest.place.clinic_code
        clinic = asked if asked.clinic_code == its_own else self._clinics.find(its_own)
        standing = latest.standing(clinic, now)
        if standing is Status.BOOKED:
            if wish.replaces != latest.appointment_id:
                raise AlreadyBooked(latest.appointment_id)
            standing = Status.MOVED
        return latest, latest.ended(standing, now)


def _one(found: Sequence[Appointment], appointment_id: str) -> Appointment:
    appointment = next((one for one in found if one.appointment_id == appointment_id), None)
    if appointment is None:
        raise NotFound
    return appointment
