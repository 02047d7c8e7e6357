"""A clinic's appointments of one day, as its desk sees them: whose they are, and whether somebody came.

`vaxcert.visits` knows this by a port of its own; the two are put together in `functions/guide_visit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from vaxcert.appointments import items
from vaxcert.appointments.model import Appointment, Status
from vaxcert.appointments.seat_store import SeatStore
from vaxcert.aws.dynamodb import Item, batch_get
from vaxcert.clinics.ports import Seat

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_SHOWN: Final = frozenset({Status.BOOKED, Status.ARRIVED, Status.NO_SHOW})


@dataclass(frozen=True, slots=True)
class OfTheDay:
    """One appointment that takes a seat. `status` is `booked`, `arrived` or `no_show`."""

    certificate_id: str
    starts_at: datetime
    ends_at: datetime
    status: str


class DayStore:
    """Reads seats, and the appointments in them: where they stand, or where they were put aside for a later one."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._seats = SeatStore(client, table)

    def on(self, clinic_code: str, day: date, now: datetime) -> Sequence[OfTheDay]:
        """A clinic's appointments of a day that stand, were kept or were missed, by their time: a query and a batch read.

        One that has ended between the two is left out.
        """
        seats = self._seats.booked_on(clinic_code, day)
        keys = [key for seat in seats for key in (items.open_key(seat.certificate_id), _aside(seat))]
        found = batch_get(self._client, [(self._table, key) for key in keys], consistent=False)
        stored = {
            appointment.appointment_id: appointment for appointment in map(items.from_item, found.values())
        }
        told = (_told(seat, stored.get(seat.appointment_id), now) for seat in seats)
        return [one for one in told if one is not None]


def _aside(seat: Seat) -> Item:
    return items.ended_key(seat.certificate_id, seat.starts_at, seat.appointment_id)


def _told(seat: Seat, appointment: Appointment | None, now: datetime) -> OfTheDay | None:
    """None for one whose seat is free by now: cancelled, moved, or closed by the clinic since the seats were read."""
    status = Status.BOOKED if appointment is None else appointment.status
    if status not in _SHOWN:
        return None
    if status is Status.BOOKED and seat.ends_at <= now:
        status = Status.NO_SHOW
    return OfTheDay(seat.certificate_id, seat.starts_at, seat.ends_at, str(status))


def booked_days_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> DayStore:
    """A function that lists a clinic's booked people has APPOINTMENTS_TABLE."""
    return DayStore(dynamodb, env["APPOINTMENTS_TABLE"])
