"""Reminders (接种提醒): who follows a certificate, and what there is to be reminded of on a day.

A reminder says that there is something to look at, never what: it carries the follow's own random id and a kind. What was told
of is remembered by days and times alone, so that nothing of a dose stands here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Agreement

SHARES: Final = 16
"""Followers are gone through in so many shares, each by itself; another number needs them moved."""

ID_BYTES: Final = 16


class Kind(StrEnum):
    """What a reminder is of, the most urgent first: a person gets one a day, and what waits is told on another day."""

    APPOINTMENT_TOMORROW = "appointment_tomorrow"
    DELEGATE_CHANGE = "delegate_change"
    DOSE_DUE = "dose_due"
    REPORT_CLOSED = "report_closed"


_URGENCY: Final = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Told:
    """What a follower has been told of: on which day that doses are due, and of changes and closed reports up to when."""

    doses_on: date | None
    changes_until: datetime
    reports_until: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """One certificate that somebody follows, by consent; `grant_id` is the grant in whose right a delegate does.

    One that was switched off (`off_at`) stays until the next day, so that switching off can be repeated.
    """

    certificate_id: str
    reminder_id: str
    grant_id: str | None
    agreement: Agreement
    told: Told
    off_at: datetime | None = None

    @property
    def on(self) -> bool:
        """Whether reminders are sent."""
        return self.off_at is None

    def off(self, now: datetime) -> Follow:
        """The follow once switched off."""
        return replace(self, off_at=now.replace(microsecond=0))


@dataclass(frozen=True, slots=True)
class Follower:
    """A person with all that they follow. `sent_on` is the last day that a reminder was sent on, `sent_by` names who sent it."""

    subject: str
    follows: tuple[Follow, ...] = ()
    sent_on: date | None = None
    sent_by: str = ""
    version: int = 0

    @property
    def over(self) -> datetime | None:
        """When the last of it was switched off; None while anything is on."""
        ends = [one.off_at for one in self.follows if one.off_at is not None]
        return max(ends) if ends and len(ends) == len(self.follows) else None

    def follow(self, certificate_id: str) -> Follow | None:
        """What they follow of one certificate, switched off or not."""
        return next((one for one in self.follows if one.certificate_id == certificate_id), None)

    def with_follow(self, follow: Follow) -> Follower:
        """The follower at the next version, with this in place of what they followed of the certificate."""
        others = (one for one in self.follows if one.certificate_id != follow.certificate_id)
        return replace(self, follows=(*others, follow), version=self.version + 1)

    def without(self, ended: Iterable[Follow]) -> Follower:
        """The follower without those."""
        gone = {one.reminder_id for one in ended}
        return replace(self, follows=tuple(one for one in self.follows if one.reminder_id not in gone))

    def marked(self, day: date, by: str) -> Follower:
        """The follower at the next version, who gets a reminder on the day `day`."""
        return replace(self, sent_on=day, sent_by=by, version=self.version + 1)

    def unmarked(self, before: Follower) -> Follower:
        """The follower at the next version, who got none after all."""
        return replace(self, sent_on=before.sent_on, sent_by=before.sent_by, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Found:
    """What stands of a certificate on a day.

    `due_since` is when the newest of the due doses became due; `changed_at` and `closed_at` are the newest of their kind.
    """

    appointment_tomorrow: bool = False
    due_since: date | None = None
    changed_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is sent. It names nobody."""

    reminder_id: str
    kind: Kind


def new_follow(certificate_id: str, reminder_id: str, grant_id: str | None, agreement: Agreement) -> Follow:
    """A follow that begins now: what was changed or closed before is no news, a dose that is due is."""
    began = agreement.agreed_at
    return Follow(certificate_id, reminder_id, grant_id, agreement, Told(None, began, began))


def reminder_id_of(octets: bytes) -> str:
    """The id that sixteen random bytes make."""
    return f"m{octets.hex()}"


def share_of(subject: str) -> int:
    """In which share a person is gone through: the shares are alike, whoever the people are."""
    return hashlib.sha256(subject.encode()).digest()[0] % SHARES


def news_of(told: Told, found: Found, today: date, repeat_days: int) -> Kind | None:
    """The most urgent kind that has not been told of; None where there is nothing.

    A due dose is told of once, and again after `repeat_days` as long as one is due.
    """
    if found.appointment_tomorrow:
        return Kind.APPOINTMENT_TOMORROW
    if found.changed_at is not None and found.changed_at > told.changes_until:
        return Kind.DELEGATE_CHANGE
    if found.due_since is not None and _dose_is_news(told.doses_on, found.due_since, today, repeat_days):
        return Kind.DOSE_DUE
    if found.closed_at is not None and found.closed_at > told.reports_until:
        return Kind.REPORT_CLOSED
    return None


def _dose_is_news(told_on: date | None, due_since: date, today: date, repeat_days: int) -> bool:
    return told_on is None or due_since > told_on or today >= told_on + timedelta(days=repeat_days)


def told_of(told: Told, kind: Kind, found: Found, today: date) -> Told:
    """What has been told once a reminder of `kind` is sent. An appointment needs no mark: tomorrow it is not tomorrow's any more."""
    if kind is Kind.DOSE_DUE:
        return replace(told, doses_on=today)
    if kind is Kind.DELEGATE_CHANGE and found.changed_at is not None:
        return replace(told, changes_until=found.changed_at)
    if kind is Kind.REPORT_CLOSED and found.closed_at is not None:
        return replace(told, reports_until=found.closed_at)
    return told


def most_urgent(news: Iterable[tuple[Follow, Kind, Found]]) -> tuple[Follow, Kind, Found] | None:
    """The one that a person is told of today."""
    return min(news, key=lambda one: (_URGENCY[one[1]], one[0].reminder_id), default=None)


def is_over(follow: Follow, day: date) -> bool:
    """Whether a follow that was switched off may be forgotten: from the day after."""
    return follow.off_at is not None and shanghai_date(follow.off_at) < day
