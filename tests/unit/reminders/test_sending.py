"""Reminders of a day: whom, of what, how often, and when no more (D7, D16, D22, invariants 4 and 7)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.fakes.household import PURPOSES
from tests.fakes.people import FATHER, GRANDMOTHER, an_adult
from tests.fakes.reminder_desk import ReminderDesk
from tests.faults.memory import client_error
from tests.unit.programme.a_child import doses_of
from tests.unit.programme.test_due import SIX_MORE, TO_FOUR_YEARS
from vaxcert.archives.model import ArchiveStatus
from vaxcert.aws.clock import SHANGHAI
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.reminders.model import share_of
from vaxcert.reminders.sending import NotDelivered
from vaxcert.reports.model import Status

COMPLETE = doses_of(*TO_FOUR_YEARS, *SIX_MORE)
SERVER_ERROR = client_error("PutEvents", "InternalFailure", 500)
THROTTLED = client_error("PutEvents", "ThrottlingException")


def complete() -> ReminderDesk:
    """A family whose child has every dose."""
    desk = ReminderDesk()
    desk.gives(*COMPLETE)
    return desk


def days(desk: ReminderDesk, count: int) -> list[list[str]]:
    """The kinds that go out on so many days, one run a day."""
    found = []
    for _ in range(count):
        found.append([kind for _, kind in desk.run()])
        desk.clock.advance(days=1)
    return found


def test_nothing_is_sent_without_consent() -> None:
    desk = ReminderDesk()
    assert desk.run() == []
    assert desk.events.calls == 0


def test_invariant_7_an_event_carries_the_id_and_the_kind_and_nothing_else() -> None:
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    assert desk.run() == [(reminder_id, "dose_due")]
    (entry,) = desk.events.entries
    assert json.loads(entry.pop("Detail")) == {"reminder_id": reminder_id, "kind": "dose_due"}
    assert entry == {"Source": "vaxcert.reminders", "DetailType": "Reminder", "EventBusName": "default"}


def test_the_same_day_again_sends_nothing_twice() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    assert len(desk.run()) == 1
    desk.report(Status.CLOSED)
    assert desk.run() == desk.again() == []


def test_a_due_dose_is_told_of_once_and_after_a_week_again() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    assert days(desk, 9) == [["dose_due"], *([[]] * 6), ["dose_due"], []]


def test_who_needs_nothing_is_told_nothing_until_a_dose_is_due() -> None:
    desk = complete()
    desk.switch_on()
    assert days(desk, 2) == [[], []]
    desk.gives(*doses_of(*TO_FOUR_YEARS))  # the feed takes the fifth DTaP back: it was another child's
    assert days(desk, 2) == [["dose_due"], []]


def test_d7_an_appointment_of_tomorrow_is_told_of_on_the_day_before() -> None:
    desk = complete()
    desk.switch_on()
    desk.booking.book()  # 2026-07-02
    assert days(desk, 3) == [["appointment_tomorrow"], [], []]


def test_an_appointment_that_the_clinic_keeps_no_more_is_not_told_of() -> None:
    desk = complete()
    desk.switch_on()
    desk.booking.book()
    desk.booking.clinics.stored.clear()
    assert desk.run() == []


def test_a_report_that_is_closed_is_told_of_once() -> None:
    desk = complete()
    desk.report(Status.CORRECTED)
    desk.switch_on()
    assert days(desk, 1) == [[]]
    desk.report(Status.CLOSED)
    assert days(desk, 2) == [["report_closed"], []]


def test_d7_a_delegates_change_is_told_to_the_claimant_alone() -> None:
    desk = complete()
    desk.booking.grandmother()
    own, hers = desk.switch_on(), desk.switch_on(GRANDMOTHER)
    appointment = desk.booking.book()
    desk.run()
    desk.clock.advance(minutes=5)
    desk.booking.service.cancel(
        desk.home.citizen(GRANDMOTHER), desk.certificate_id, appointment, desk.clock()
    )
    desk.clock.advance(days=1)
    assert desk.run() == [(own, "delegate_change")]
    assert {one for one, _ in desk.sent()} == {own, hers}
    desk.clock.advance(days=1)
    assert desk.run() == []


def test_one_a_day_and_person_the_most_urgent_first_and_the_others_on_the_next_days() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    desk.booking.book()
    desk.clock.advance(seconds=1)
    desk.report(Status.CLOSED)
    assert days(desk, 4) == [["appointment_tomorrow"], ["dose_due"], ["report_closed"], []]


def test_one_a_day_for_a_person_who_follows_two_certificates() -> None:
    desk = ReminderDesk()
    own = desk.home.claim(an_adult().record_id, purposes=PURPOSES[:2])
    desk.switch_on()
    desk.switch_on(certificate_id=own)
    assert len(desk.run()) == 1


def test_switching_off_acts_at_once_and_for_ever() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    desk.switch_off()
    assert days(desk, 2) == [[], []]
    assert desk.followers.stored == {}


def test_who_switches_off_while_the_run_is_at_work_gets_nothing() -> None:
    desk = ReminderDesk()
    desk.switch_on()

    def switches_off(_: object) -> None:
        desk.followers.before_save = lambda _: None
        desk.switch_off()

    desk.followers.before_save = switches_off
    assert desk.run() == []


def test_who_switches_off_and_on_again_gets_one_a_day_all_the_same() -> None:
    desk = ReminderDesk()
    first = desk.switch_on()
    desk.run()
    desk.switch_off()
    assert desk.switch_on() != first
    assert desk.again() == []


@pytest.mark.parametrize("who", [FATHER, GRANDMOTHER])
def test_d5_a_released_certificate_ends_every_follow(who: str) -> None:
    desk = ReminderDesk()
    desk.booking.grandmother()
    desk.switch_on(who)
    desk.home.claims.release(desk.home.citizen(), desk.certificate_id, desk.clock())
    assert desk.run() == []
    assert desk.followers.stored == {}


def test_d7_a_revoked_grant_ends_the_delegates_follow_and_another_one_does_not_bring_it_back() -> None:
    desk = ReminderDesk()
    grant_id = desk.booking.grandmother()
    desk.switch_on(GRANDMOTHER)
    desk.home.granting.revoke(desk.home.citizen(), desk.certificate_id, grant_id, desk.clock())
    desk.booking.grandmother()
    assert desk.run() == []
    assert desk.followers.stored == {}


def test_d7_an_expired_grant_ends_it_by_its_date_alone() -> None:
    desk = ReminderDesk()
    desk.home.authorize(desk.certificate_id, expires_on=date(2026, 7, 1))
    hers = desk.switch_on(GRANDMOTHER)
    assert desk.run() == [(hers, "dose_due")]
    desk.clock.advance(days=8)
    assert desk.run() == []
    assert desk.followers.stored == {}


def test_d7_a_name_that_differs_sends_nothing_until_it_agrees_again() -> None:
    desk = ReminderDesk()
    desk.booking.grandmother()
    hers = desk.switch_on(GRANDMOTHER)
    desk.home.delegates.visit(desk.home.citizen(GRANDMOTHER, name="别名"), desk.clock())
    assert desk.run() == []
    desk.home.delegates.visit(desk.home.citizen(GRANDMOTHER), desk.clock())
    assert desk.again() == [(hers, "dose_due")]


@pytest.mark.parametrize("who", [FATHER, GRANDMOTHER])
def test_d5_a_suspended_certificate_is_silent_and_goes_on_once_it_is_active(who: str) -> None:
    desk = ReminderDesk()
    desk.booking.grandmother()
    reminder_id = desk.switch_on(who)
    before = desk.home.certificates.stored[desk.certificate_id]
    after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), desk.clock())
    desk.home.certificates.apply(before, after, Actor.NIGHT)
    assert desk.run() == []
    desk.home.certificates.apply(after, after.moved_to(before.standing, desk.clock()), Actor.NIGHT)
    assert desk.again() == [(reminder_id, "dose_due")]


def test_d16_who_is_named_no_longer_hears_nothing_before_the_night_has_written_it() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    for key, archive in desk.home.register.stored.items():
        if archive.guardians:
            desk.home.register.stored[key] = replace(archive, guardians=())
    assert desk.run() == []


@pytest.mark.parametrize("status", [ArchiveStatus.DECEASED, ArchiveStatus.VOID, ArchiveStatus.MERGED])
def test_d16_of_who_has_died_or_has_no_archive_nothing_is_due_before_the_night_has_written_it(
    status: ArchiveStatus,
) -> None:
    """A late feed is still at work at the hour of the reminders: its archives are written, its certificates are not."""
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    before = dict(desk.home.register.stored)
    for key, archive in before.items():
        desk.home.register.stored[key] = replace(archive, status=status)
    assert desk.run() == []
    desk.home.register.stored.update(before)
    assert desk.again() == [(reminder_id, "dose_due")]


def test_d6_coming_of_age_ends_it_by_the_day_alone() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    desk.clock.now = datetime(2038, 5, 1, 10, tzinfo=SHANGHAI)
    assert desk.run() == []
    assert desk.followers.stored == {}


def test_after_midnight_nothing_of_the_day_before_is_sent() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    day = date(2026, 7, 1)
    desk.clock.advance(days=1)
    counts, done = desk.sending.send(share_of(FATHER), day, desk.clock(), lambda: 600.0)
    assert (counts["sent"], done) == (0, True)


def test_what_eventbridge_refuses_is_sent_again_after_a_pause() -> None:
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    desk.events.faults = [{0}, THROTTLED, {0}]
    assert desk.run() == [(reminder_id, "dose_due")]
    assert desk.events.calls == 4
    assert desk.paused == sorted(desk.paused)
    assert 0 < sum(desk.paused) < 5


def test_what_is_refused_for_good_is_not_told_and_goes_out_when_the_same_day_is_run_again() -> None:
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    desk.events.faults = [{0}] * 5
    with pytest.raises(NotDelivered):
        desk.run()
    assert desk.followers.stored[FATHER].sent_on is None
    assert desk.run() == [(reminder_id, "dose_due")]


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("error", [SERVER_ERROR, ReadTimeoutError(endpoint_url="events")], ids=type)
def test_where_nobody_can_say_whether_it_was_sent_it_is_not_sent_twice_on_that_day(
    error: Exception, taken: bool
) -> None:
    desk = ReminderDesk()
    reminder_id = desk.switch_on()
    desk.events.faults, desk.events.taken = [error], taken
    with pytest.raises(type(error)):
        desk.run()
    assert desk.again() == []
    assert len(desk.sent()) == taken
    desk.clock.advance(days=1)
    assert desk.run() == [(reminder_id, "dose_due")], "what was not confirmed is news on the next day"


def test_a_share_of_many_is_gone_through_in_pages_and_goes_on_where_time_ran_short() -> None:
    desk = ReminderDesk()
    desk.switch_on()
    father = desk.followers.stored[FATHER]
    share = share_of(FATHER)
    others = [one for one in (f"v1:other-{number}" for number in range(4000)) if share_of(one) == share]
    for subject in others:
        desk.followers.stored[subject] = replace(father, subject=subject)
    day, rounds = date(2026, 7, 1), 0
    done = False
    while not done:
        _, done = desk.sending.send(share, day, desk.clock(), lambda: 0.0)
        rounds += 1
    assert rounds == len(others) // 50 + 1
    assert [kind for _, kind in desk.sent()] == ["dose_due"]
    assert list(desk.followers.stored) == [FATHER], "nobody else holds the certificate"
