"""Followers in a dict, under the conditions of the real store; and a bus that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from tests.fakes.sessions import FakeSessions
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reminders.model import Follower, share_of


class FakeFollowers:
    """Ports `OwnFollowers` and `Followers`."""

    def __init__(self, sessions: FakeSessions) -> None:
        self._sessions = sessions
        self.stored: dict[str, Follower] = {}
        self.places: dict[int, tuple[date, str | None]] = {}
        self.before_save: Callable[[Follower], None] = lambda _: None

    def get(self, subject: str) -> Follower | None:
        return self.stored.get(subject)

    def keep(self, after: Follower, session: Session) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        return Commit.DONE if self._written(after) else Commit.STALE

    def page(self, share: int, last: str | None, limit: int) -> tuple[Sequence[Follower], str | None]:
        found = sorted(
            (one for one in self.stored.values() if share_of(one.subject) == share),
            key=lambda one: one.subject,
        )
        left = [one for one in found if last is None or one.subject > last]
        return left[:limit], left[limit - 1].subject if len(left) > limit else None

    def save(self, after: Follower) -> bool:
        self.before_save(after)
        return self._written(after)

    def place(self, share: int, day: date) -> tuple[str | None, bool]:
        on, last = self.places.get(share, (None, None))
        return (last, last is None) if on == day else (None, False)

    def keep_place(self, share: int, day: date, last: str | None) -> None:
        self.places[share] = (day, last)

    def _written(self, after: Follower) -> bool:
        standing = self.stored.get(after.subject)
        if (standing.version if standing else 0) != after.version - 1:
            return standing == after or (standing is None and not after.follows)
        if after.follows:
            self.stored[after.subject] = after
        else:
            self.stored.pop(after.subject, None)
        return True


class FakeEvents:
    """EventBridge's PutEvents: keeps what it takes; `faults` are given to the next calls, one each.

    A fault is a set of places of entries that are refused, or an error; `taken` says whether the call was carried out before it.
    """

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []
        self.faults: list[set[int] | Exception] = []
        self.taken = False
        self.calls = 0

    def put_events(self, *, Entries: list[dict[str, str]]) -> Any:  # noqa: N803 - as botocore has it
        self.calls += 1
        assert 1 <= len(Entries) <= 10
        fault = self.faults.pop(0) if self.faults else set[int]()
        if isinstance(fault, Exception):
            if self.taken:
                self.entries += Entries
            raise fault
        self.entries += [entry for place, entry in enumerate(Entries) if place not in fault]
        return {
            "FailedEntryCount": len(fault),
            "Entries": [
                {"ErrorCode": "ThrottlingException"} if place in fault else {"EventId": str(place)}
                for place in range(len(Entries))
            ],
        }
