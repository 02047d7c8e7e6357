"""What there is to be reminded of, and how often."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vaxcert.claims.model import Agreement
from vaxcert.reminders.model import (
    SHARES,
    Follower,
    Found,
    Kind,
    Told,
    is_over,
    most_urgent,
    new_follow,
    news_of,
    reminder_id_of,
    share_of,
    told_of,
)

BEGAN = datetime(2026, 7, 1, 2, tzinfo=UTC)
TODAY = date(2026, 7, 1)
NOTHING = Told(None, BEGAN, BEGAN)
LATER = BEGAN + timedelta(hours=1)
FOLLOW = new_follow(
    "c1", reminder_id_of(b"\1" * 16), None, Agreement("v", ("reminders",), BEGAN, "app", "face")
)


def test_the_most_urgent_comes_first() -> None:
    fewer_and_fewer = (
        Found(appointment_tomorrow=True, due_since=TODAY, changed_at=LATER, closed_at=LATER),
        Found(due_since=TODAY, changed_at=LATER, closed_at=LATER),
        Found(due_since=TODAY, closed_at=LATER),
        Found(closed_at=LATER),
        Found(),
    )
    assert [news_of(NOTHING, found, TODAY, 7) for found in fewer_and_fewer] == [*Kind, None]


def test_what_was_closed_or_changed_before_switching_on_is_no_news_and_a_due_dose_is() -> None:
    assert news_of(FOLLOW.told, Found(changed_at=BEGAN, closed_at=BEGAN), TODAY, 7) is None
    assert news_of(FOLLOW.told, Found(due_since=date(2020, 1, 1)), TODAY, 7) is Kind.DOSE_DUE


@given(
    since=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    repeat=st.integers(1, 30),
    days=st.integers(1, 120),
)
def test_a_dose_that_stays_due_is_told_of_once_and_again_after_so_many_days(
    since: date, repeat: int, days: int
) -> None:
    told, told_on = NOTHING, []
    for day in (since + timedelta(days=passed) for passed in range(days)):
        found = Found(due_since=since)
        if (kind := news_of(told, found, day, repeat)) is not None:
            told = told_of(told, kind, found, day)
            told_on.append(day)
    assert told_on == [since + timedelta(days=passed) for passed in range(0, days, repeat)]


def test_another_dose_that_becomes_due_is_told_of_at_once() -> None:
    told = told_of(NOTHING, Kind.DOSE_DUE, Found(due_since=TODAY), TODAY)
    tomorrow = TODAY + timedelta(days=1)
    assert news_of(told, Found(due_since=TODAY), tomorrow, 7) is None
    assert news_of(told, Found(due_since=tomorrow), tomorrow, 7) is Kind.DOSE_DUE


def test_a_change_and_a_closed_report_are_told_of_once() -> None:
    for kind, found in (
        (Kind.DELEGATE_CHANGE, Found(changed_at=LATER)),
        (Kind.REPORT_CLOSED, Found(closed_at=LATER)),
    ):
        assert news_of(NOTHING, found, TODAY, 7) is kind
        assert news_of(told_of(NOTHING, kind, found, TODAY), found, TODAY, 7) is None


def test_what_is_told_of_is_marked_and_nothing_beside_it() -> None:
    """Of the others it is still to be told, whatever else was found on that day."""
    found = Found(appointment_tomorrow=True, due_since=TODAY, changed_at=LATER, closed_at=LATER)
    assert {kind: told_of(NOTHING, kind, found, TODAY) for kind in Kind} == {
        Kind.APPOINTMENT_TOMORROW: NOTHING,
        Kind.DELEGATE_CHANGE: replace(NOTHING, changes_until=LATER),
        Kind.DOSE_DUE: replace(NOTHING, doses_on=TODAY),
        Kind.REPORT_CLOSED: replace(NOTHING, reports_until=LATER),
    }


def test_of_several_certificates_the_most_urgent_is_told_of() -> None:
    other = new_follow("c2", reminder_id_of(b"\2" * 16), None, FOLLOW.agreement)
    news = [(FOLLOW, Kind.DOSE_DUE, Found()), (other, Kind.APPOINTMENT_TOMORROW, Found())]
    chosen = most_urgent(news)
    assert chosen is not None
    assert chosen[0] is other
    assert most_urgent([]) is None


def test_one_that_was_switched_off_is_kept_until_the_next_day_in_shanghai() -> None:
    evening = datetime(2026, 7, 1, 15, 59, tzinfo=UTC)
    assert not is_over(FOLLOW, date(2026, 7, 2))
    assert not is_over(FOLLOW.off(evening), date(2026, 7, 1))
    assert is_over(FOLLOW.off(evening), date(2026, 7, 2))


@given(st.binary(min_size=16, max_size=16))
def test_invariant_7_an_id_is_random_and_says_nothing(octets: bytes) -> None:
    assert re.fullmatch(r"m[0-9a-f]{32}", reminder_id_of(octets))


def test_shares_are_alike() -> None:
    counts = [0] * SHARES
    for number in range(16_000):
        counts[share_of(f"v1:{number}")] += 1
    assert 850 < min(counts) <= max(counts) < 1150


def test_each_change_is_the_next_version() -> None:
    one = Follower("v1:a").with_follow(FOLLOW)
    marked = one.marked(TODAY, "t")
    assert (one.version, marked.version, marked.unmarked(one).version) == (1, 2, 3)
    assert (marked.sent_on, marked.unmarked(one).sent_on) == (TODAY, None)
    assert marked.without([FOLLOW]).follows == ()
