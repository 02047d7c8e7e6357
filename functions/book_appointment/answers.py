"""What is asked and answered about clinics, slots and appointments."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.appointments.model import Booker, Status
from vaxcert.appointments.notices import WORDS, notice_of
from vaxcert.appointments.service import AppointmentView
from vaxcert.appointments.slots import ClinicView, OpenSlot
from vaxcert.aws.clock import rfc3339
from vaxcert.http.shapes import Shape, one_of
from vaxcert.wording import Language


class ClinicAnswer(Shape):
    """A clinic (接种门诊) of the pilot; `books` where it takes appointments here."""

    clinic_code: str
    name: str
    city: str
    address: str | None = None
    phone: str | None = None
    books: bool

    @classmethod
    def of(cls, clinic: ClinicView) -> Self:
        return cls(
            clinic_code=clinic.clinic_code,
            name=clinic.name,
            city=clinic.city,
            address=clinic.address,
            phone=clinic.phone,
            books=clinic.books,
        )


class ClinicsAnswer(Shape):
    """Clinics by city and code."""

    clinics: list[ClinicAnswer]
    next_cursor: str | None


class SlotAnswer(Shape):
    """A slot that may be booked; with `remaining` 0 it is full."""

    slot_id: str
    clinic_code: str
    starts_at: str
    ends_at: str
    remaining: int

    @classmethod
    def of(cls, found: OpenSlot) -> Self:
        slot = found.slot
        return cls(
            slot_id=slot.slot_id,
            clinic_code=slot.clinic_code,
            starts_at=rfc3339(slot.starts_at),
            ends_at=rfc3339(slot.ends_at),
            remaining=found.remaining,
        )


class SlotsAnswer(Shape):
    """Slots in their order."""

    slots: list[SlotAnswer]
    next_cursor: str | None


class BookingRequest(BaseModel):
    """A slot to book; `replaces` is the appointment that it takes the place of (改约)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    clinic_code: Annotated[str, Field(min_length=1, max_length=32)]
    slot_id: Annotated[str, Field(min_length=1, max_length=64)]
    replaces: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class AppointmentNotice(Shape):
    """What the family is told about an appointment that it did not end itself."""

    code: Annotated[str, one_of(WORDS)]
    title: str
    detail: str
    next_step: str


class AppointmentAnswer(Shape):
    """An appointment; the clinic's name, address and phone are those of the day it was made on."""

    appointment_id: str
    certificate_id: str
    clinic_code: str
    clinic_name: str
    address: str | None = None
    phone: str | None = None
    slot_id: str
    starts_at: str
    ends_at: str
    status: Status
    booked_by: Booker
    created_at: str
    notice: AppointmentNotice | None = None

    @classmethod
    def of(cls, view: AppointmentView, spoken: Language, hotline: str) -> Self:
        appointment, place = view.appointment, view.appointment.place
        notice = notice_of(view.status, spoken, hotline)
        return cls(
            appointment_id=appointment.appointment_id,
            certificate_id=appointment.certificate_id,
            clinic_code=place.clinic_code,
            clinic_name=place.name,
            address=place.address,
            phone=place.phone,
            slot_id=appointment.slot_id,
            starts_at=rfc3339(appointment.starts_at),
            ends_at=rfc3339(appointment.ends_at),
            status=view.status,
            booked_by=appointment.booked_by,
            created_at=rfc3339(appointment.created_at),
            notice=None
            if notice is None
            else AppointmentNotice(
                code=notice.code, title=notice.title, detail=notice.detail, next_step=notice.next_step
            ),
        )


class AppointmentsAnswer(Shape):
    """Appointments: a certificate's, the open one first, then the latest; or a family's open ones, the next one first."""

    appointments: list[AppointmentAnswer]
    next_cursor: str | None
