"""Clinics, appointments and seats in dicts, under the conditions of the real stores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from tests.fakes.access_log import FakeAccessLog
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.grants import FakeGrants
from tests.fakes.sessions import FakeSessions
from vaxcert.appointments.day import OfTheDay
from vaxcert.appointments.model import Appointment, Status
from vaxcert.appointments.ports import By, Looked, Taken
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.clinics.ports import KnownClinic, Seat
from vaxcert.clinics.week import Clinic, Session, day_of, slot_id_of
from vaxcert.grants.model import GrantStatus
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.trail.model import Access, Entry

CLINIC_CODE = "3206000001"
MORNING = Session(4, time(8), time(10), 30, 2)
"""Thursdays, like 2026-07-02, the day after the fake clock's."""


def a_clinic(clinic_code: str = CLINIC_CODE, **fields: Any) -> Clinic:
    """A clinic with one session on Thursdays: four slots of two seats."""
    values: dict[str, Any] = {
        "clinic_code": clinic_code,
        "name": "示范门诊",
        "city": "320600",
        "sessions": (MORNING,),
        "ahead_days": 14,
        "same_day": False,
        "address": "示范路1号; 甲座, 2楼",
        "phone": "0513-0000000",
    }
    return Clinic(**(values | fields))


class FakeClinics:
    """Ports `Clinics`, `Weeks` and `Known`."""

    def __init__(self, *clinics: Clinic) -> None:
        self.stored = {clinic.clinic_code: clinic for clinic in clinics}
        self.lines: list[Clinic] = []
        self.entered: dict[tuple[str, str], tuple[KnownClinic, date | None]] = {}
        for clinic in clinics:
            self.enter(clinic)

    def find(self, clinic_code: str) -> Clinic | None:
        return self.stored.get(clinic_code)

    def several(self, clinic_codes: Iterable[str]) -> Mapping[str, Clinic]:
        return {code: self.stored[code] for code in clinic_codes if code in self.stored}

    def known(
        self, cities: Iterable[str], after: tuple[str, str] | None, limit: int
    ) -> tuple[Sequence[KnownClinic], bool]:
        wanted = set(cities)
        places = sorted(
            place for place in self.entered if place[0] in wanted and (after is None or place > after)
        )
        return [self.entered[place][0] for place in places[:limit]], len(places) > limit

    def is_known(self, clinic_code: str, cities: Collection[str]) -> bool:
        return clinic_code in self.stored or any((city, clinic_code) in self.entered for city in cities)

    def enter(self, clinic: Clinic) -> None:
        known = KnownClinic(clinic.clinic_code, clinic.name, clinic.city)
        self.entered.setdefault((clinic.city, clinic.clinic_code), (known, None))

    def tell(self, clinic: KnownClinic, as_of: date) -> None:
        standing = self.entered.get((clinic.city, clinic.clinic_code))
        if standing is None or standing[1] is None or standing[1] <= as_of:
            self.entered[clinic.city, clinic.clinic_code] = (clinic, as_of)

    def save(self, clinic: Clinic, replaces: int | None) -> bool:
        standing = self.stored.get(clinic.clinic_code)
        if (None if standing is None else standing.version) != replaces:
            return standing == clinic
        self.stored[clinic.clinic_code] = clinic
        self.lines.append(clinic)
        return True


