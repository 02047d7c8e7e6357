"""Slots follow from a clinic's week by rules over values (R2, D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.appointments import CLINIC_CODE, MORNING, a_clinic
from vaxcert.aws.clock import SHANGHAI, shanghai_date
from vaxcert.clinics.week import (
    Clinic,
    InvalidWeek,
    Session,
    day_of,
    free_seats,
    instant,
    minute_of,
    slot_id_of,
)

THURSDAY = date(2026, 7, 2)
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


def _starts(clinic: Clinic, day: date) -> list[str]:
    return [f"{slot.starts_at:%H:%M}" for slot in clinic.slots_on(day)]


def test_a_session_is_cut_into_slots_of_its_weekday() -> None:
    clinic = a_clinic()
    assert _starts(clinic, THURSDAY) == ["08:00", "08:30", "09:00", "09:30"]
    assert clinic.slots_on(THURSDAY + timedelta(days=1)) == ()
    first = clinic.slots_on(THURSDAY)[0]
    assert first.slot_id == "3206000001-20260702-0800"
    assert (first.ends_at - first.starts_at, first.capacity) == (timedelta(minutes=30), 2)
    assert first.starts_at == datetime(2026, 7, 2, 0, 0, tzinfo=UTC)


def test_a_day_off_has_no_slots_and_a_closed_session_none_of_its_own() -> None:
    afternoon = Session(4, time(13), time(14), 60, 5)
    clinic = a_clinic(sessions=(afternoon, MORNING))
    assert _starts(clinic, THURSDAY)[-1] == "13:00"
    assert _starts(replace(clinic, days_off=frozenset({THURSDAY})), THURSDAY) == []
    closed = frozenset({instant(THURSDAY, time(8)).astimezone(UTC)})
    assert _starts(replace(clinic, closed=closed), THURSDAY) == ["13:00"]
    assert len(_starts(replace(clinic, closed=closed), THURSDAY + timedelta(weeks=1))) == 5


@pytest.mark.parametrize(
    ("fields", "now", "bookable"),
    [
        ({}, NOW, True),
        ({"ahead_days": 1}, NOW, True),
        ({"ahead_days": 1}, NOW - timedelta(days=1), False),  # two days before
        ({}, datetime(2026, 7, 1, 15, 59, tzinfo=UTC), True),  # 23:59 on the day before, in Shanghai
        ({}, datetime(2026, 7, 1, 16, 0, tzinfo=UTC), False),  # the day itself has begun
        ({"same_day": True}, datetime(2026, 7, 1, 23, 59, 59, tzinfo=UTC), True),
        ({"same_day": True}, datetime(2026, 7, 2, 0, 0, tzinfo=UTC), False),  # the slot has begun
        ({"same_day": True, "ahead_days": 0}, datetime(2026, 7, 1, 16, 0, tzinfo=UTC), True),
        ({"same_day": True, "ahead_days": 0}, NOW, False),
    ],
)
def test_d2_what_may_be_booked_when(fields: dict[str, Any], now: datetime, bookable: bool) -> None:
    clinic = a_clinic(**fields)
    assert clinic.bookable(clinic.slots_on(THURSDAY)[0], now) is bookable


@pytest.mark.parametrize(
    "fields",
    [
        {"weekday": 0},
        {"weekday": 8},
        {"starts": time(10)},
        {"starts": time(8, 0, 1)},
        {"slot_minutes": 4},
        {"slot_minutes": 241},
        {"slot_minutes": 50},
        {"capacity": 0},
        {"capacity": 201},
    ],
    ids=str,
)
def test_a_session_that_contradicts_itself(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidWeek):
        replace(MORNING, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"clinic_code": "a/b"},
        {"clinic_code": ""},
        {"ahead_days": -1},
        {"ahead_days": 91},
        {"ahead_days": 0},
        {"sessions": (MORNING, MORNING)},
        {"sessions": (MORNING, Session(4, time(9, 30), time(11), 30, 1))},
    ],
    ids=str,
)
def test_a_week_that_contradicts_itself(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidWeek):
        a_clinic(**fields)


@pytest.mark.parametrize(
    "slot_id",
    [
        "",
        "3206000001",
        "3206000001-20260702",
        "3206000001-20260230-0800",
        "3206000001-20261301-0800",
        "3206000001-20260702-2400",
        "3206000001-20260702-0860",
        "3206000002-20260702-0800",
        "3206000001-２0260702-0800",
        "3206000001-20260702-0800\n",
        "3206000001-00000702-0800",
    ],
)
def test_what_is_no_slot_of_the_clinic(slot_id: str) -> None:
    assert day_of(slot_id, CLINIC_CODE) is None
    assert a_clinic().slot(slot_id) is None


def test_a_clinics_code_may_hold_dashes() -> None:
    slot_id = slot_id_of("a-1-20260101", instant(THURSDAY, time(8)))
    assert day_of(slot_id, "a-1-20260101") == THURSDAY
    assert day_of(slot_id, "a-1") is None


@st.composite
def _sessions(draw: st.DrawFn) -> Session:
    length = draw(st.sampled_from([5, 10, 20, 30, 45, 60]))
    begin = draw(st.integers(0, 22)) * 60
    count = draw(st.integers(1, (1439 - begin) // length))
    end = begin + count * length
    return Session(
        draw(st.integers(1, 7)),
        time(begin // 60, begin % 60),
        time(end // 60, end % 60),
        length,
        draw(st.integers(1, 200)),
    )


@given(_sessions(), st.dates(date(2024, 1, 1), date(2034, 1, 1)))
def test_slots_fill_their_session_without_gap_or_overlap(session: Session, day: date) -> None:
    slots = a_clinic(sessions=(session,)).slots_on(day)
    if day.isoweekday() != session.weekday:
        assert slots == ()
        return
    assert slots[0].starts_at == instant(day, session.starts)
    assert slots[-1].ends_at == instant(day, session.ends)
    assert all(one.ends_at == following.starts_at for one, following in pairwise(slots))
    assert len(slots) * session.slot_minutes == minute_of(session.ends) - minute_of(session.starts)
    assert len({slot.slot_id for slot in slots}) == len(slots)


@given(_sessions(), st.dates(date(2024, 1, 1), date(2034, 1, 1)))
def test_every_slot_is_found_again_by_its_id_and_by_its_time(session: Session, day: date) -> None:
    clinic = a_clinic(sessions=(session,))
    for slot in clinic.slots_on(day):
        assert clinic.slot(slot.slot_id) == slot
        assert clinic.keeps(slot.starts_at.astimezone(UTC), slot.ends_at) == slot
        assert clinic.keeps(slot.starts_at, slot.ends_at + timedelta(minutes=1)) is None
        assert slot.day == day


@given(
    st.lists(_sessions(), max_size=4),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - of Shanghai, below
    st.integers(0, 90),
    st.booleans(),
)
def test_d2_nothing_of_the_past_and_nothing_beyond_the_window_may_be_booked(
    sessions: list[Session], local: datetime, ahead: int, same_day: bool
) -> None:
    now = local.replace(tzinfo=SHANGHAI)
    try:
        clinic = a_clinic(sessions=tuple(sessions), ahead_days=ahead, same_day=same_day)
    except InvalidWeek:
        return
    today = shanghai_date(now)
    for number in range(-2, ahead + 3):
        day = today + timedelta(days=number)
        within = clinic.bookable_within(today - timedelta(days=9), day, now)
        for slot in clinic.slots_on(day):
            expected = slot.starts_at > now and number <= ahead and (same_day or number > 0)
            assert clinic.bookable(slot, now) is expected
            assert (slot in within) is expected


def test_seats_of_a_slot_that_was_never_made_smaller() -> None:
    assert free_seats(3, frozenset()) == (1, 2, 3)
    assert free_seats(3, frozenset({2})) == (1, 3)
    assert free_seats(3, frozenset({1, 2, 3})) == ()


@pytest.mark.parametrize(
    ("taken", "free"),
    [({4, 5}, (1,)), ({5}, (1, 2)), ({3, 4, 5}, ()), ({1, 4, 5}, ()), ({2, 5}, (1,)), ({1, 2, 3, 4, 5}, ())],
    ids=str,
)
def test_seats_above_a_lowered_capacity_keep_lower_ones_free(taken: set[int], free: Sequence[int]) -> None:
    assert free_seats(3, frozenset(taken)) == free


@given(st.data())
def test_no_booking_takes_a_slot_over_its_capacity_in_whatever_order(data: st.DataObject) -> None:
    """Bookings decide by what they once saw, cancellations and other bookings cross them, the capacity is lowered and raised."""
    capacity = data.draw(st.integers(1, 6))
    taken: frozenset[int] = frozenset()
    seen = [taken]
    for _ in range(data.draw(st.integers(1, 40))):
        match data.draw(st.sampled_from(["look", "book", "book", "cancel", "capacity"])):
            case "look":
                seen.append(taken)
            case "book":
                free = free_seats(capacity, data.draw(st.sampled_from(seen)))
                wanted = data.draw(st.sampled_from(free)) if free else None
                if wanted is not None and wanted not in taken:  # put if absent
                    taken |= {wanted}
                    assert len(taken) <= capacity
            case "cancel" if taken:
                taken -= {data.draw(st.sampled_from(sorted(taken)))}
            case "capacity":
                capacity = data.draw(st.integers(1, 6))
                seen = [taken]  # what was decided under the other one stands
            case _:
                pass
