"""A clinic's week as the operator sets it, and what closing a session does to those booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.fakes.appointments import CLINIC_CODE, MORNING, a_clinic
from tests.fakes.booking_desk import FIRST, LAST, BookingDesk
from vaxcert.appointments.model import SlotClosed, Status
from vaxcert.appointments.notices import notice_of
from vaxcert.aws.clock import shanghai_date
from vaxcert.clinics.console import BookingsInTheWay
from vaxcert.clinics.looking import UnknownClinic
from vaxcert.clinics.week import InvalidWeek, Session

THURSDAY = date(2026, 7, 2)
AFTERNOON = Session(4, time(13), time(14), 30, 1)
NEXT_WEEK = FIRST.replace("20260702", "20260709")


def test_each_change_grows_the_version_and_repeating_one_changes_nothing() -> None:
    desk = BookingDesk()
    new = a_clinic(sessions=(MORNING, AFTERNOON))
    for _ in range(2):
        changed = desk.weeks.set(new, desk.clock(), close_booked=False)
        assert (changed.clinic.version, changed.told) == (2, 0)
    assert [clinic.version for clinic in desk.clinics.lines] == [2]
    first = desk.weeks.set(a_clinic("new-clinic"), desk.clock(), close_booked=False)
    assert first.clinic.version == 1


def test_a_clinic_whose_week_is_set_is_known_before_any_feed_names_it() -> None:
    """Set again, it is entered again: what was broken off between the two writes is mended."""
    desk = BookingDesk()
    for _ in range(2):
        desk.clinics.entered.clear()
        desk.weeks.set(a_clinic("new-clinic", city="320200"), desk.clock(), close_booked=False)
        assert list(desk.clinics.entered) == [("320200", "new-clinic")]


def test_closing_a_session_tells_those_booked_and_frees_what_they_had() -> None:
    desk = BookingDesk(a_clinic(sessions=(MORNING, AFTERNOON)))
    booked = desk.book()
    changed = desk.weeks.close(CLINIC_CODE, THURSDAY, time(8), desk.clock())
    assert (changed.told, changed.clinic.version) == (1, 2)
    assert desk.statuses() == {booked: "closed_by_clinic"}
    assert not desk.bookings.seats
    assert list(desk.left()) == [FIRST.replace("0800", "1300"), FIRST.replace("0800", "1330")]
    with pytest.raises(SlotClosed):
        desk.book(LAST)
    again = desk.book(FIRST.replace("0800", "1300"))
    assert desk.statuses() == {again: "booked", booked: "closed_by_clinic"}
    assert desk.weeks.close(CLINIC_CODE, THURSDAY, time(8), desk.clock()).told == 0


def test_closing_a_day_closes_all_of_its_sessions_and_no_other_day() -> None:
    desk = BookingDesk(a_clinic(sessions=(MORNING, AFTERNOON)))
    booked = desk.book(NEXT_WEEK)
    desk.weeks.close(CLINIC_CODE, THURSDAY, None, desk.clock())
    assert all("20260709" in slot_id for slot_id in desk.left())
    assert desk.statuses() == {booked: "booked"}


def test_who_booked_at_the_moment_of_closing_is_told_when_reading() -> None:
    """The week was written after the family had decided, and before the seat was there to be found."""
    desk = BookingDesk()
    seats, desk.bookings.booked_from = desk.bookings.booked_from, lambda *_: ()  # type: ignore[method-assign]
    booked = desk.book()
    assert desk.weeks.close(CLINIC_CODE, THURSDAY, None, desk.clock()).told == 0
    assert desk.statuses() == {booked: "closed_by_clinic"}
    other = desk.book(NEXT_WEEK)
    assert desk.statuses() == {other: "booked", booked: "closed_by_clinic"}
    desk.bookings.booked_from = seats  # type: ignore[method-assign]
    assert len(desk.bookings.seats) == 1


def test_a_reopened_session_is_booked_again_and_what_was_closed_stays_so() -> None:
    desk = BookingDesk()
    booked = desk.book()
    desk.weeks.close(CLINIC_CODE, THURSDAY, None, desk.clock())
    desk.weeks.reopen(CLINIC_CODE, THURSDAY, None, desk.clock())
    assert desk.statuses() == {booked: "closed_by_clinic"}
    again = desk.book()
    assert desk.statuses() == {again: "booked", booked: "closed_by_clinic"}


def test_a_week_that_drops_booked_slots_is_refused_until_it_says_so() -> None:
    desk = BookingDesk()
    booked = desk.book()
    off = a_clinic(days_off=frozenset({THURSDAY}))
    with pytest.raises(BookingsInTheWay, match="1 appointments stand"):
        desk.weeks.set(off, desk.clock(), close_booked=False)
    assert desk.statuses() == {booked: "booked"}
    changed = desk.weeks.set(off, desk.clock(), close_booked=True)
    assert (changed.told, desk.statuses()) == (1, {booked: "closed_by_clinic"})


@pytest.mark.parametrize("capacity", [1, 5])
def test_another_capacity_leaves_those_booked_alone(capacity: int) -> None:
    desk = BookingDesk()
    booked = desk.book()
    new = a_clinic(sessions=(replace(MORNING, capacity=capacity),))
    assert desk.weeks.set(new, desk.clock(), close_booked=False).told == 0
    assert desk.statuses() == {booked: "booked"}
    assert desk.left()[FIRST] == capacity - 1


def test_a_closing_survives_a_new_week_that_has_the_session_and_goes_with_its_day() -> None:
    desk = BookingDesk()
    desk.weeks.close(CLINIC_CODE, THURSDAY, None, desk.clock())
    kept = desk.weeks.set(a_clinic(name="新名称"), desk.clock(), close_booked=False)
    assert len(kept.clinic.closed) == 1
    desk.clock.advance(days=2)
    gone = desk.weeks.set(
        a_clinic(days_off=frozenset({THURSDAY, THURSDAY + timedelta(days=7)})),
        desk.clock(),
        close_booked=False,
    )
    assert (len(gone.clinic.closed), len(gone.clinic.days_off)) == (0, 1)


def test_d2_today_may_still_be_closed_and_stays_so_until_it_is_over() -> None:
    """At 09:59 the last slot (09:30 to 10:00) is told of; at its end nobody is, for who had booked it has come or missed it."""
    for minutes, told in ((-1, 1), (0, 0)):
        desk = BookingDesk()
        desk.book(slot_id=LAST)
        desk.clock.advance(days=1, minutes=minutes)
        assert shanghai_date(desk.clock()) == THURSDAY
        assert desk.weeks.close(CLINIC_CODE, THURSDAY, None, desk.clock()).told == told
        off = a_clinic(name="新名称", days_off=frozenset({THURSDAY}))
        named = desk.weeks.set(a_clinic(name="新名称"), desk.clock(), close_booked=False).clinic
        assert len(named.closed) == 1
        assert desk.weeks.set(off, desk.clock(), close_booked=True).clinic.days_off == {THURSDAY}


def test_what_cannot_be_closed() -> None:
    desk = BookingDesk()
    with pytest.raises(UnknownClinic):
        desk.weeks.close("3206000009", THURSDAY, None, desk.clock())
    for day, starts in ((THURSDAY, time(9)), (THURSDAY + timedelta(days=1), None), (date(2026, 6, 25), None)):
        with pytest.raises(InvalidWeek):
            desk.weeks.close(CLINIC_CODE, day, starts, desk.clock())
    assert desk.clinics.stored[CLINIC_CODE].version == 1


def test_d12_those_told_are_told_in_both_languages() -> None:
    for status in Status:
        chinese, english = (notice_of(status, language, "400-101-6588") for language in ("zh", "en"))
        assert (chinese is None) == (status not in {Status.CLOSED_BY_CLINIC, Status.NO_SHOW})
        if chinese is not None and english is not None:
            code = {Status.CLOSED_BY_CLINIC: "closed_by_clinic", Status.NO_SHOW: "appointment_missed"}[status]
            assert chinese.code == english.code == code
            assert english.title.isascii()
            assert "{" not in chinese.next_step + english.next_step
