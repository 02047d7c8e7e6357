"""Booking, moving, cancelling, missing (R2, D5, D7, invariants 1, 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.fakes.appointments import CLINIC_CODE, MORNING, a_clinic
from tests.fakes.booking_desk import FIRST, LAST, SECOND, BookingDesk
from tests.fakes.people import GRANDMOTHER, MOTHER
from vaxcert.appointments.model import AlreadyBooked, SlotClosed, SlotFull
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.claims.paging import UnknownCursor
from vaxcert.clinics.ports import KnownClinic
from vaxcert.errors import NotFound, Rejected, Unauthorized, Unavailable
from vaxcert.idempotency.model import KeyReused

THURSDAY = date(2026, 7, 2)
OTHER_CLINIC = "3206000002"


def _others(desk: BookingDesk, count: int, slot_id: str = FIRST) -> None:
    """Take seats by certificates of other people."""
    for number in range(count):
        other = replace(
            desk.home.certificates.stored[desk.certificate_id], certificate_id=f"c-other-{slot_id}-{number}"
        )
        desk.home.certificates.stored[other.certificate_id] = other
        desk.book(slot_id, certificate_id=other.certificate_id)


def test_r2_a_booked_seat_is_taken_from_what_is_left() -> None:
    desk = BookingDesk()
    before = desk.left()
    assert set(before.values()) == {2}
    booked = desk.book()
    assert desk.left() == before | {FIRST: 1}
    assert desk.statuses() == {booked: "booked"}


def test_a_full_slot() -> None:
    desk = BookingDesk()
    _others(desk, 2)
    assert desk.left()[FIRST] == 0
    with pytest.raises(SlotFull):
        desk.book()
    desk.book(SECOND)


def test_one_open_appointment_per_certificate_and_the_problem_names_it() -> None:
    desk = BookingDesk()
    booked = desk.book()
    with pytest.raises(AlreadyBooked) as caught:
        desk.book(SECOND)
    assert caught.value.extra == {"appointment_id": booked}
    with pytest.raises(AlreadyBooked):
        desk.book(SECOND, replaces="a-another")


def test_moving_frees_the_seat_and_takes_another_in_one_step() -> None:
    desk = BookingDesk()
    booked = desk.book()
    moved = desk.book(SECOND, replaces=booked)
    assert desk.statuses() == {moved: "booked", booked: "moved"}
    assert (desk.left()[FIRST], desk.left()[SECOND]) == (2, 1)


def test_moving_to_a_full_slot_leaves_the_appointment_as_it_was() -> None:
    desk = BookingDesk()
    _others(desk, 2, SECOND)
    booked = desk.book()
    with pytest.raises(SlotFull):
        desk.book(SECOND, replaces=booked)
    assert desk.statuses() == {booked: "booked"}


def test_r2_what_stands_is_judged_by_its_own_clinics_week() -> None:
    """The other clinic is open at that very time; that the first one has closed is what counts."""
    desk = BookingDesk(a_clinic(), a_clinic(OTHER_CLINIC))
    booked = desk.book()
    elsewhere = FIRST.replace(CLINIC_CODE, OTHER_CLINIC)
    with pytest.raises(AlreadyBooked):
        desk.book(elsewhere, clinic_code=OTHER_CLINIC)
    desk.clinics.stored[CLINIC_CODE] = a_clinic(sessions=())
    again = desk.book(elsewhere, clinic_code=OTHER_CLINIC)
    assert desk.statuses() == {again: "booked", booked: "closed_by_clinic"}


def test_r2_moving_away_leaves_a_moved_one_though_the_new_clinic_is_closed_then() -> None:
    late = replace(MORNING, starts=time(13), ends=time(14))
    desk = BookingDesk(a_clinic(), a_clinic(OTHER_CLINIC, sessions=(late,)))
    booked = desk.book()
    moved = desk.book(f"{OTHER_CLINIC}-20260702-1300", clinic_code=OTHER_CLINIC, replaces=booked)
    assert desk.statuses() == {moved: "booked", booked: "moved"}


def test_moving_what_was_cancelled_meanwhile_books() -> None:
    desk = BookingDesk()
    booked = desk.book()
    desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    again = desk.book(SECOND, replaces=booked)
    assert desk.statuses() == {again: "booked", booked: "cancelled"}


def test_what_ended_before_stays_as_and_when_it_ended() -> None:
    """Booking anew puts the closed one aside; that it was closed, and when, is what the family reads of it."""
    desk = BookingDesk()
    booked = desk.book()
    desk.weeks.close(CLINIC_CODE, THURSDAY, time(8), desk.clock())
    closed = desk.bookings.open[desk.certificate_id]
    desk.weeks.reopen(CLINIC_CODE, THURSDAY, time(8), desk.clock())
    desk.clock.advance(hours=1)
    desk.book()
    assert desk.bookings.ended[booked] == closed


def test_cancelling_frees_the_seat_and_can_be_repeated() -> None:
    desk = BookingDesk()
    booked = desk.book()
    for _ in range(2):
        desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    assert desk.statuses() == {booked: "cancelled"}
    assert desk.left()[FIRST] == 2
    assert not desk.bookings.seats


def test_missed_after_its_end_and_then_another_may_be_booked() -> None:
    desk = BookingDesk(a_clinic(same_day=True))
    booked = desk.book()
    desk.clock.now = desk.bookings.open[desk.certificate_id].ends_at - timedelta(seconds=1)
    assert desk.statuses() == {booked: "booked"}
    desk.clock.advance(seconds=1)
    assert desk.statuses() == {booked: "no_show"}
    with pytest.raises(SlotClosed):
        desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    again = desk.book(LAST)
    assert desk.statuses() == {again: "booked", booked: "no_show"}


def test_kept_with_a_ticket_it_is_not_missed_and_cannot_be_cancelled() -> None:
    desk = BookingDesk()
    booked = desk.book()
    desk.bookings.arrive(desk.certificate_id, desk.clock())
    desk.clock.advance(days=3)
    assert desk.statuses() == {booked: "arrived"}
    with pytest.raises(SlotClosed):
        desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    again = desk.book(FIRST.replace("20260702", "20260709"))
    assert desk.statuses() == {again: "booked", booked: "arrived"}


@pytest.mark.parametrize(
    "slot_id",
    [
        FIRST.replace("20260702", "20260625"),  # past
        FIRST.replace("20260702", "20260716"),  # too far ahead
        FIRST.replace("20260702", "20260703"),  # a day without sessions
        FIRST.replace("0800", "0815"),  # between two slots
        FIRST.replace("0800", "1000"),
    ],
)
def test_what_is_not_open_is_closed(slot_id: str) -> None:
    with pytest.raises(SlotClosed):
        BookingDesk(a_clinic(ahead_days=13)).book(slot_id)


@pytest.mark.parametrize(
    ("slot_id", "clinic_code", "pointer"),
    [
        (FIRST.replace("0702", "0230"), CLINIC_CODE, "/slot_id"),
        (FIRST.replace("0800", "2500"), CLINIC_CODE, "/slot_id"),
        ("nonsense", CLINIC_CODE, "/slot_id"),
        (FIRST.replace(CLINIC_CODE, "3206000002"), CLINIC_CODE, "/slot_id"),
        (FIRST, "3206000009", "/clinic_code"),
    ],
)
def test_a_slot_that_cannot_exist_is_pointed_at(slot_id: str, clinic_code: str, pointer: str) -> None:
    with pytest.raises(Rejected) as caught:
        BookingDesk().book(slot_id, clinic_code=clinic_code)
    assert [error.pointer for error in caught.value.fields] == [pointer]


def test_d7_a_delegate_books_sees_and_cancels() -> None:
    desk = BookingDesk()
    desk.grandmother()
    booked = desk.book(who=GRANDMOTHER)
    assert desk.statuses(GRANDMOTHER) == desk.statuses() == {booked: "booked"}
    assert desk.bookings.open[desk.certificate_id].booked_by == "delegate"
    desk.service.cancel(desk.caller(GRANDMOTHER), desk.certificate_id, booked, desk.clock())
    assert desk.statuses() == {booked: "cancelled"}


def test_d7_the_claimant_sees_which_delegate_moved_or_cancelled() -> None:
    desk = BookingDesk()
    grant_id = desk.grandmother()
    booked = desk.book()
    desk.clock.advance(seconds=60)
    moved = desk.book(SECOND, who=GRANDMOTHER, replaces=booked)
    desk.clock.advance(seconds=60)
    desk.service.cancel(desk.caller(GRANDMOTHER), desk.certificate_id, moved, desk.clock())
    seen, _ = desk.home.records.access_log(
        desk.caller(), desk.certificate_id, desk.clock(), cursor=None, limit=5
    )
    assert [(str(one.access), one.relation, one.grant_id, one.clinic_code) for one in seen] == [
        (access, "maternal_grandmother", grant_id, CLINIC_CODE) for access in ("cancel", "move")
    ]


def test_d7_who_was_revoked_books_nothing() -> None:
    desk = BookingDesk()
    grant = desk.grandmother()
    booked = desk.book(who=GRANDMOTHER)
    desk.home.granting.revoke(desk.caller(), desk.certificate_id, grant, desk.clock())
    for act in (
        lambda: desk.book(SECOND, who=GRANDMOTHER, replaces=booked),
        lambda: desk.statuses(GRANDMOTHER),
        lambda: desk.service.cancel(desk.caller(GRANDMOTHER), desk.certificate_id, booked, desk.clock()),
    ):
        with pytest.raises(NotFound):
            act()
    assert desk.statuses() == {booked: "booked"}


@pytest.mark.parametrize("who", [MOTHER, GRANDMOTHER])
def test_nobody_else_learns_of_an_appointment(who: str) -> None:
    desk = BookingDesk()
    booked = desk.book()
    for act in (
        lambda: desk.book(SECOND, who=who),
        lambda: desk.statuses(who),
        lambda: desk.service.appointment(desk.caller(who), desk.certificate_id, booked, desk.clock()),
        lambda: desk.service.cancel(desk.caller(who), desk.certificate_id, booked, desk.clock()),
    ):
        with pytest.raises(NotFound):
            act()


def test_d5_a_released_certificate_books_nothing_and_shows_nothing() -> None:
    desk = BookingDesk()
    booked = desk.book()
    desk.home.claims.release(desk.caller(), desk.certificate_id, desk.clock())
    for act in (lambda: desk.book(SECOND, replaces=booked), desk.statuses):
        with pytest.raises(NotFound):
            act()


def test_d5_the_holder_of_a_suspended_certificate_sees_and_cancels_but_does_not_book() -> None:
    desk = BookingDesk()
    desk.grandmother()
    booked = desk.book()
    before = desk.home.certificates.stored[desk.certificate_id]
    after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), desk.clock())
    desk.home.certificates.apply(before, after, Actor.NIGHT)
    with pytest.raises(CertificateSuspended):
        desk.book(SECOND, replaces=booked)
    with pytest.raises(NotFound):
        desk.statuses(GRANDMOTHER)
    desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    assert desk.statuses() == {booked: "cancelled"}


def test_d6_who_has_come_of_age_books_for_themselves() -> None:
    desk = BookingDesk()
    desk.clock.now = desk.clock().replace(year=2039)
    with pytest.raises(NotFound):
        desk.book()


def test_invariant_4_the_same_request_gets_the_same_answer_and_another_body_none() -> None:
    desk = BookingDesk()
    first = desk.book(key="one-booking")
    desk.clock.advance(hours=1)
    assert desk.book(key="one-booking") == first
    with pytest.raises(KeyReused):
        desk.book(SECOND, key="one-booking")
    assert len(desk.bookings.seats) == 1


def test_invariant_4_the_same_request_twice_at_once_gets_the_same_answer() -> None:
    """The first is answered between the second's two looks."""
    desk = BookingDesk()
    find = desk.home.answers.find
    crossed: list[str] = []

    def late(request: object, now: object) -> object:
        if not crossed:
            crossed.append("")
            crossed.append(desk.book(key="one-booking"))
            return None
        return find(request, now)  # type: ignore[arg-type]

    desk.home.answers.find = late  # type: ignore[assignment, method-assign]
    assert desk.book(key="one-booking") == crossed[1]


