"""What a family is shown of a busy clinic's seats (R2, docs/appointments.md)."""

from __future__ import annotations

from datetime import date

from tests.fakes.appointments import CLINIC_CODE
from tests.fakes.clock import FakeClock
from vaxcert.appointments.glance import CHEAP, GLANCE, Glance
from vaxcert.appointments.ports import Taken

DAY = date(2026, 7, 2)


class Seats:
    """Port `TakenSeats`: so many are taken."""

    def __init__(self, count: int) -> None:
        self.count = count

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        return {f"{clinic_code}-{first:%Y%m%d}-0800": frozenset(range(self.count))}


def _shown(glance: Glance, clinic_code: str = CLINIC_CODE) -> int:
    return sum(map(len, glance.taken(clinic_code, DAY, DAY).values()))


def test_r2_a_busy_clinic_is_shown_as_it_was_two_seconds_ago_at_most() -> None:
    seats, clock = Seats(CHEAP + 1), FakeClock()
    glance = Glance(seats, clock)
    assert _shown(glance) == CHEAP + 1
    seats.count += 1
    clock.advance(milliseconds=1999)
    assert _shown(glance) == CHEAP + 1
    assert _shown(glance, "3206000002") == CHEAP + 2, "another clinic's seats are its own"
    clock.now += GLANCE
    assert _shown(glance) == CHEAP + 2


def test_r2_a_quiet_clinic_is_read_each_time() -> None:
    seats = Seats(CHEAP - 1)
    glance = Glance(seats, FakeClock())
    assert _shown(glance) == CHEAP - 1
    seats.count += 1
    assert _shown(glance) == CHEAP


def test_r2_not_every_clinic_is_remembered_for_ever() -> None:
    glance = Glance(Seats(CHEAP + 1), FakeClock())
    for number in range(250):
        _shown(glance, f"32060{number:05d}")
    assert len(glance._seen) <= 100
