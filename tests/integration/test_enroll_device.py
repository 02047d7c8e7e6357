"""`enroll_device` by its console events."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from functions.enroll_device.app import create
from tests.fakes.appointments import FakeClinics, a_clinic
from tests.fakes.clock import FakeClock
from tests.fakes.devices import FakeEnrolments
from tests.fakes.events import EVENTS
from tests.fakes.key_register import FakeRegister, a_root
from tests.integration.test_issue_qr import FakePublished
from vaxcert.aws.console import InvalidEvent
from vaxcert.clinics.looking import UnknownClinic
from vaxcert.clinics.ports import KnownClinic
from vaxcert.devices.looking import UnknownDevice
from vaxcert.devices.service import EnrolmentService
from vaxcert.keys.keyset import ROOT, root_document


class Desk:
    """The handler over fakes."""

    def __init__(self) -> None:
        self.store, self.register = FakeEnrolments(), FakeRegister()
        self.clinics = FakeClinics(a_clinic())
        self.handler = create(
            EnrolmentService(self.store), self.clinics, ("320600",), FakePublished(self.register), FakeClock()
        )

    def run(self, name: str, **changed: Any) -> dict[str, Any]:
        event = json.loads((EVENTS / "enroll_device" / f"{name}.json").read_text("utf-8"))
        merged = {key: value for key, value in (event | changed).items() if value is not None}
        return self.handler(merged, None)


ENROLL = json.loads((EVENTS / "enroll_device" / "enroll.json").read_text("utf-8"))


def test_a_device_is_enrolled_disabled_and_taken_back() -> None:
    desk = Desk()
    answer = desk.run("enroll")
    assert answer == {
        "device_id": "3206000001-registration-1",
        "clinic_code": "3206000001",
        "clinic_name": "示范门诊",
        "stations": ["registration", "vaccination"],
        "enabled": True,
        "version": 1,
        "root_public_jwk": None,
    }
    assert desk.run("enroll")["version"] == 1
    assert (desk.run("disable")["enabled"], desk.run("disable")["version"]) == (False, 2)
    assert (desk.run("enable")["enabled"], desk.run("enable")["version"]) == (True, 3)


def test_d21_a_device_without_stations_is_a_board() -> None:
    assert Desk().run("enroll", stations=[])["stations"] == []


def test_enrolling_is_what_an_event_without_an_action_means() -> None:
    assert Desk().run("enroll", action=None)["version"] == 1


def test_the_device_is_given_what_it_checks_offline_packs_by() -> None:
    desk = Desk()
    desk.register.publish(ROOT, root_document(a_root(), FakeClock()()))
    assert desk.run("enroll")["root_public_jwk"] == a_root().jwk


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "remove"},
        {"device_id": None},
        {"device_id": "a b"},
        {"device_id": 7},
        {"clinic_code": "a/b"},
        {"clinic_name": ""},
        {"stations": ["toilet"]},
        {"stations": "ticket"},
        {"public_jwk": None},
        {"public_jwk": ENROLL["public_jwk"] | {"d": "A" * 43}},
        {"public_jwk": ENROLL["public_jwk"] | {"crv": "P-384"}},
        {"public_jwk": ENROLL["public_jwk"] | {"x": "A" * 43}},
        {"public_jwk": ENROLL["public_jwk"] | {"x": "A" * 44}},
        {"more": 1},
        {"officer": None},
        {"reason": None},
    ],
    ids=lambda changed: str(changed)[:50],
)
def test_a_slip_in_the_event_is_told_without_its_value(changed: dict[str, Any]) -> None:
    desk = Desk()
    with pytest.raises(InvalidEvent) as caught:
        desk.run("enroll", **changed)
    assert not desk.store.stored
    assert "A" * 43 not in str(caught.value)


def test_a_clinic_that_nobody_told_of_gets_no_device() -> None:
    """R28: a mistyped code would make a desk whose tickets nobody else sees; the operator reads what to do."""
    desk = Desk()
    with pytest.raises(UnknownClinic, match=r"as the desk's page shows it.*run SetClinicWeek"):
        desk.run("enroll", clinic_code="3206000009")
    assert not desk.store.stored
    desk.clinics.tell(KnownClinic("3206000009", "乙门诊", "320600"), date(2026, 6, 30))
    assert desk.run("enroll", clinic_code="3206000009")["version"] == 1


def test_what_a_desk_shows_is_refused_until_who_and_why_are_filled_in() -> None:
    """The page leaves both empty (D21); the refusal says what belongs there."""
    with pytest.raises(
        InvalidEvent, match=r"officer, enroll.reason\. officer is your staff account.*10 to 200 characters"
    ):
        Desk().run("enroll", officer="", reason="")
    assert Desk().run("enroll", officer="li.na", reason="Asked for by the clinic's head")["version"] == 1


@pytest.mark.parametrize("name", ["disable", "enable"])
def test_what_is_not_enrolled_cannot_be_switched(name: str) -> None:
    with pytest.raises(UnknownDevice):
        Desk().run(name)


def test_its_log_says_who_and_why_and_nothing_of_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    Desk().run("enroll")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["action"], told["version"], told["officer"]) == ("enroll", 1, "officer-7")
    assert told["reason"]
    assert ENROLL["public_jwk"]["x"] not in line
