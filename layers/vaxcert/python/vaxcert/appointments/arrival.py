"""Appointments as a scan at the ticket machine sees them: who is awaited, and that they have come.

`vaxcert.visits` knows this by a port of its own; the two are put together in `functions/verify_scan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaxcert.appointments import items
from vaxcert.appointments.model import Status
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.dynamodb import Item, Op, S, update


class Named(Protocol):
    """As much of an awaited appointment as the write needs."""

    @property
    def appointment_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """An appointment of today; `ahead_from` is its time, where who takes a ticket now goes ahead; `met`: somebody has come for it."""

    appointment_id: str
    clinic_code: str
    ahead_from: datetime | None
    met: bool = False


class Arrivals:
    """The key to read beside everything else that a scan reads, and the write beside everything else that it writes."""

    def __init__(self, table: str) -> None:
        self._table = table

    def key(self, certificate_id: str) -> tuple[str, Item]:
        """Table and primary key of the certificate's latest appointment."""
        return self._table, items.open_key(certificate_id)

    def awaited(self, item: Item, now: datetime) -> Expected | None:
        """The appointment in an item, where a ticket of today is for it: a late one is still met, but not ahead."""
        appointment = items.from_item(item)
        if not appointment.due_on(now):
            return None
        ahead = appointment.starts_at if appointment.goes_ahead(now) else None
        met = appointment.status is Status.ARRIVED
        return Expected(appointment.appointment_id, appointment.place.clinic_code, ahead, met)

    def arrived(self, certificate_id: str, awaited: Named, now: datetime) -> Op:
        """Its holder has taken a ticket: holds only while it is open."""
        return update(
            self._table,
            items.open_key(certificate_id),
            "SET #status = :arrived, changed_at = :now",
            "appointment_id = :awaited AND #status = :booked",
            {"#status": "status"},
            {
                ":arrived": S(Status.ARRIVED),
                ":now": S(rfc3339(now)),
                ":awaited": S(awaited.appointment_id),
                ":booked": S(Status.BOOKED),
            },
        )


def arrivals_of(env: Mapping[str, str]) -> Arrivals:
    """A function that sees appointments come has APPOINTMENTS_TABLE."""
    return Arrivals(env["APPOINTMENTS_TABLE"])
