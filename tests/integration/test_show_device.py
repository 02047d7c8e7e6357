"""`show_device` by its console event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.show_device.app import create
from tests.fakes.clock import FakeClock
from tests.fakes.devices import FakeEnrolments
from tests.fakes.events import EVENTS
from tests.integration.test_enroll_device import Desk as EnrolmentDesk
from vaxcert.aws.console import InvalidEvent
from vaxcert.devices.looking import UnknownDevice

EVENT = json.loads((EVENTS / "show_device" / "show.json").read_text("utf-8"))


def show(store: FakeEnrolments, **changed: Any) -> dict[str, Any]:
    return create(store, FakeClock())(EVENT | changed, None)


def test_a_device_is_shown_as_it_is_enrolled_with_what_can_be_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = EnrolmentDesk()
    desk.run("enroll")
    capsys.readouterr()
    told = show(desk.store)
    assert (told["clinic_code"], told["kind"], told["enabled"]) == ("3206000001", "desk", True)
    assert len(told["key_thumbprint"]) == 43
    assert "disable" in told["next_step"]
    line = json.loads(capsys.readouterr().out)
    assert (line["officer"], line["device_id"], line["result"]) == ("officer-7", EVENT["device_id"], "done")
    desk.run("disable")
    assert "enable" in show(desk.store)["next_step"]


@pytest.mark.parametrize("device_id", ["3206000001-Registration-1", "a b", "../x"])
def test_a_slip_in_the_id_is_answered_with_words(device_id: str) -> None:
    with pytest.raises(UnknownDevice, match="settings of the desk's page"):
        show(FakeEnrolments(), device_id=device_id)


@pytest.mark.parametrize("member", ["device_id", "officer", "reason"])
def test_who_and_why_are_always_said(member: str) -> None:
    with pytest.raises(InvalidEvent, match=member):
        show(FakeEnrolments(), **{member: None})