def test_who_signed_out_books_and_cancels_nothing() -> None:
    desk = BookingDesk()
    booked = desk.book()
    desk.home.sessions.sign_out("s-1", desk.clock())
    with pytest.raises(Unauthorized):
        desk.book(SECOND, replaces=booked)
    with pytest.raises(Unauthorized):
        desk.service.cancel(desk.caller(), desk.certificate_id, booked, desk.clock())
    assert desk.statuses() == {booked: "booked"}


def test_a_seat_lost_to_another_is_drawn_again_until_none_is_left() -> None:
    desk = BookingDesk(a_clinic(sessions=(replace(MORNING, capacity=1),)))
    look = desk.bookings.look
    desk.bookings.look = lambda *args: replace(look(*args), taken={})  # type: ignore[method-assign]
    _others(desk, 1)
    with pytest.raises(Unavailable):
        desk.book()
    desk.bookings.look = look  # type: ignore[method-assign]
    with pytest.raises(SlotFull):
        desk.book()


def test_appointments_come_in_pages_the_open_one_first() -> None:
    desk = BookingDesk()
    made = [desk.book(LAST)]
    made.append(desk.book(FIRST, replaces=made[0]))
    made.append(desk.book(SECOND, replaces=made[1]))
    found, cursor = desk.service.appointments(
        desk.caller(), desk.certificate_id, desk.clock(), cursor=None, limit=2
    )
    rest, end = desk.service.appointments(
        desk.caller(), desk.certificate_id, desk.clock(), cursor=cursor, limit=2
    )
    shown = [view.appointment.appointment_id for view in (*found, *rest)]
    assert (shown, end) == ([made[2], made[0], made[1]], None)
    with pytest.raises(UnknownCursor):
        desk.service.appointments(desk.caller(), desk.certificate_id, desk.clock(), cursor="AAAA", limit=2)


