"""Agreeing to reminders again, and what changes while one is being sent (D7, D22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.household import PURPOSES
from tests.fakes.people import FATHER, GRANDMOTHER, an_adult
from tests.fakes.reminder_desk import ReminderDesk
from tests.faults.memory import client_error
from vaxcert.reminders.model import Follower
from vaxcert.reminders.sending import NotDelivered


def test_who_agrees_to_a_new_text_keeps_the_id_and_what_was_told() -> None:
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    desk.run()
    before = desk.followers.stored[FATHER]
    (follow,) = before.follows
    older = replace(follow, agreement=replace(follow.agreement, version="2025-01-01-00000000"))
    desk.followers.stored[FATHER] = replace(before, follows=(older,))
    desk.clock.advance(days=1)
    assert desk.switch_on() == reminder_id
    (renewed,) = desk.followers.stored[FATHER].follows
    assert renewed.agreement == replace(follow.agreement, agreed_at=desk.clock().replace(microsecond=0))
    assert renewed == replace(follow, agreement=renewed.agreement)
    assert desk.again() == []


def test_who_agreed_to_the_text_in_force_changes_nothing() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    before = desk.followers.stored[FATHER]
    desk.clock.advance(days=1)
    desk.switch_on()
    assert desk.followers.stored[FATHER] == before


def test_d7_a_delegate_who_is_authorised_anew_follows_by_the_new_grant() -> None:
    """By the old one nothing would be sent: it has ended."""
    desk = ReminderDesk()
    old = desk.booking.grandmother()
    first = desk.switch_on(GRANDMOTHER)
    desk.home.granting.revoke(desk.home.citizen(), desk.certificate_id, old, desk.clock())
    new = desk.booking.grandmother()
    second = desk.switch_on(GRANDMOTHER)
    assert second != first
    (follow,) = desk.followers.stored[GRANDMOTHER].follows
    assert (follow.grant_id, follow.reminder_id) == (new, second)
    assert desk.run() == [(second, "dose_due")]


def _before_saves(desk: ReminderDesk, change: Callable[[Follower], Follower], number: int) -> None:
    """Just before so many a save, the follower has become something else by another's doing."""
    saves: list[Follower] = []

    def meanwhile(after: Follower) -> None:
        saves.append(after)
        if len(saves) == number:
            standing = desk.followers.stored[after.subject]
            desk.followers.stored[after.subject] = replace(change(standing), version=standing.version + 1)

    desk.followers.before_save = meanwhile


def test_what_was_told_is_not_written_down_for_whoever_agreed_anew_meanwhile() -> None:
    desk = ReminderDesk()
    first = desk.switch_on()

    def anew(standing: Follower) -> Follower:
        (follow,) = standing.follows
        return replace(standing, follows=(replace(follow, reminder_id="m-anew"),))

    _before_saves(desk, anew, 2)
    assert desk.run() == [(first, "dose_due")]
    (follow,) = desk.followers.stored[FATHER].follows
    assert (follow.reminder_id, follow.told.doses_on) == ("m-anew", None)


def test_what_was_told_of_a_certificate_that_is_followed_no_more_is_not_written_down() -> None:
    desk = ReminderDesk()
    own = desk.home.claim(an_adult().record_id, purposes=PURPOSES[:2])
    desk.switch_on(certificate_id=own)
    child = desk.switch_on()
    _before_saves(
        desk,
        lambda standing: replace(
            standing, follows=tuple(one for one in standing.follows if one.reminder_id != child)
        ),
        2,
    )
    assert desk.run() == [(child, "dose_due")]
    (follow,) = desk.followers.stored[FATHER].follows
    assert (follow.certificate_id, follow.told.doses_on) == (own, None)


def test_a_refused_reminder_takes_back_no_mark_but_its_own() -> None:
    """Another run has marked the person since: that one's reminder is on its way."""
    desk = ReminderDesk()
    desk.switch_on()
    desk.events.faults = [client_error("PutEvents", "ThrottlingException")] * 5
    _before_saves(desk, lambda standing: replace(standing, sent_by="another"), 2)
    with pytest.raises(NotDelivered):
        desk.run()
    standing = desk.followers.stored[FATHER]
    assert (standing.sent_by, standing.sent_on) == ("another", desk.clock().date())
