"""A ticket keeps an appointment inside the scan's own two round trips (invariant 3, docs/appointments.md)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.contract.test_appointments_store import an_appointment
from tests.contract.test_visits_store import (
    CERTIFICATE,
    DEVICE,
    NOW,
    a_code,
    a_request,
    a_ticket,
    admission,
    scan_store,
)
from tests.fakes.devices import CLINIC, an_enrolment
from tests.fakes.waiting_room import CHILD
from vaxcert.appointments.arrival import Expected
from vaxcert.appointments.items import from_item, open_key, to_item
from vaxcert.appointments.model import Appointment, Place, Status
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import get, put, single
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.devices.model import Station
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.visits.items import to_item as visit_to_item
from vaxcert.visits.model import Arrival, State, Visit, begun
from vaxcert.visits.store import ScanStore

APPOINTMENT = an_appointment(
    certificate_id=CERTIFICATE.certificate_id,
    place=Place(CLINIC, "示范门诊", None, None),
    starts_at=NOW + timedelta(minutes=20),
    ends_at=NOW + timedelta(minutes=50),
)


class Clinic:
    """The real stores, with everybody in place and an appointment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.scans: ScanStore = scan_store(database)
        for table, item in (
            ("CertificatesTable", certificate_to_item(CERTIFICATE)),
            ("ArchivesTable", archive_to_item(CHILD)),
            ("DevicesTable", device_to_item(an_enrolment())),
        ):
            self._write(table, item)
        self.set(APPOINTMENT)
        self.calls: list[str] = []
        database.client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: self.calls.append(model.name), unique_id="ticket"
        )

    def set(self, appointment: Appointment) -> None:
        self._write("AppointmentsTable", to_item(appointment))

    def stand(self, visit: Visit) -> None:
        self._write("VisitsTable", visit_to_item(visit))

    def status(self) -> Status:
        table = self._database.tables["AppointmentsTable"]
        item = get(self._database.client, table, open_key(CERTIFICATE.certificate_id))
        assert item is not None
        return from_item(item).status

    def _write(self, table: str, item: dict[str, Any]) -> None:
        single(self._database.client, put(self._database.tables[table], item))


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


def test_invariant_3_an_appointment_is_found_and_kept_in_no_round_trip_of_its_own(clinic: Clinic) -> None:
    looked, _ = clinic.scans.look_and_draw(a_code(), DEVICE.device_id, a_request(), NOW, CLINIC)
    assert looked.awaited == Expected("a1", CLINIC, APPOINTMENT.starts_at)
    assert Counter(clinic.calls) == {"BatchGetItem": 1, "UpdateItem": 1}
    clinic.calls.clear()
    ticket = a_ticket(appointed_at=APPOINTMENT.starts_at)
    assert clinic.scans.commit(admission(ticket, appointment=looked.awaited), [CHILD.key]) == (CHILD,)
    assert Counter(clinic.calls) == {"TransactWriteItems": 1, "BatchGetItem": 1}
    assert clinic.status() is Status.ARRIVED
    again = clinic.scans.look(a_code(), DEVICE.device_id, a_request(), NOW)
    assert (again.awaited, again.visit) == (Expected("a1", CLINIC, APPOINTMENT.starts_at, met=True), ticket)


def test_d21_a_ticket_given_up_and_drawn_again_goes_ahead_again_and_is_written(clinic: Clinic) -> None:
    looked, _ = clinic.scans.look_and_draw(a_code(), DEVICE.device_id, a_request(), NOW, CLINIC)
    first = a_ticket(appointed_at=APPOINTMENT.starts_at)
    assert clinic.scans.commit(admission(first, appointment=looked.awaited), []) == ()
    given_up = first.moved_to(State.LEFT, NOW)
    clinic.stand(given_up)
    code = a_code()
    again, number = clinic.scans.look_and_draw(code, DEVICE.device_id, a_request(), NOW, CLINIC)
    assert again.awaited is not None
    assert again.awaited == Expected("a1", CLINIC, APPOINTMENT.starts_at, met=True)
    arrival = Arrival(CLINIC, Station.TICKET, first.day, NOW)
    second = begun(CERTIFICATE.certificate_id, arrival, number, given_up, again.awaited.ahead_from)
    assert second.turn < begun("cother", arrival, 1, None).turn, "ahead of who came without one"
    assert clinic.scans.commit(admission(second, code=code, before=given_up), []) == ()
    assert clinic.status() is Status.ARRIVED


def test_an_appointment_cancelled_meanwhile_lets_nothing_be_written(clinic: Clinic) -> None:
    looked, _ = clinic.scans.look_and_draw(a_code(), DEVICE.device_id, a_request(), NOW, CLINIC)
    clinic.set(replace(APPOINTMENT, status=Status.CLOSED_BY_CLINIC))
    code = a_code()
    assert clinic.scans.commit(admission(a_ticket(), code=code, appointment=looked.awaited), []) is None
    found = clinic.scans.look(code, DEVICE.device_id, a_request(), NOW)
    assert (found.burned, found.visit, found.awaited) == (None, None, None)


def test_r2_an_appointment_that_replaced_it_meanwhile_is_not_marked_as_kept(clinic: Clinic) -> None:
    looked, _ = clinic.scans.look_and_draw(a_code(), DEVICE.device_id, a_request(), NOW, CLINIC)
    clinic.set(replace(APPOINTMENT, appointment_id="a2", starts_at=NOW + timedelta(days=3)))
    assert clinic.scans.commit(admission(a_ticket(), appointment=looked.awaited), []) is None
    assert clinic.status() is Status.BOOKED


@pytest.mark.parametrize("days", [-1, 1])
def test_an_appointment_of_another_day_is_not_met(clinic: Clinic, days: int) -> None:
    other = timedelta(days=days)
    clinic.set(
        replace(APPOINTMENT, starts_at=APPOINTMENT.starts_at + other, ends_at=APPOINTMENT.ends_at + other)
    )
    assert clinic.scans.look_and_draw(a_code(), DEVICE.device_id, a_request(), NOW, CLINIC)[0].awaited is None