def test_slots_come_in_pages_and_only_from_the_days_asked_for() -> None:
    desk = BookingDesk()
    first, cursor = desk.slots.slots(
        CLINIC_CODE, THURSDAY, THURSDAY + timedelta(days=30), desk.clock(), cursor=None, limit=5
    )
    second, end = desk.slots.slots(
        CLINIC_CODE, THURSDAY, THURSDAY + timedelta(days=30), desk.clock(), cursor=cursor, limit=5
    )
    assert [one.slot.slot_id[-13:] for one in (*first, *second)] == [
        f"{day}-{start}" for day in ("20260702", "20260709") for start in ("0800", "0830", "0900", "0930")
    ]
    assert end is None
    none, _ = desk.slots.slots(
        CLINIC_CODE, date(2026, 7, 3), date(2026, 7, 8), desk.clock(), cursor=None, limit=5
    )
    assert list(none) == []


@pytest.mark.parametrize(
    ("first", "last"), [(date(1, 1, 1), None), (date(9999, 12, 31), None), (date(9999, 12, 31), date.max)]
)
def test_days_far_away_hold_no_slots(first: date, last: date | None) -> None:
    desk = BookingDesk()
    if first.year == 1:
        last = first + timedelta(days=30)
    found, _ = desk.slots.slots(CLINIC_CODE, first, last, desk.clock(), cursor=None, limit=5)
    assert list(found) == []


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (None, date(1, 1, 1)),
        (THURSDAY, date(2026, 7, 1)),
        (THURSDAY, date(2026, 8, 2)),
    ],
)
def test_days_in_the_wrong_order_or_too_many_are_out_of_range(first: date | None, last: date | None) -> None:
    desk = BookingDesk()
    with pytest.raises(Rejected) as caught:
        desk.slots.slots(CLINIC_CODE, first, last, desk.clock(), cursor=None, limit=5)
    assert caught.value.fields[0].pointer == "/query/to"


