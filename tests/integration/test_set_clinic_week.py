"""`set_clinic_week` by its console events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.set_clinic_week.app import create
from tests.fakes.booking_desk import FIRST, BookingDesk
from tests.fakes.events import EVENTS
from vaxcert.aws.console import InvalidEvent
from vaxcert.clinics.console import BookingsInTheWay
from vaxcert.clinics.looking import UnknownClinic

WEEK = json.loads((EVENTS / "set_clinic_week" / "set.json").read_text("utf-8"))
MORNINGS, AFTERNOONS = WEEK["sessions"]


class Desk(BookingDesk):
    """The handler over fakes."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = create(self.weeks, self.clock)

    def run(self, name: str, /, **changed: Any) -> dict[str, Any]:
        event = json.loads((EVENTS / "set_clinic_week" / f"{name}.json").read_text("utf-8"))
        merged = {key: value for key, value in (event | changed).items() if value is not None}
        return self.handler(merged, None)


def test_a_week_is_set_and_a_session_closed_and_reopened() -> None:
    desk = Desk()
    answer = desk.run("set")
    assert (answer["version"], answer["told"], len(answer["sessions"])) == (2, 0, 7)
    assert answer["sessions"][0] == {
        "weekday": 1,
        "starts": "08:00",
        "ends": "11:00",
        "slot_minutes": 30,
        "capacity": 4,
    }
    assert answer["days_off"] == ["2026-10-01", "2026-10-02"]
    assert desk.run("set")["version"] == 2
    desk.book()
    closed = desk.run("close")
    assert (closed["version"], closed["told"]) == (3, 1)
    assert closed["closed"] == ["2026-07-02T08:00:00+08:00"]
    assert desk.run("reopen")["closed"] == []
    assert desk.run("close_day")["closed"] == ["2026-07-02T08:00:00+08:00"]


def test_setting_is_what_an_event_without_an_action_means() -> None:
    assert Desk().run("set", action=None)["version"] == 2


def test_what_is_booked_is_not_dropped_by_a_slip() -> None:
    desk = Desk()
    desk.book(FIRST)
    with pytest.raises(BookingsInTheWay):
        desk.run("set", sessions=[])
    assert desk.run("set", sessions=[], close_booked=True)["told"] == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "remove"},
        {"clinic_code": None},
        {"clinic_code": "a/b"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 101},
        {"city": "南通"},
        {"phone": "hotline"},
        {"ahead_days": 91},
        {"ahead_days": "14"},
        {"ahead_days": 0},
        {"same_day": 1},
        {"sessions": None},
        {"sessions": [MORNINGS, MORNINGS]},
        {"sessions": [MORNINGS | {"weekdays": [8]}]},
        {"sessions": [MORNINGS | {"weekdays": []}]},
        {"sessions": [MORNINGS | {"starts": "8:00"}]},
        {"sessions": [MORNINGS | {"starts": "24:00"}]},
        {"sessions": [MORNINGS | {"ends": "08:00"}]},
        {"sessions": [MORNINGS | {"slot_minutes": 50}]},
        {"sessions": [MORNINGS | {"slot_minutes": 0}]},
        {"sessions": [MORNINGS | {"capacity": 0}]},
        {"sessions": [MORNINGS | {"capacity": 10**30}]},
        {"days_off": ["2026-02-30"]},
        {"days_off": "2026-10-01"},
        {"more": 1},
    ],
    ids=lambda changed: str(changed)[:60],
)
def test_a_slip_in_the_event_changes_nothing(changed: dict[str, Any]) -> None:
    desk = Desk()
    before = dict(desk.clinics.stored)
    with pytest.raises(InvalidEvent):
        desk.run("set", **changed)
    assert desk.clinics.stored == before


@pytest.mark.parametrize(
    "changed", [{"date": "2026-07-03"}, {"date": "2026-06-25"}, {"date": None}, {"starts": "09:00"}]
)
def test_no_such_session_to_close(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent):
        Desk().run("close", **changed)


def test_a_clinic_without_a_week_has_nothing_to_close() -> None:
    with pytest.raises(UnknownClinic):
        Desk().run("close", clinic_code="3206000009")


def test_its_log_says_who_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    Desk().run("set")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["action"], told["version"], told["told"]) == ("set", 2, 0)
    assert (told["officer"], told["clinic_code"]) == ("officer-7", "3206000001")
    assert told["reason"]


def test_a_clinics_week_is_shown_as_it_stands_and_nothing_changes() -> None:
    desk = Desk()
    standing = desk.run("set")
    assert desk.run("show") == standing
    assert desk.run("show") == standing
    with pytest.raises(UnknownClinic, match="as the desk's page shows it"):
        desk.run("show", clinic_code="3206000009")


@pytest.mark.parametrize("member", ["officer", "reason"])
@pytest.mark.parametrize("name", ["set", "close", "reopen", "show"])
def test_who_and_why_are_always_said(name: str, member: str) -> None:
    with pytest.raises(InvalidEvent, match=member):
        Desk().run(name, **{member: None})
