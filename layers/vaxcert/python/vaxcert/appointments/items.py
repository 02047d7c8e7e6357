"""The item form of appointments and seats, and their keys.

| table | pk | sk | |
|---|---|---|---|
| appointments | `C#<certificate_id>` | `OPEN` | the latest appointment: one key, so at most one is ever open |
| appointments | `C#<certificate_id>` | `E#<starts>#<appointment_id>` | an ended one |
| appointments | `S#<clinic_code>` | `<yyyymmdd>-<hhmm>#<seat>` | a taken seat, put if absent: never over capacity |

What has passed is deleted after 90 days. No name is stored: an appointment is of a certificate.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from vaxcert.appointments.model import Appointment, Booker, Place, Status
from vaxcert.aws.clock import SHANGHAI, epoch, from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import Item, N, S, maybe_text, number, text
from vaxcert.clinics.ports import Seat

OPEN: Final = "OPEN"
_KEPT: Final = timedelta(days=90)


def open_key(certificate_id: str) -> Item:
    """The primary key of a certificate's latest appointment."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S(OPEN)}


def seat_key(clinic_code: str, starts_at: datetime, seat: int) -> Item:
    """The primary key of a seat."""
    return {"pk": S(f"S#{clinic_code}"), "sk": S(f"{starts_at.astimezone(SHANGHAI):%Y%m%d-%H%M}#{seat:03d}")}


def seat_of(appointment: Appointment) -> Item:
    """The primary key of an appointment's seat."""
    return seat_key(appointment.place.clinic_code, appointment.starts_at, appointment.seat)


def within(slot_id: str, clinic_code: str) -> tuple[str, str]:
    """The range of the seats of one of the clinic's slots."""
    begins = slot_id.removeprefix(f"{clinic_code}-")
    return f"{begins}#", f"{begins}#~"


def days(first: date, last: date | None) -> tuple[str, str]:
    """The range of a clinic's seats from one day to another, both inclusive; None for no end."""
    return f"{first:%Y%m%d}", f"{last:%Y%m%d}~" if last else "~"


def to_item(appointment: Appointment) -> Item:
    """The item of a certificate's latest appointment."""
    return {**open_key(appointment.certificate_id), **_body(appointment)}


def ended_key(certificate_id: str, starts_at: datetime, appointment_id: str) -> Item:
    """The primary key of an appointment that has made room for another, or was cancelled."""
    starts = starts_at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
    return {"pk": S(f"C#{certificate_id}"), "sk": S(f"E#{starts}#{appointment_id}")}


def to_ended_item(appointment: Appointment) -> Item:
    """The item of such an appointment."""
    one = appointment
    return {**ended_key(one.certificate_id, one.starts_at, one.appointment_id), **_body(one)}


def from_item(item: Item) -> Appointment:
    """The appointment that an item holds."""
    return Appointment(
        appointment_id=text(item, "appointment_id"),
        certificate_id=text(item, "certificate_id"),
        place=Place(
            text(item, "clinic_code"),
            text(item, "clinic_name"),
            maybe_text(item, "address"),
            maybe_text(item, "phone"),
        ),
        starts_at=from_rfc3339(text(item, "starts_at")),
        ends_at=from_rfc3339(text(item, "ends_at")),
        seat=number(item, "seat"),
        status=Status(text(item, "status")),
        booked_by=Booker(text(item, "booked_by")),
        created_at=from_rfc3339(text(item, "created_at")),
        changed_at=from_rfc3339(text(item, "changed_at")),
    )


def to_seat_item(appointment: Appointment) -> Item:
    """The item of the seat that an appointment takes."""
    return {
        **seat_of(appointment),
        "clinic_code": S(appointment.place.clinic_code),
        "starts_at": S(rfc3339(appointment.starts_at)),
        "ends_at": S(rfc3339(appointment.ends_at)),
        "seat": N(appointment.seat),
        "certificate_id": S(appointment.certificate_id),
        "appointment_id": S(appointment.appointment_id),
        "ttl": _ttl(appointment),
    }


def seat_from_item(item: Item) -> Seat:
    """The seat that an item holds."""
    return Seat(
        clinic_code=text(item, "clinic_code"),
        starts_at=from_rfc3339(text(item, "starts_at")),
        ends_at=from_rfc3339(text(item, "ends_at")),
        seat=number(item, "seat"),
        certificate_id=text(item, "certificate_id"),
        appointment_id=text(item, "appointment_id"),
    )


def _body(appointment: Appointment) -> Item:
    place = appointment.place
    item: Item = {
        "appointment_id": S(appointment.appointment_id),
        "certificate_id": S(appointment.certificate_id),
        "clinic_code": S(place.clinic_code),
        "clinic_name": S(place.name),
        "starts_at": S(rfc3339(appointment.starts_at)),
        "ends_at": S(rfc3339(appointment.ends_at)),
        "seat": N(appointment.seat),
        "status": S(appointment.status),
        "booked_by": S(appointment.booked_by),
        "created_at": S(rfc3339(appointment.created_at)),
        "changed_at": S(rfc3339(appointment.changed_at)),
        "ttl": _ttl(appointment),
    }
    return item | _given(address=place.address, phone=place.phone)


def _given(**values: str | None) -> Item:
    return {name: S(value) for name, value in values.items() if value is not None}


def _ttl(appointment: Appointment) -> Item:
    return N(epoch(appointment.ends_at + _KEPT))
