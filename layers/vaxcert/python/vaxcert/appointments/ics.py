"""An appointment as a calendar file (`text/calendar`, RFC 5545), for the family's own calendar.

It names no person: calendars are shared, synchronised and shown on locked screens (invariant 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from vaxcert.appointments.model import Appointment, Status

MEDIA_TYPE: Final = "text/calendar"
_LINE: Final = 75
WORDS: Final = {
    "zh": (
        "预约接种：{clinic}",
        "请携带纸质预防接种证，到取号处亮码取号。",
        "接种门诊电话：{phone}。",
        "客服电话：{hotline}。",
    ),
    "en": (
        "Vaccination: {clinic}",
        "Bring the paper certificate and show the code at the ticket machine. ",
        "Clinic: {phone}. ",
        "Hotline: {hotline}.",
    ),
}
_ENDED: Final = frozenset({Status.CANCELLED, Status.MOVED, Status.CLOSED_BY_CLINIC})


def calendar(appointment: Appointment, status: Status, language: str, hotline: str) -> str:
    """One VEVENT, in UTC so that no time zone has to be described; an appointment that does not hold any more is cancelled in it."""
    place = appointment.place
    summary, bring, ask_there, ask_us = WORDS["en" if language == "en" else "zh"]
    asking = ask_there.format(phone=place.phone) if place.phone else ""
    ended = status in _ENDED
    lines = (
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//vaxcert//appointments//ZH"),
        ("BEGIN", "VEVENT"),
        ("UID", f"{appointment.appointment_id}@vaxcert.invalid"),
        ("DTSTAMP", _utc(appointment.changed_at)),
        ("SEQUENCE", "1" if ended else "0"),
        ("STATUS", "CANCELLED" if ended else "CONFIRMED"),
        ("DTSTART", _utc(appointment.starts_at)),
        ("DTEND", _utc(appointment.ends_at)),
        ("SUMMARY", _text(summary.format(clinic=place.name))),
        ("LOCATION", _text(", ".join(part for part in (place.name, place.address) if part))),
        ("DESCRIPTION", _text(bring + asking + ask_us.format(hotline=hotline))),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    )
    return "".join(f"{part}\r\n" for name, value in lines for part in _folded(f"{name}:{value}"))


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    r"""A TEXT value (RFC 5545 §3.3.11): `\`, `;`, `,` and line ends escaped, other control characters left out."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(character for character in escaped if character.isprintable() or character == " ")


def _folded(line: str) -> Iterator[str]:
    """A content line in parts of at most 75 octets (RFC 5545 §3.1), no character cut in two."""
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _LINE:
            yield part
            part, octets = " ", 1
        part, octets = part + character, octets + size
    yield part