class FakeBookings:
    """Ports `Bookings`, `BookedSeats` and `Standing`."""

    def __init__(
        self,
        clinics: FakeClinics,
        certificates: FakeCertificates,
        grants: FakeGrants,
        sessions: FakeSessions,
        answers: FakeAnswers,
        log: FakeAccessLog,
    ) -> None:
        self._log = log
        self._clinics = clinics
        self._certificates = certificates
        self._grants = grants
        self._sessions = sessions
        self._answers = answers
        self.open: dict[str, Appointment] = {}
        self.ended: dict[str, Appointment] = {}
        self.seats: dict[tuple[str, datetime, int], Seat] = {}

    def look(self, certificate_id: str, clinic_code: str, slot_id: str | None) -> Looked:
        day = day_of(slot_id, clinic_code) if slot_id else None
        return Looked(
            certificate=self._certificates.get(certificate_id),
            clinic=self._clinics.find(clinic_code),
            latest=self.open.get(certificate_id),
            taken={
                slot: seats
                for slot, seats in (self.taken(clinic_code, day, day) if day else {}).items()
                if slot == slot_id
            },
        )

    def certificate(self, certificate_id: str) -> Certificate | None:
        return self._certificates.get(certificate_id)

    def latest_of(self, certificate_ids: Iterable[str]) -> Sequence[Appointment]:
        return [self.open[one] for one in dict.fromkeys(certificate_ids) if one in self.open]

    def of(self, certificate_id: str) -> Sequence[Appointment]:
        latest = [one for key, one in self.open.items() if key == certificate_id]
        ended = [one for one in self.ended.values() if one.certificate_id == certificate_id]
        return [*latest, *sorted(ended, key=lambda one: (one.starts_at, one.appointment_id), reverse=True)]

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        found: dict[str, set[int]] = {}
        for code, starts_at, seat in self.seats:
            if code == clinic_code and first <= shanghai_date(starts_at) <= last:
                found.setdefault(slot_id_of(code, starts_at), set()).add(seat)
        return {slot_id: frozenset(seats) for slot_id, seats in found.items()}

    def book(
        self,
        appointment: Appointment,
        before: tuple[Appointment, Appointment] | None,
        *,
        by: By,
        remembered: Remembered,
    ) -> Commit:
        if self._sessions.signed_out(by.session):
            return Commit.SIGNED_OUT
        place = _place(appointment)
        if (
            remembered.request.key in self._answers.kept
            or not self._in_right(by)
            or place in self.seats
            or not self._stands(appointment.certificate_id, before[0] if before else None)
        ):
            return Commit.STALE
        if before is not None:
            self._retire(*before)
            if before[1].status is Status.MOVED and before[0].status is Status.BOOKED:
                self._tell(by, Access.MOVE, appointment, appointment.created_at)
        self.open[appointment.certificate_id] = appointment
        self.seats[place] = Seat(
            place[0],
            appointment.starts_at,
            appointment.ends_at,
            appointment.seat,
            appointment.certificate_id,
            appointment.appointment_id,
        )
        self._answers.keep(remembered)
        return Commit.DONE

    def cancel(self, before: Appointment, after: Appointment, by: By) -> Commit:
        if self._sessions.signed_out(by.session):
            return Commit.SIGNED_OUT
        if not self._in_right(by) or not self._stands(before.certificate_id, before):
            return Commit.STALE
        del self.open[before.certificate_id]
        self._retire(before, after)
        self._tell(by, Access.CANCEL, before, after.changed_at)
        return Commit.DONE

    def booked_from(self, clinic_code: str, day: date) -> Sequence[Seat]:
        found = [
            seat
            for place, seat in self.seats.items()
            if place[0] == clinic_code and shanghai_date(place[1]) >= day
        ]
        return sorted(found, key=lambda seat: (seat.starts_at, seat.seat))

    def on(self, clinic_code: str, day: date, now: datetime) -> Sequence[OfTheDay]:
        """As a clinic's desk sees a day."""
        found = []
        for seat in self.booked_from(clinic_code, day):
            known = (*self.open.values(), *self.ended.values())
            status = next(one.status for one in known if one.appointment_id == seat.appointment_id)
            if status is Status.BOOKED and seat.ends_at <= now:
                status = Status.NO_SHOW
            if shanghai_date(seat.starts_at) == day:
                found.append(OfTheDay(seat.certificate_id, seat.starts_at, seat.ends_at, str(status)))
        return found

    def close(self, seat: Seat, now: datetime) -> bool:
        standing = self.open.get(seat.certificate_id)
        if (
            standing is None
            or standing.appointment_id != seat.appointment_id
            or standing.status is not Status.BOOKED
        ):
            return False
        self.open[seat.certificate_id] = standing.ended(Status.CLOSED_BY_CLINIC, now)
        self._free(standing)
        return True

    def latest(self, certificate_id: str) -> Appointment | None:
        return self.open.get(certificate_id)

    def give_up(self, appointment: Appointment, now: datetime) -> bool:
        if (
            not self._stands(appointment.certificate_id, appointment)
            or appointment.status is not Status.BOOKED
        ):
            return False
        self.open[appointment.certificate_id] = appointment.ended(Status.CANCELLED, now)
        self._free(appointment)
        return True

    def arrive(self, certificate_id: str, now: datetime) -> None:
        """As a scan at the ticket machine writes it."""
        self.open[certificate_id] = self.open[certificate_id].ended(Status.ARRIVED, now)

    def _tell(self, by: By, access: Access, appointment: Appointment, at: datetime) -> None:
        if by.grant is not None:
            grant, clinic_code = by.grant, appointment.place.clinic_code
            entry = Entry(at, access, grant.delegate, grant.slot, grant.grant_id, clinic_code)
            self._log.append(appointment.certificate_id, entry, None)

    def _in_right(self, by: By) -> bool:
        certificate = self._certificates.get(by.certificate.certificate_id)
        if certificate is None or certificate.version != by.certificate.version:
            return False
        if by.grant is None:
            return True
        slots = {grant.slot: grant for grant in self._grants.slots(by.grant.certificate_id)}
        standing = slots.get(by.grant.slot)
        return (
            standing is not None
            and standing.grant_id == by.grant.grant_id
            and standing.status is GrantStatus.ACTIVE
        )

    def _stands(self, certificate_id: str, before: Appointment | None) -> bool:
        standing = self.open.get(certificate_id)
        if standing is None or before is None:
            return standing is None and before is None
        return (standing.appointment_id, standing.status) == (before.appointment_id, before.status)

    def _retire(self, was: Appointment, becomes: Appointment) -> None:
        self.ended[becomes.appointment_id] = becomes
        if was.status is Status.BOOKED:
            self._free(was)

    def _free(self, appointment: Appointment) -> None:
        seat = self.seats.get(_place(appointment))
        if seat is not None and seat.appointment_id == appointment.appointment_id:
            del self.seats[_place(appointment)]


def _place(appointment: Appointment) -> tuple[str, datetime, int]:
    return appointment.place.clinic_code, appointment.starts_at, appointment.seat
