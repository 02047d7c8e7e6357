"""Seats in DynamoDB, and what ends an appointment from outside of its family: the clinic, or the end of its certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from vaxcert.appointments import items
from vaxcert.appointments.model import Appointment, Status
from vaxcert.appointments.ports import Taken
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.dynamodb import Cancelled, Item, Op, S, batch_get, delete, get, query_all, transact, update
from vaxcert.clinics.ports import Seat
from vaxcert.clinics.week import slot_id_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STANDS: Final = "appointment_id = :before AND #status = :status"
# A seat may have gone by its time to live, or to somebody else after the clinic gave it back.
_OWN: Final = "attribute_not_exists(pk) OR appointment_id = :own"


class SeatStore:
    """Ports `BookedSeats` and `Standing`, and the reading half of `Bookings` that knows seats."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        """See `Bookings.taken`: one query."""
        return _by_slot(self._seats(clinic_code, items.days(first, last)))

    def booked_from(self, clinic_code: str, day: date) -> Sequence[Seat]:
        """See `BookedSeats.booked_from`: one query."""
        return self._seats(clinic_code, items.days(day, None))

    def booked_on(self, clinic_code: str, day: date) -> Sequence[Seat]:
        """All seats of a clinic's day, by their time: one query."""
        return self._seats(clinic_code, items.days(day, day))

    def close(self, seat: Seat, now: datetime) -> bool:
        """See `BookedSeats.close`: one transaction."""
        key = items.seat_key(seat.clinic_code, seat.starts_at, seat.seat)
        return self._ended(seat.certificate_id, seat.appointment_id, key, Status.CLOSED_BY_CLINIC, now)

    def latest(self, certificate_id: str) -> Appointment | None:
        """See `Standing.latest`: one read."""
        item = get(self._client, self._table, items.open_key(certificate_id))
        return None if item is None else items.from_item(item)

    def latest_of(self, certificate_ids: Iterable[str]) -> Sequence[Appointment]:
        """See `OpenBookings.latest_of`: one round trip."""
        keys = [(self._table, items.open_key(one)) for one in dict.fromkeys(certificate_ids)]
        return [items.from_item(item) for item in batch_get(self._client, keys).values()] if keys else []

    def of(self, certificate_id: str) -> Sequence[Appointment]:
        """See `Bookings.of`: one query."""
        found = list(
            query_all(
                self._client,
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": S(f"C#{certificate_id}")},
                ScanIndexForward=False,
            )
        )
        return [items.from_item(item) for item in found]  # "OPEN" sorts after "E#…"

    def give_up(self, appointment: Appointment, now: datetime) -> bool:
        """See `Standing.give_up`: one transaction."""
        one = appointment
        return self._ended(one.certificate_id, one.appointment_id, items.seat_of(one), Status.CANCELLED, now)

    def _ended(
        self, certificate_id: str, appointment_id: str, seat: Item, status: Status, now: datetime
    ) -> bool:
        """An open appointment ends where it stands, and its seat is free: both or neither."""
        ended = update(
            self._table,
            items.open_key(certificate_id),
            "SET #status = :after, changed_at = :now",
            STANDS,
            {"#status": "status"},
            {
                ":after": S(status),
                ":now": S(rfc3339(now)),
                ":before": S(appointment_id),
                ":status": S(Status.BOOKED),
            },
        )
        try:
            transact(self._client, [ended, freed(self._table, seat, appointment_id)])
        except Cancelled:
            return False
        return True

    def _taken_in(self, slot_id: str, clinic_code: str) -> Taken:
        """The seats taken in one slot: one query."""
        return _by_slot(self._seats(clinic_code, items.within(slot_id, clinic_code)))

    def _seats(self, clinic_code: str, span: tuple[str, str]) -> list[Seat]:
        low, high = span
        found = query_all(
            self._client,
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            ExpressionAttributeValues={":pk": S(f"S#{clinic_code}"), ":low": S(low), ":high": S(high)},
        )
        return [items.seat_from_item(item) for item in found]


def _by_slot(seats: Iterable[Seat]) -> Taken:
    found: dict[str, set[int]] = {}
    for seat in seats:
        found.setdefault(slot_id_of(seat.clinic_code, seat.starts_at), set()).add(seat.seat)
    return {slot_id: frozenset(taken) for slot_id, taken in found.items()}


def freed(table: str, seat: Item, appointment_id: str) -> Op:
    """The seat of an appointment is free again."""
    return delete(table, seat, _OWN, values={":own": S(appointment_id)})


def seats_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> SeatStore:
    """A function that frees seats has APPOINTMENTS_TABLE."""
    return SeatStore(dynamodb, env["APPOINTMENTS_TABLE"])
