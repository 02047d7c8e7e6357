"""The item form of clinics, appointments and seats, and their keys.

| table | pk | sk | |
|---|---|---|---|
| clinics | `CLINICS` | `<clinic_code>` | the clinic and its week, with its `version` |
| clinics | `W#<clinic_code>` | `<version>` | what it was at each version, never changed |
| appointments | `C#<certificate_id>` | `OPEN` | the latest appointment: one key, so at most one is ever open |
| appointments | `C#<certificate_id>` | `E#<starts>#<appointment_id>` | an ended one |
| appointments | `S#<clinic_code>` | `<yyyymmdd>-<hhmm>#<seat>` | a taken seat, put if absent: never over capacity |

What has passed is deleted after 90 days. No name is stored: an appointment is of a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from vaxcert.appointments.model import Appointment, Booker, Place, Status
from vaxcert.appointments.ports import Seat
from vaxcert.appointments.week import Clinic, Session
from vaxcert.aws.clock import SHANGHAI, epoch, from_rfc3339, rfc3339
from vaxcert.aws.dynamodb import BOOL, Item, L, M, N, S, flag, maybe_text, number, text, texts

CLINICS: Final = "CLINICS"
OPEN: Final = "OPEN"
_KEPT: Final = timedelta(days=90)


def clinic_key(clinic_code: str) -> Item:
    """The primary key of a clinic."""
    return {"pk": S(CLINICS), "sk": S(clinic_code)}


def open_key(certificate_id: str) -> Item:
    """The primary key of a certificate's latest appointment."""
    return {"pk": S(f"C#{certificate_id}"), "sk": S(OPEN)}


def seat_key(clinic_code: str, starts_at: datetime, seat: int) -> Item:
    """The primary key of a seat."""
    return {"pk": S(f"S#{clinic_code}"), "sk": S(f"{starts_at.astimezone(SHANGHAI):%Y%m%d-%H%M}#{seat:03d}")}


def seat_of(appointment: Appointment) -> Item:
    """The primary key of an appointment's seat."""
    return seat_key(appointment.place.clinic_code, appointment.starts_at, appointment.seat)


def days(first: date, last: date | None) -> tuple[str, str]:
    """The range of a clinic's seats from one day to another, both inclusive; None for no end."""
    return f"{first:%Y%m%d}", f"{last:%Y%m%d}~" if last else "~"


def clinic_to_item(clinic: Clinic) -> Item:
    """The item of a clinic."""
    return {**clinic_key(clinic.clinic_code), **_clinic_body(clinic)}


def clinic_to_line(clinic: Clinic) -> Item:
    """The line of this version in the clinic's history."""
    return {
        "pk": S(f"W#{clinic.clinic_code}"),
        "sk": S(f"{clinic.version:06d}"),
        **_clinic_body(clinic),
    }


def clinic_from_item(item: Item) -> Clinic:
    """The clinic that an item holds."""
    return Clinic(
        clinic_code=text(item, "clinic_code"),
        name=text(item, "name"),
        city=text(item, "city"),
        address=maybe_text(item, "address"),
        phone=maybe_text(item, "phone"),
        sessions=tuple(_session(one["M"]) for one in item["sessions"]["L"]),
        ahead_days=number(item, "ahead_days"),
        same_day=flag(item, "same_day"),
        days_off=frozenset(date.fromisoformat(day) for day in texts(item, "days_off")),
        closed=frozenset(from_rfc3339(starts) for starts in texts(item, "closed")),
        version=number(item, "version"),
    )


def to_item(appointment: Appointment) -> Item:
    """The item of a certificate's latest appointment."""
    return {**open_key(appointment.certificate_id), **_body(appointment)}


def to_ended_item(appointment: Appointment) -> Item:
    """The item of an appointment that has made room for another, or was cancelled."""
    starts = appointment.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")
    return {
        "pk": S(f"C#{appointment.certificate_id}"),
        "sk": S(f"E#{starts}#{appointment.appointment_id}"),
        **_body(appointment),
    }


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


def _clinic_body(clinic: Clinic) -> Item:
    item: Item = {
        "clinic_code": S(clinic.clinic_code),
        "name": S(clinic.name),
        "city": S(clinic.city),
        "sessions": L([_session_item(session) for session in clinic.sessions]),
        "ahead_days": N(clinic.ahead_days),
        "same_day": BOOL(clinic.same_day),
        "days_off": _texts(day.isoformat() for day in clinic.days_off),
        "closed": _texts(rfc3339(starts) for starts in clinic.closed),
        "version": N(clinic.version),
    }
    return item | _given(address=clinic.address, phone=clinic.phone)


def _session_item(session: Session) -> Item:
    return M(
        {
            "weekday": N(session.weekday),
            "starts": S(f"{session.starts:%H:%M}"),
            "ends": S(f"{session.ends:%H:%M}"),
            "slot_minutes": N(session.slot_minutes),
            "capacity": N(session.capacity),
        }
    )


def _session(item: Item) -> Session:
    return Session(
        weekday=number(item, "weekday"),
        starts=time.fromisoformat(text(item, "starts")),
        ends=time.fromisoformat(text(item, "ends")),
        slot_minutes=number(item, "slot_minutes"),
        capacity=number(item, "capacity"),
    )


def _given(**values: str | None) -> Item:
    return {name: S(value) for name, value in values.items() if value is not None}


def _texts(values: Iterable[str]) -> Item:
    return L([S(value) for value in sorted(values)])


def _ttl(appointment: Appointment) -> Item:
    return N(epoch(appointment.ends_at + _KEPT))
