"""The bookings of families in DynamoDB. The form of the items is in `vaxcert.appointments.items`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vaxcert.appointments import items
from vaxcert.appointments.model import Appointment, Status
from vaxcert.appointments.ports import By, Looked
from vaxcert.appointments.seat_store import STANDS, SeatStore, freed
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.dynamodb import (
    Item,
    Op,
    S,
    batch_get,
    delete,
    get,
    put,
)
from vaxcert.aws.together import together
from vaxcert.claims.items import CertificateOps, certificate_key
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.model import Certificate
from vaxcert.claims.store import Remembering, SignedIn
from vaxcert.clinics.items import clinic_from_item, clinic_key
from vaxcert.grants.items import GrantOps
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.trail.items import EntryOps
from vaxcert.trail.model import Access, Entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BookingStore(SeatStore):
    """Port `Bookings`."""

    def __init__(
        self,
        client: DynamoDBClient,
        *,
        appointments_table: str,
        clinics_table: str,
        certificates_table: str,
        grants_table: str,
        sessions_table: str,
        remembering: Remembering,
        entries: EntryOps,
    ) -> None:
        super().__init__(client, appointments_table)
        self._clinics = clinics_table
        self._certificates = certificates_table
        self._certificate_ops = CertificateOps(certificates_table)
        self._grant_ops = GrantOps(grants_table)
        self._signed_in = SignedIn(client, sessions_table)
        self._remembering = remembering
        self._entries = entries

    def look(self, certificate_id: str, clinic_code: str, slot_id: str | None) -> Looked:
        """See `Bookings.look`: a batch read and a query, at the same time. No other slot is read: many look at once when a day opens."""
        found, taken = together(
            lambda: self._read(certificate_id, clinic_code),
            lambda: self._taken_in(slot_id, clinic_code) if slot_id else {},
        )
        certificate, clinic, latest = found
        return Looked(
            certificate=None if certificate is None else certificate_from_item(certificate),
            clinic=None if clinic is None else clinic_from_item(clinic),
            latest=None if latest is None else items.from_item(latest),
            taken=taken,
        )

    def certificate(self, certificate_id: str) -> Certificate | None:
        """See `Bookings.certificate`: one read."""
        item = get(self._client, self._certificates, certificate_key(certificate_id))
        return None if item is None else certificate_from_item(item)

    def book(
        self,
        appointment: Appointment,
        before: tuple[Appointment, Appointment] | None,
        *,
        by: By,
        remembered: Remembered,
    ) -> Commit:
        """See `Bookings.book`: one transaction over keys of this certificate and one seat, shared by nobody else."""
        ops = [
            self._remembering(remembered),
            *self._in_right(by, appointment.created_at),
            put(self._table, items.to_seat_item(appointment), "attribute_not_exists(pk)"),
        ]
        opened = items.to_item(appointment)
        if before is None:
            ops.append(put(self._table, opened, "attribute_not_exists(pk)"))
        else:
            was, becomes = before
            ops.append(put(self._table, opened, STANDS, {"#status": "status"}, _as(was)))
            ops += self._retired(was, becomes, besides=items.seat_of(appointment))
            if becomes.status is Status.MOVED and was.status is Status.BOOKED:
                ops += self._told(by, Access.MOVE, appointment, appointment.created_at)
        return self._signed_in.write(by.session, ops)

    def cancel(self, before: Appointment, after: Appointment, by: By) -> Commit:
        """See `Bookings.cancel`: one transaction."""
        return self._signed_in.write(
            by.session,
            [
                *self._in_right(by, after.changed_at),
                delete(
                    self._table,
                    items.open_key(before.certificate_id),
                    STANDS,
                    {"#status": "status"},
                    _as(before),
                ),
                *self._retired(before, after),
                *self._told(by, Access.CANCEL, before, after.changed_at),
            ],
        )

    def _read(self, certificate_id: str, clinic_code: str) -> tuple[Item | None, Item | None, Item | None]:
        keys = (
            (self._certificates, certificate_key(certificate_id)),
            (self._clinics, clinic_key(clinic_code)),
            (self._table, items.open_key(certificate_id)),
        )
        found = batch_get(self._client, keys)
        one, two, three = (found.get((table, key["pk"]["S"], key["sk"]["S"])) for table, key in keys)
        return one, two, three

    def _in_right(self, by: By, at: datetime) -> list[Op]:
        ops = [self._certificate_ops.unchanged(by.certificate)]
        if by.grant is not None:
            ops.append(self._grant_ops.used(by.grant, rfc3339(at)))
        return ops

    def _told(self, by: By, access: Access, appointment: Appointment, at: datetime) -> list[Op]:
        """What a delegate changes stands in the claimant's access log (D7); a claimant knows of their own."""
        if by.grant is None:
            return []
        grant, clinic_code = by.grant, appointment.place.clinic_code
        entry = Entry(at, access, grant.delegate, grant.slot, grant.grant_id, clinic_code)
        return [self._entries.added(appointment.certificate_id, entry)]

    def _retired(self, was: Appointment, becomes: Appointment, besides: Item | None = None) -> list[Op]:
        ops = [put(self._table, items.to_ended_item(becomes))]
        # One item stands once in a transaction. Who would take the seat that they have saw it free while another changed it:
        # the rest of the transaction does not hold then.
        if was.status is Status.BOOKED and items.seat_of(was) != besides:
            ops.append(freed(self._table, items.seat_of(was), was.appointment_id))
        return ops


def _as(was: Appointment) -> dict[str, Item]:
    return {":before": S(was.appointment_id), ":status": S(was.status)}


def bookings_of(
    env: Mapping[str, str],
    dynamodb: DynamoDBClient,
    remembering: Remembering,
    *,
    random_bytes: Callable[[int], bytes],
    log_kept: timedelta,
) -> BookingStore:
    """A function that books has the tables of what it holds still: the clinic, the certificate, the grant, the session; and the log."""
    return BookingStore(
        dynamodb,
        appointments_table=env["APPOINTMENTS_TABLE"],
        clinics_table=env["CLINICS_TABLE"],
        certificates_table=env["CERTIFICATES_TABLE"],
        grants_table=env["GRANTS_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
        remembering=remembering,
        entries=EntryOps(env["ACCESS_LOG_TABLE"], random_bytes, log_kept),
    )
