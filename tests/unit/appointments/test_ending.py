"""What becomes of an appointment whose certificate, or whose booker's grant, has ended (D5, D6, D7; docs/appointments.md)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from functions.end_appointments.app import create
from tests.fakes.appointments import a_clinic
from tests.fakes.booking_desk import FIRST, BookingDesk
from tests.fakes.events import EVENTS
from tests.fakes.people import GRANDMOTHER, GRANDMOTHER_NO
from vaxcert.appointments.ending import given_up
from vaxcert.appointments.model import Appointment, SlotClosed
from vaxcert.claims.items import to_item
from vaxcert.claims.model import (
    CAME_OF_AGE,
    DECEASED,
    RELEASED,
    REPLACED,
    Actor,
    Standing,
    StatusReason,
    suspended,
)
from vaxcert.errors import NotFound, Unavailable

SUSPENDED = suspended(StatusReason.GUARDIAN_REMOVED)


def _stood(desk: BookingDesk, *standings: Standing) -> dict[str, Any]:
    """Move the certificate through standings; the batch that its table's stream brings then."""
    records = []
    for number, standing in enumerate(standings):
        before = desk.home.certificates.stored[desk.certificate_id]
        after = before.moved_to(standing, desk.clock())
        desk.home.certificates.apply(before, after, Actor.NIGHT)
        item = to_item(after)
        change = {
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": item,
            "SequenceNumber": f"{number}",
        }
        records.append({"eventName": "MODIFY", "dynamodb": change})
    return {"Records": records}


def _seats(desk: BookingDesk) -> int:
    return len(desk.bookings.seats)


@pytest.mark.parametrize(
    "standings",
    [(RELEASED,), (CAME_OF_AGE,), (DECEASED,), (SUSPENDED, REPLACED), (SUSPENDED, DECEASED)],
    ids=str,
)
def test_d5_d6_the_seat_is_free_once_the_certificate_has_ended(standings: tuple[Standing, ...]) -> None:
    desk = BookingDesk()
    desk.book()
    batch, handler = _stood(desk, *standings), create(desk.bookings, desk.clock)
    for _ in range(2):
        assert handler(batch, None) == {"batchItemFailures": []}
        assert (_seats(desk), desk.left()[FIRST]) == (0, 2)
        assert desk.bookings.open[desk.certificate_id].status == "cancelled"


def test_the_committed_event_frees_the_seat_of_the_released_one_alone() -> None:
    desk = BookingDesk()
    batch = json.loads((EVENTS / "end_appointments" / "stream.json").read_text("utf-8"))
    stored = desk.home.certificates.stored
    for record in batch["Records"]:
        certificate_id = record["dynamodb"]["NewImage"]["certificate_id"]["S"]
        stored[certificate_id] = replace(stored[desk.certificate_id], certificate_id=certificate_id)
        desk.book(certificate_id=certificate_id)
    assert create(desk.bookings, desk.clock)(batch, None) == {"batchItemFailures": []}
    assert [str(one.status) for one in desk.bookings.open.values()] == ["cancelled", "booked"]


@pytest.mark.parametrize(
    "reason", [StatusReason.GUARDIAN_REMOVED, StatusReason.OUT_OF_CARE, StatusReason.ARCHIVE_VOID]
)
def test_d5_a_suspended_certificate_keeps_its_appointment_for_it_may_be_lifted(reason: StatusReason) -> None:
    desk = BookingDesk()
    booked = desk.book()
    create(desk.bookings, desk.clock)(_stood(desk, suspended(reason)), None)
    assert desk.statuses() == {booked: "booked"}
    assert _seats(desk) == 1


def test_what_was_kept_missed_or_never_booked_stays_as_it_was() -> None:
    desk = BookingDesk()
    assert not given_up(desk.bookings, desk.certificate_id, desk.clock())
    desk.book()
    missed = desk.bookings.open[desk.certificate_id].ends_at
    assert not given_up(desk.bookings, desk.certificate_id, missed)
    desk.bookings.arrive(desk.certificate_id, desk.clock())
    assert not given_up(desk.bookings, desk.certificate_id, desk.clock())
    assert _seats(desk) == 1


def test_who_comes_to_the_ticket_machine_at_that_moment_has_come() -> None:
    """The scan was accepted before the end: what it wrote is not undone."""
    desk = BookingDesk()
    desk.book()
    give_up = desk.bookings.give_up

    def crossed(appointment: Appointment, now: datetime) -> bool:
        desk.bookings.arrive(desk.certificate_id, now)
        return give_up(appointment, now)

    desk.bookings.give_up = crossed  # type: ignore[method-assign]
    assert not given_up(desk.bookings, desk.certificate_id, desk.clock())
    assert list(desk.statuses().values()) == ["arrived"]


def test_what_others_keep_changing_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    desk = BookingDesk()
    desk.book()
    desk.bookings.give_up = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        given_up(desk.bookings, desk.certificate_id, desk.clock())
    batch = _stood(desk, SUSPENDED, RELEASED)
    assert create(desk.bookings, desk.clock)(batch, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    told = {"service": "end_appointments", "freed": 0, "failed": "Unavailable"}
    assert json.loads(capsys.readouterr().out) == told


def test_invariant_7_its_log_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    desk = BookingDesk()
    desk.book()
    create(desk.bookings, desk.clock)(_stood(desk, RELEASED), None)
    assert capsys.readouterr().out == '{"service": "end_appointments", "freed": 1}\n'


def test_d7_what_a_delegate_booked_is_the_childs_and_outlives_the_grant() -> None:
    """It ended by its date here (`test_booking` has the revoked one): the claimant sees and cancels it."""
    desk = BookingDesk()
    desk.home.authorize(desk.certificate_id, GRANDMOTHER_NO, expires_on=desk.clock().date())
    booked = desk.book(who=GRANDMOTHER)
    desk.clock.advance(days=1)
    desk.clock.now -= timedelta(hours=5)  # 05:00 on the day of the slot, the day after the grant's last
    with pytest.raises(NotFound):
        desk.statuses(GRANDMOTHER)
    assert desk.statuses() == {booked: "booked"}
    desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    assert desk.statuses() == {booked: "cancelled"}


@pytest.mark.parametrize(("born", "bookable"), [(date(2008, 7, 3), True), (date(2008, 7, 2), False)])
def test_d6_no_slot_is_booked_for_a_day_on_which_the_certificate_has_closed(
    born: date, bookable: bool
) -> None:
    """The slot is of 2 July 2026: who is 18 that day comes with a certificate of their own."""
    desk = BookingDesk(a_clinic())
    stored = desk.home.certificates.stored
    stored[desk.certificate_id] = replace(stored[desk.certificate_id], birth_date=born)
    if bookable:
        assert desk.book()
        return
    with pytest.raises(SlotClosed) as caught:
        desk.book()
    assert (caught.value.code, caught.value.words) == ("slot_closed", "slot_closed_by_age")