@pytest.mark.parametrize("first", [None, date(1, 1, 1), date(2026, 6, 1), date(2026, 7, 1), THURSDAY])
def test_without_an_end_it_is_a_week_from_the_first_day_to_come(first: date | None) -> None:
    found, _ = BookingDesk().slots.slots(
        CLINIC_CODE, first, None, BookingDesk().clock(), cursor=None, limit=500
    )
    assert {one.slot.day for one in found} == {THURSDAY}


def test_a_cursor_of_another_clinic_or_certificate_is_foreign() -> None:
    desk = BookingDesk(a_clinic(), a_clinic("another"))
    _, cursor = desk.slots.slots(CLINIC_CODE, None, None, desk.clock(), cursor=None, limit=1)
    assert cursor is not None
    with pytest.raises(UnknownCursor):
        desk.slots.slots("another", None, None, desk.clock(), cursor=cursor, limit=1)
    booked = desk.book()
    desk.book(SECOND, replaces=booked)
    _, cursor = desk.service.appointments(
        desk.caller(), desk.certificate_id, desk.clock(), cursor=None, limit=1
    )
    assert cursor is not None
    stored = desk.home.certificates.stored
    other = replace(stored[desk.certificate_id], certificate_id="c-another")
    stored[other.certificate_id] = other
    for slot_id, replaces in ((FIRST, None), (SECOND, "latest")):
        latest = desk.bookings.open.get("c-another")
        desk.book(
            slot_id,
            certificate_id="c-another",
            replaces=latest.appointment_id if replaces and latest else None,
        )
    with pytest.raises(UnknownCursor):
        desk.service.appointments(desk.caller(), "c-another", desk.clock(), cursor=cursor, limit=1)


