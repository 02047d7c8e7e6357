"""`rotate_keys` by its events: the scheduler's, and the console's that kills a key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.rotate_keys.app import KeysClosed, create
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from vaxcert.aws.clock import rfc3339
from vaxcert.aws.console import InvalidEvent
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
        self.handler = create(
            lambda: Rotation(self.register, a_root(), lifetimes, 60, DATA_KEY_AGE), self.clock
        )

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
    assert desk.run("daily") == {"made": [], "retiring": [], "killed": None, "closed": []}
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
    with pytest.raises(UnknownKey, match=r"those that stand: .*cfx80"):
        desk.run("kill", kill="cxxxx")
    for slip in ({"kill": ["cfx80"]}, {"kill": ""}, {"officer": None}, {"reason": "leak"}):
        with pytest.raises(InvalidEvent, match=rf"wrong or missing: {next(iter(slip))}(\. officer is .*)?$"):
            desk.run("kill", **slip)
    assert not any(key.killed for key in desk.register.keys("code"))


def test_an_operator_is_told_the_keys_and_nothing_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.run("daily")
    desk.run("kill")
    before = dict(desk.register.published)
    capsys.readouterr()
    keys = desk.run("show")["keys"]
    assert {key["purpose"] for key in keys} == {"code", "session", "device", "document"}
    assert {key["state"] for key in keys} == {"in use", "published ahead", "killed"}
    assert set(keys[0]) == {"purpose", "kid", "from", "until", "state"}
    assert desk.register.published == before
    assert json.loads(capsys.readouterr().out)["officer"] == "officer-7"


def test_d23_a_key_that_does_not_open_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything else is done first: one key's trouble keeps no other waiting."""
    desk = Desk()
    desk.run("daily")
    kid = desk.register.data[0].kid
    desk.register.closed = {kid}
    desk.clock.advance(days=1)
    with pytest.raises(KeysClosed, match=kid):
        desk.run("daily")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["closed"], told["keys_closed"]) == ([kid], 1)
    assert len(told["made"]) == 3


def test_d23_a_data_key_is_renewed_from_the_console() -> None:
    desk = Desk()
    desk.run("daily")
    desk.clock.advance(hours=1)
    assert desk.run("renew_data_key")["made"] == [desk.register.data[1].kid]


def test_its_log_tells_key_ids_and_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.run("daily")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert set(told) == {
        "_aws",
        "service",
        "stage",
        "made",
        "retiring",
        "killed",
        "closed",
        "signing_key_age_hours",
        "keys_closed",
    }


def test_d23_the_age_of_what_signs_is_counted_in_whole_hours_at_its_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    desk.run("daily")
    newest = max(key.not_before for key in desk.register.keys("code"))
    for late, hours in ((timedelta(hours=2000), 2000), (timedelta(hours=2001, seconds=-1), 2000)):
        desk.clock.now = newest + late
        capsys.readouterr()
        desk.run("daily")
        told = json.loads(capsys.readouterr().out)
        assert told["signing_key_age_hours"] == hours
        assert told["_aws"]["Timestamp"] == desk.clock().timestamp() * 1000


def test_d23_the_age_of_what_signs_is_counted_and_grows_only_while_nothing_rotates(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()

    def age() -> int:
        capsys.readouterr()
        desk.run("daily")
        return int(json.loads(capsys.readouterr().out)["signing_key_age_hours"])

    assert age() == 0
    desk.clock.advance(days=1)
    assert age() < 24
    desk.clock.advance(days=12)  # the keys that were made ahead are used up, and a new one begins tomorrow
    assert age() > 48


def test_an_operator_is_told_from_when_until_when_a_key_counts() -> None:
    """A key that was killed is told as killed, also once its time is over; one without a successor has no end yet."""
    desk = Desk()
    desk.run("daily")
    desk.clock.advance(days=1)
    desk.run("daily")
    desk.run("kill")
    stored = {key.kid: key for key in desk.register.keys("code")}
    desk.clock.now = min(key.retire_at for key in stored.values() if key.retire_at)
    told = [one for one in desk.run("show")["keys"] if one["purpose"] == "code"]
    assert [(one["kid"], one["from"], one["until"]) for one in told] == [
        (key.kid, rfc3339(key.not_before), None if key.retire_at is None else rfc3339(key.retire_at))
        for key in sorted(stored.values(), key=lambda key: key.not_before)
    ]
    assert {one["until"] is None for one in told} == {True, False}
    assert {one["state"] for one in told} == {"retired", "published ahead", "killed"}
