"""`rotate_keys` by its events: the scheduler's, and the console's that kills a key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.rotate_keys.app import KeysClosed, create
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from tests.fakes.key_register import WEAR, FakeRegister, a_root
from vaxcert.keys.keyset import JWKS, OFFLINE, ROOT
from vaxcert.keys.model import DOCUMENT_KEYS
from vaxcert.keys.rotate import Rotation, UnknownKey


class Desk:
    """The handler over a fake register."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.register = FakeRegister()
        life = timedelta(hours=1)
        lifetimes: dict[Any, timedelta] = {"code": life, "session": life, "device": life}
        self.handler = create(lambda: Rotation(self.register, a_root(), lifetimes, 60, WEAR), self.clock)

    def run(self, name: str, **changed: Any) -> dict[str, Any]:
        event = json.loads((EVENTS / "rotate_keys" / f"{name}.json").read_text("utf-8"))
        return self.handler(event | changed, None)


def test_the_first_run_makes_keys_for_every_purpose_and_publishes_them() -> None:
    desk = Desk()
    answer = desk.run("daily")
    assert len(answer["made"]) == 1 + 3 * 5 + 1  # data; five days of code, session and device; documents
    assert answer["killed"] is None
    assert set(desk.register.published) == {JWKS, OFFLINE, ROOT, DOCUMENT_KEYS}


def test_it_may_run_at_any_time_and_as_often_as_it_likes() -> None:
    desk = Desk()
    desk.run("daily")
    assert desk.run("daily") == {"made": [], "retiring": [], "killed": None}
    desk.clock.advance(days=1)
    assert len(desk.run("daily")["made"]) == 3


def test_a_key_is_killed_by_its_id() -> None:
    desk = Desk()
    desk.run("daily")
    kid = json.loads((EVENTS / "rotate_keys" / "kill.json").read_text("utf-8"))["kill"]
    assert desk.run("kill")["killed"] == kid
    assert next(key for key in desk.register.keys("code") if key.kid == kid).killed
    assert kid not in [key["kid"] for key in json.loads(desk.register.published[JWKS].body)["keys"]]


def test_a_slip_in_the_event_is_no_success() -> None:
    desk = Desk()
    desk.run("daily")
    with pytest.raises(UnknownKey):
        desk.run("kill", kill="cxxxx")
    with pytest.raises(TypeError):
        desk.run("kill", kill=["cfx80"])


def test_d23_a_key_that_does_not_open_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything else is done first: one key's trouble keeps no other waiting."""
    desk = Desk()
    desk.run("daily")
    kid = desk.register.data[0].kid
    desk.register.closed = {kid}
    desk.clock.advance(days=1)
    with pytest.raises(KeysClosed, match=kid):
        desk.run("daily")
    told, counted = (json.loads(line) for line in capsys.readouterr().out.splitlines()[-2:])
    assert (told["closed"], counted["keys_closed"]) == ([kid], 1)
    assert len(told["made"]) == 3


def test_d23_a_data_key_is_renewed_from_the_console() -> None:
    desk = Desk()
    desk.run("daily")
    desk.clock.advance(hours=1)
    assert desk.run("renew_data_key")["made"] == [desk.register.data[1].kid]


def test_its_log_tells_key_ids_and_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.run("daily")
    line, counted = capsys.readouterr().out.splitlines()
    assert set(json.loads(line)) == {"service", "made", "retiring", "killed", "closed"}
    assert json.loads(counted)["keys_closed"] == 0
