"""`follow_certificate` through its events (D7, D16, D22, PIPL 14: nothing without consent)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.follow_certificate.app import create
from tests.fakes.events import event, faults, send
from tests.fakes.people import GRANDMOTHER
from tests.fakes.reminder_desk import OFFER, ReminderDesk
from vaxcert.claims.model import Actor, StatusReason, suspended


class Desk:
    """The handler over a family that has claimed its child's certificate."""

    def __init__(self) -> None:
        self.reminded = ReminderDesk()
        self.certificate_id = self.reminded.certificate_id
        self.handler = create(self.reminded.service, self.reminded.clock)

    def send(self, name: str, **changed: Any) -> tuple[int, Any]:
        path = {"certificate_id": changed.pop("certificate_id", self.certificate_id)}
        asked = event("follow_certificate", name, path=path, **changed)
        asked["requestContext"]["authorizer"]["exp"] = str(int(self.reminded.clock().timestamp()) + 60)
        status, body, _ = send(self.handler, asked)
        return status, body

    def suspend(self) -> None:
        certificates, now = self.reminded.home.certificates, self.reminded.clock()
        before = certificates.stored[self.certificate_id]
        certificates.apply(before, before.moved_to(suspended(StatusReason.OUT_OF_CARE), now), Actor.NIGHT)


def test_the_state_shows_the_consent_that_has_to_be_given() -> None:
    status, body = Desk().send("state")
    assert (status, body["on"], body["reminder_id"]) == (200, False, None)
    assert body["consent"]["version"] == OFFER.consent.version
    assert [(one["id"], one["required"]) for one in body["consent"]["purposes"]] == [("reminders", True)]
    assert body["consent"]["text"].startswith("《接种提醒知情同意书》")
    _, english = Desk().send("state_in_english")
    assert english["consent"]["text"].startswith("Consent for vaccination reminders")


def test_switching_on_records_the_consent_with_its_time_and_answers_an_opaque_id() -> None:
    desk = Desk()
    status, body = desk.send("switch_on")
    assert (status, body["on"]) == (200, True)
    assert (body["agreed_version"], body["agreed_at"]) == (OFFER.consent.version, "2026-07-01T10:00:00+08:00")
    assert desk.certificate_id not in body["reminder_id"]
    assert desk.send("state") == (200, body)


def test_invariant_4_both_can_be_repeated() -> None:
    desk = Desk()
    first = desk.send("switch_on")
    desk.reminded.clock.advance(minutes=1)
    assert desk.send("switch_on") == first
    off = desk.send("switch_off")
    assert (off[1]["on"], off[1]["reminder_id"]) == (False, first[1]["reminder_id"])
    assert desk.send("switch_off") == off == desk.send("state")


def test_switching_off_what_was_never_on_is_no_fault() -> None:
    status, body = Desk().send("switch_off")
    assert (status, body["on"], body["reminder_id"]) == (200, False, None)


def test_switched_on_again_it_is_another_id() -> None:
    desk = Desk()
    _, first = desk.send("switch_on")
    desk.send("switch_off")
    assert desk.send("switch_on")[1]["reminder_id"] != first["reminder_id"]


@pytest.mark.parametrize(
    ("consent", "status", "code", "pointers"),
    [
        (None, 422, "consent_required", ["/consent/version", "/consent/purposes"]),
        ({"version": OFFER.consent.version}, 422, "consent_required", ["/consent/purposes"]),
        ({"version": "2026-11-01-00000000", "purposes": ["reminders"]}, 409, "consent_outdated", []),
        (
            {"version": OFFER.consent.version, "purposes": ["reminders", "basic_service"]},
            422,
            "invalid_request",
            ["/consent/purposes/1"],
        ),
    ],
)
def test_without_the_consent_in_force_nothing_is_switched_on(
    consent: Any, status: int, code: str, pointers: list[str]
) -> None:
    desk = Desk()
    answered, body = desk.send("switch_on", body={"consent": consent} if consent else {})
    assert (answered, body["code"]) == (status, code)
    assert [one["pointer"] for one in faults(body)] == pointers
    assert desk.reminded.followers.stored == {}


def test_the_consent_to_claim_is_none_to_be_reminded() -> None:
    desk = Desk()
    status, body = desk.send("switch_on_without_consent")
    assert (status, body["code"]) == (422, "consent_required")
    assert body["consent"]["version"] == OFFER.consent.version


def test_d7_a_delegate_follows_for_themselves() -> None:
    desk = Desk()
    desk.reminded.booking.grandmother()
    _, own = desk.send("switch_on")
    status, hers = desk.send("switch_on_by_delegate")
    assert (status, hers["on"]) == (200, True)
    assert hers["reminder_id"] != own["reminder_id"]
    desk.send("switch_off_by_delegate")
    assert desk.send("state")[1]["on"] is True


def test_everybody_else_reads_what_nobodys_id_reads() -> None:
    desk = Desk()
    for name in ("switch_on_by_delegate", "switch_off_by_delegate"):
        status, body = desk.send(name)
        assert (status, body) == desk.send(name, certificate_id="caaaaaaaaaaaae")
        assert status == 404
    assert desk.reminded.followers.stored == {}


def test_d16_a_suspended_one_cannot_be_switched_on_and_can_be_switched_off() -> None:
    desk = Desk()
    desk.suspend()
    status, body = desk.send("switch_on")
    assert (status, body["code"]) == (409, "certificate_suspended")
    desk = Desk()
    desk.send("switch_on")
    desk.suspend()
    assert desk.send("state")[1]["on"] is True
    assert desk.send("switch_off")[1]["on"] is False


def test_d7_a_delegate_who_has_left_can_still_switch_off() -> None:
    desk = Desk()
    home = desk.reminded.home
    desk.reminded.booking.grandmother()
    desk.send("switch_on_by_delegate")
    home.granting.leave(home.citizen(GRANDMOTHER), desk.certificate_id, home.clock())
    assert desk.send("switch_off_by_delegate")[0] == 200
    desk.reminded.clock.advance(days=1)
    desk.reminded.run()
    assert desk.send("switch_off_by_delegate")[0] == 404, "nothing is kept of it"


def test_a_session_that_was_signed_out_switches_nothing() -> None:
    desk = Desk()
    now = desk.reminded.clock()
    sent = event("follow_certificate", "switch_on", path={"certificate_id": desk.certificate_id})
    session = sent["requestContext"]["authorizer"]["session_id"]
    desk.reminded.home.sessions.sign_out(session, now + timedelta(hours=1))
    assert desk.send("switch_on")[0] == 401
    assert desk.reminded.followers.stored == {}
