"""A clinic's day and month in numbers (R28, D21): each visit where it is, each clinic once, and days that are over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.fakes.clinic import FakeBookings
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.appointments.day import OfTheDay
from vaxcert.clinics.ports import KnownClinic
from vaxcert.devices.trust import DeviceDisabled
from vaxcert.visits import month
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.model import State, Visit
from vaxcert.visits.month import COUNTABLE, Counts, MonthService

CLINIC = "3206000001"
NOW = datetime(2026, 7, 31, 22, 50, tzinfo=UTC)
"""06:50 of the first of August in Shanghai."""


def test_d21_each_visit_of_a_day_is_counted_where_it_is() -> None:
    """Another number of each, so that none stands for another; who gave up or never came in has no whole wait."""
    room = WaitingRoom()
    room.until("waiting_registration")
    ((_, entry),) = room.clinic.board.items()
    room.clinic.board.clear()
    numbers = {state: number for number, state in enumerate(State, start=1)}
    for state, number in numbers.items():
        for ticket in range(number):
            visit = replace(entry.visit, number=1 + ticket, state=state, waited=100 * number)
            room.clinic.board[CLINIC, visit.day, f"{state}-{ticket}"] = replace(entry, visit=visit)
    found = room.days.today(room.device(), CLINIC, room.clock())
    assert found.waiting == numbers[State.WAITING_REGISTRATION] + numbers[State.WAITING_VACCINATION]
    assert found.at_desks == numbers[State.REGISTERING] + numbers[State.VACCINATING]
    assert (found.observing, found.done) == (numbers[State.OBSERVING], numbers[State.DONE])
    assert (found.left, found.unfinished) == (numbers[State.LEFT], numbers[State.ABANDONED])
    assert found.refused == (
        ("deferred", numbers[State.DEFERRED]),
        ("not_vaccinated", numbers[State.NOT_VACCINATED]),
    )
    assert found.average_wait == 100 * (2 * 2 + 3 * 3 + 4 * 4 + 5 * 5 + 6 * 6 + 7 * 7 + 8 * 8) // sum(
        range(2, 9)
    )


def test_d21_a_device_that_was_disabled_is_told_nothing_of_the_day() -> None:
    """Invariant 3: neither the figures nor who is booked."""
    room = WaitingRoom()
    device = room.device()
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], enabled=False)
    with pytest.raises(DeviceDisabled):
        room.days.today(device, CLINIC, room.clock())
    with pytest.raises(DeviceDisabled):
        room.days.booked(device, CLINIC, date(2026, 7, 1), room.clock())


def test_d21_who_is_booked_is_named_as_far_as_they_are_still_known() -> None:
    """Masked; without a name where the certificate is gone, or its archive."""
    room = WaitingRoom()
    at = room.clock()
    room.bookings.stored = [
        OfTheDay(one, at, at + timedelta(minutes=30), "booked") for one in (room.certificate_id, "cgone")
    ]
    names = [one.name for one in room.days.booked(room.device(), CLINIC, date(2026, 7, 1), at)]
    assert names == ["周**", None]
    room.home.register.stored.clear()
    names = [one.name for one in room.days.booked(room.device(), CLINIC, date(2026, 7, 1), at)]
    assert names == [None, None]


class Clinics:
    """Port `KnownClinics`: in order of city and code, and where each page began."""

    def __init__(self, clinics: Iterable[KnownClinic]) -> None:
        self.clinics = sorted(clinics, key=lambda one: (one.city, one.clinic_code))
        self.asked: list[tuple[str, str] | None] = []

    def known(
        self, cities: Iterable[str], after: tuple[str, str] | None, limit: int
    ) -> tuple[Sequence[KnownClinic], bool]:
        self.asked.append(after)
        behind = [
            one
            for one in self.clinics
            if one.city in cities and (after is None or (one.city, one.clinic_code) > after)
        ]
        return behind[:limit], len(behind) > limit


class Counting:
    """Ports `Counted` and `Months`: one refused scan at each clinic each day, and what is kept of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date]] = []
        self.kept: dict[date, list[Counts]] = {}

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        self.asked.append((clinic_code, day))
        return []

    def refused(self, _clinic_code: str, _day: date) -> Mapping[str, int]:
        return {"expired": 1}

    def doses(self, _visits: Iterable[Visit]) -> int:
        raise AssertionError("nobody was vaccinated")

    def keep(self, day: date, counted: Iterable[Counts]) -> None:
        self.kept[day] = list(counted)

    def days(self, month: date) -> frozenset[date]:
        return frozenset(day for day in self.kept if day.replace(day=1) == month)

    def counts(self, month: date) -> Sequence[tuple[date, Counts]]:
        return [(day, one) for day in self.days(month) for one in self.kept[day]]


def of(clinics: Clinics, counting: Counting) -> MonthService:
    return MonthService(
        counted=counting,
        bookings=FakeBookings(),
        clinics=clinics,
        months=counting,
        cities={"320600", "320200"},
    )


@pytest.mark.parametrize("page", [1, 2, 3])
def test_d21_each_clinic_is_counted_once_however_many_pages_they_are(
    monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Codes do not go by city: a page goes on where the one before it ended."""
    monkeypatch.setattr(month, "_CLINICS", page)
    known = [
        KnownClinic(code, "示范门诊", city)
        for code, city in (
            ("9", "320200"),
            ("5", "320200"),
            ("7", "320600"),
            ("1", "320600"),
            ("3", "320600"),
        )
    ]
    clinics, counting = Clinics(known), Counting()
    days = of(clinics, counting).count(NOW)
    assert len(days) == COUNTABLE.days
    assert sorted(counting.asked) == sorted((one.clinic_code, day) for one in known for day in days)
    assert len(clinics.asked) == -(-len(known) // page)
    assert of(clinics, counting).count(NOW) == []
    assert len(clinics.asked) == -(-len(known) // page), "where no day is to be counted nobody is asked for"


def test_d21_a_month_tells_what_was_counted_and_which_days_that_are_over_were_not() -> None:
    """The day before the month and the one that is not over yet are no days of it."""
    counting = Counting()
    service = of(Clinics([KnownClinic(CLINIC, "示范门诊", "320600")]), counting)
    today = date(2026, 8, 1)
    assert service.count(NOW) == [today - timedelta(days=back) for back in range(28, 0, -1)]
    july = service.month(date(2026, 7, 1), NOW)
    assert july.clinics == [Counts(CLINIC, "示范门诊", {"refused_expired": 28})]
    assert july.days == [date(2026, 7, day) for day in range(4, 32)]
    assert july.missing == [date(2026, 7, day) for day in range(1, 4)]
    august = service.month(today, NOW)
    assert (august.clinics, august.days, august.missing) == ([], [], [])
    assert service.count(NOW) == []


def test_d21_a_clinic_is_called_as_on_the_last_day_of_the_month() -> None:
    counting = Counting()
    for day, name in ((9, "旧名"), (30, "新名"), (2, "更旧的名")):
        counting.keep(date(2026, 7, day), [Counts(CLINIC, name, {"tickets": day})])
    assert of(Clinics([]), counting).month(date(2026, 7, 1), NOW).clinics == [
        Counts(CLINIC, "新名", {"tickets": 41})
    ]
