"""A family that books, over fakes: a household with its certificate, a clinic, and the services of appointments."""

from __future__ import annotations

import json

from tests.fakes.appointments import CLINIC_CODE, FakeBookings, FakeClinics, a_clinic
from tests.fakes.household import Household
from tests.fakes.people import FATHER, GRANDMOTHER_NO, an_adult, an_archive
from vaxcert.appointments.family import FamilyAppointments
from vaxcert.appointments.service import BookingService, Wish
from vaxcert.appointments.slots import SlotService
from vaxcert.clinics.console import WeekService
from vaxcert.clinics.week import Clinic
from vaxcert.idempotency.model import Answer, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import Citizen

FIRST, SECOND, LAST = (f"{CLINIC_CODE}-20260702-{start}" for start in ("0800", "0830", "0930"))


class BookingDesk:
    """Time stands at 2026-07-01 10:00 in Shanghai; the clinic has four slots of two seats on the day after."""

    def __init__(self, *clinics: Clinic) -> None:
        self.home = Household(an_archive(), an_adult())
        self.clock = self.home.clock
        self.clinics = FakeClinics(*(clinics or (a_clinic(),)))
        self.bookings = FakeBookings(
            self.clinics,
            self.home.certificates,
            self.home.grants,
            self.home.sessions,
            self.home.answers,
            self.home.log,
        )
        self.service = BookingService(
            clinics=self.clinics,
            bookings=self.bookings,
            rights=self.home.rights,
            answers=self.home.answers,
            adult_age=18,
            random_bytes=self.home._draw,
        )
        self.slots = SlotService(self.clinics, self.bookings, ("320600", "320200"))
        self.family = FamilyAppointments(
            certificates=self.home.certificates,
            delegations=self.home.delegates,
            bookings=self.bookings,
            clinics=self.clinics,
            adult_age=18,
        )
        self.weeks = WeekService(self.clinics, self.bookings)
        self.certificate_id = self.home.claim(an_archive().record_id)

    def grandmother(self) -> str:
        """Authorise the grandmother; her grant's id."""
        return self.home.authorize(self.certificate_id, GRANDMOTHER_NO)

    def caller(self, who: str = FATHER, session: str = "s-1") -> Citizen:
        """Somebody who verified just now."""
        return self.home.citizen(who, session=session)

    def book(
        self,
        slot_id: str = FIRST,
        *,
        who: str = FATHER,
        certificate_id: str | None = None,
        replaces: str | None = None,
        clinic_code: str = CLINIC_CODE,
        key: str | None = None,
        session: str = "s-1",
    ) -> str:
        """Book; the appointment's id."""
        caller, now = self.caller(who, session), self.clock()
        wish = Wish(clinic_code, slot_id, replaces)
        request = repeatable(caller.subject, "book", key or self.home.key(), json.dumps(str(wish)))
        answer = self.service.book(
            caller,
            certificate_id or self.certificate_id,
            wish,
            Asked(request, lambda view: Answer(201, view.appointment.appointment_id)),
            now,
        )
        return answer.body

    def statuses(self, who: str = FATHER) -> dict[str, str]:
        """Where the certificate's appointments stand, by their id."""
        found, _ = self.service.appointments(
            self.caller(who), self.certificate_id, self.clock(), cursor=None, limit=50
        )
        return {view.appointment.appointment_id: str(view.status) for view in found}

    def left(self) -> dict[str, int]:
        """Seats left at the clinic, by slot id."""
        found, _ = self.slots.slots(CLINIC_CODE, None, None, self.clock(), cursor=None, limit=500)
        return {one.slot.slot_id: one.remaining for one in found}