def test_a_clinic_that_takes_no_appointments_is_not_found() -> None:
    desk = BookingDesk()
    with pytest.raises(NotFound):
        desk.slots.slots("3206000009", None, None, desk.clock(), cursor=None, limit=5)


def test_clinics_of_the_pilot_by_city_and_code_and_where_one_can_book() -> None:
    """Every one that a feed or the console names; another city's is not the pilot's (R8)."""
    desk = BookingDesk(a_clinic("b-2"), a_clinic("a-1"), a_clinic("c-3", city="320500"))
    desk.clinics.tell(KnownClinic("b-2", "旧名", "320600"), date(2026, 6, 1))
    desk.clinics.tell(KnownClinic("w-1", "无周表门诊", "320200"), date(2026, 6, 1))
    desk.clinics.tell(KnownClinic("s-1", "外市门诊", "320500"), date(2026, 6, 1))
    found: list[tuple[str, str, bool]] = []
    cursor = None
    for _ in range(3):
        shown, cursor = desk.slots.clinics(None, cursor=cursor, limit=1)
        found += [(one.clinic_code, one.name, one.books) for one in shown]
    assert found == [("w-1", "无周表门诊", False), ("a-1", "示范门诊", True), ("b-2", "示范门诊", True)]
    assert cursor is None
    (own,), _ = desk.slots.clinics("320200", cursor=None, limit=5)
    assert own.clinic_code == "w-1"
    assert desk.slots.clinics("320500", cursor=None, limit=5) == ([], None)
    _, cursor = desk.slots.clinics(None, cursor=None, limit=1)
    with pytest.raises(UnknownCursor):
        desk.slots.clinics("320600", cursor=cursor, limit=1)


def test_a_clinic_whose_week_has_no_sessions_takes_no_bookings() -> None:
    (shown,), _ = BookingDesk(a_clinic(sessions=())).slots.clinics(None, cursor=None, limit=5)
    assert shown.books is False


def test_a_holder_goes_ahead_from_half_an_hour_before_until_the_slot_ends() -> None:
    desk = BookingDesk()
    desk.book()
    appointment = desk.bookings.open[desk.certificate_id]
    starts, ends = appointment.starts_at, appointment.ends_at
    assert appointment.starts_at.time() == time(8)
    half, second = timedelta(minutes=30), timedelta(seconds=1)
    assert [
        appointment.goes_ahead(at) for at in (starts - half - second, starts - half, ends - second, ends)
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert appointment.due_on(ends + timedelta(hours=8))
    assert not appointment.due_on(ends + timedelta(hours=24))
