"""Who comes for an appointment goes ahead (docs/appointments.md)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.waiting_room import OTHER_CLINIC, WaitingRoom
from vaxcert.appointments.arrival import Expected
from vaxcert.visits.model import State

CLINIC = "3206000001"


class Room(WaitingRoom):
    """A waiting room in which the family has an appointment."""

    def __init__(self, *, ahead: bool = True, clinic_code: str = CLINIC) -> None:
        super().__init__()
        self.at = self.clock().replace(minute=30)
        expected = Expected("a1", clinic_code, self.at if ahead else None)
        self.clinic.awaited[self.certificate_id] = expected


def _visit(room: Room) -> object:
    return room.scan("ticket")["visit"]


def test_a_ticket_taken_in_time_tells_the_appointment_and_keeps_it() -> None:
    room = Room()
    visit = _visit(room)
    assert isinstance(visit, dict)
    assert visit["appointed_at"] == "2026-07-01T10:30:00+08:00"
    assert room.clinic.awaited[room.certificate_id].met
    assert room.clinic.trips == 2


def test_too_early_or_too_late_it_is_kept_and_nobody_goes_ahead() -> None:
    room = Room(ahead=False)
    visit = _visit(room)
    assert isinstance(visit, dict)
    assert "appointed_at" not in visit
    assert room.clinic.awaited[room.certificate_id].met


def test_d21_who_gives_a_ticket_up_and_draws_another_in_time_goes_ahead_again() -> None:
    room = Room()
    first = _visit(room)
    assert isinstance(first, dict)
    room.report(first["visit_id"], "ticket", "left")
    second = _visit(room)
    assert isinstance(second, dict)
    assert (second["ticket"], second["appointed_at"]) == ("A002", first["appointed_at"])


def test_an_appointment_elsewhere_is_not_kept_here() -> None:
    room = Room(clinic_code=OTHER_CLINIC)
    visit = _visit(room)
    assert isinstance(visit, dict)
    assert "appointed_at" not in visit
    assert not room.clinic.awaited[room.certificate_id].met


def test_an_appointment_that_was_cancelled_as_its_holder_came_leaves_an_ordinary_ticket() -> None:
    room = Room()
    room.clinic.crossing.append(room.clinic.awaited.clear)
    visit = _visit(room)
    assert isinstance(visit, dict)
    assert "appointed_at" not in visit
    assert visit["ticket"] == "A001"


@pytest.mark.parametrize("state", list(State))
def test_the_appointment_stays_with_the_visit_to_its_end(state: State) -> None:
    room = Room()
    room.scan("ticket")
    visit = replace(room.clinic.visits[room.certificate_id], state=state)
    later = room.clock.advance(minutes=5)
    assert visit.moved_to(state, later).appointed_at == room.at


def test_the_board_calls_appointments_by_their_time_and_then_everybody_by_ticket() -> None:
    room = Room()
    room.scan("ticket")
    (first,) = room.clinic.board.values()
    for number, appointed_at in ((2, None), (3, room.at - timedelta(minutes=30)), (4, None), (5, room.at)):
        visit = replace(first.visit, number=number, appointed_at=appointed_at, certificate_id=f"c-{number}")
        room.clinic.board[CLINIC, visit.day, visit.ticket] = replace(first, visit=visit)
    assert [one.visit.ticket for one in room.queue()] == ["A003", "A001", "A005", "A002", "A004"]
