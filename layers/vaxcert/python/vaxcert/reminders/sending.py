"""Sending the reminders of a day (docs/adr/0015-reminders.md): one a day and person at most, whatever fails on the way.

A person is marked for the day first, then the event is sent, then what was told of is written down. So the same day again sends
nothing twice. What was not sent after all, because EventBridge refused it, is unmarked and asked for again. Where nobody can say
whether it was sent (no answer, a crash), the mark stays and what was to be told of is news again on the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import batched
from typing import Final

from vaxcert.aws.clock import shanghai_date
from vaxcert.errors import Unavailable
from vaxcert.idempotency.turn import until_done
from vaxcert.reminders.bus import MOST
from vaxcert.reminders.looking import Looking, Standing
from vaxcert.reminders.model import (
    SHARES,
    Follow,
    Follower,
    Found,
    Kind,
    Reminder,
    is_over,
    most_urgent,
    news_of,
    told_of,
)
from vaxcert.reminders.ports import Bus, Followers

type Counts = dict[str, int]

PAGE: Final = 50
RESERVE_SECONDS: Final = 60.0
"""What is left of a function's time when it stops and asks to be called again."""

_TOKEN_BYTES: Final = 8


class NotDelivered(Unavailable):
    """EventBridge refused some after several attempts; they are unmarked, and the same call may be made again."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One reminder of a day: the person as read, once marked, and what they are told of."""

    before: Follower
    marked: Follower
    follow: Follow
    kind: Kind
    found: Found


class SendService:
    """Goes through the followers, share by share; each goes on where it was interrupted, and all can be repeated."""

    def __init__(
        self,
        *,
        followers: Followers,
        looking: Looking,
        bus: Bus,
        repeat_days: int,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._followers = followers
        self._looking = looking
        self._bus = bus
        self._repeat_days = repeat_days
        self._random_bytes = random_bytes

    def shares(self, now: datetime) -> tuple[date, tuple[int, ...]]:
        """The day of a run, and what there is to go through."""
        return shanghai_date(now), tuple(range(SHARES))

    def send(
        self, share: int, day: date, now: datetime, time_left: Callable[[], float]
    ) -> tuple[Counts, bool]:
        """Send what is due in a share on the day `day`; `{followed, sent, ended}`, and whether the share is done: if not, call again.

        After midnight nothing of the day before is sent any more. Raises `NotDelivered`, and whatever AWS raises: call again.
        """
        counts: Counts = {"followed": 0, "sent": 0, "ended": 0}
        if shanghai_date(now) != day:
            return counts, True
        last, done = self._followers.place(share, day)
        while not done:
            followers, last = self._followers.page(share, last, PAGE)
            self._page(followers, day, now, counts)
            self._followers.keep_place(share, day, last)
            done = last is None
            if not done and time_left() < RESERVE_SECONDS:
                break
        return counts, done

    def _page(self, followers: Sequence[Follower], day: date, now: datetime, counts: Counts) -> None:
        waiting = [one for one in followers if one.sent_on is None or one.sent_on < day]
        chosen: list[Chosen] = []
        by = self._random_bytes(_TOKEN_BYTES).hex()
        for follower, looked in zip(waiting, self._looking.look(waiting, now), strict=True):
            counts["followed"] += len(follower.follows)
            ended = [one for one, standing, _ in looked if standing is Standing.ENDED]
            ended += [one for one in follower.follows if is_over(one, day)]
            counts["ended"] += len(ended)
            pruned = follower.without(ended)
            news = (
                (one, kind, found)
                for one, _, found in looked
                if found is not None
                and (kind := news_of(one.told, found, day, self._repeat_days)) is not None
            )
            urgent = most_urgent(news)
            if urgent is not None:
                chosen.append(Chosen(follower, pruned.marked(day, by), *urgent))
            elif ended:
                self._followers.save(replace(pruned, version=pruned.version + 1))
        refused = 0
        for some in batched(chosen, MOST, strict=False):
            sent, left = self._some(some, day)
            counts["sent"] += sent
            refused += left
        if refused:
            raise NotDelivered

    def _some(self, chosen: Sequence[Chosen], day: date) -> tuple[int, int]:
        """How many were sent, and how many were refused. Who has changed something meanwhile, or was marked by another, is left out."""
        marked = [one for one in chosen if self._followers.save(one.marked)]
        if not marked:
            return 0, 0
        refused = self._bus.send([Reminder(one.follow.reminder_id, one.kind) for one in marked])
        for one in marked:
            if one.follow.reminder_id in refused:
                self._change(one.marked, partial(_unmarked, one))
            else:
                self._change(one.marked, partial(_confirmed, one, day))
        return len(marked) - len(refused), len(refused)

    def _change(self, marked: Follower, change: Callable[[Follower], Follower | None]) -> None:
        """Change a person who was marked, or what they have become by their own doing since; None changes nothing."""
        standing: list[Follower | None] = [marked]

        def once() -> bool | None:
            after = None if standing[0] is None else change(standing[0])
            if after is None or self._followers.save(after):
                return True
            standing[:] = [self._followers.get(marked.subject)]
            return None

        until_done(once)


def _unmarked(one: Chosen, standing: Follower) -> Follower | None:
    return standing.unmarked(one.before) if standing.sent_by == one.marked.sent_by else None


def _confirmed(one: Chosen, day: date, standing: Follower) -> Follower | None:
    """The person once what was told of is written down, in what they follow by now."""
    follow = standing.follow(one.follow.certificate_id)
    if follow is None or follow.reminder_id != one.follow.reminder_id:
        return None
    told = told_of(follow.told, one.kind, one.found, day)
    return None if told == follow.told else standing.with_follow(replace(follow, told=told))
