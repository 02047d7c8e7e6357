"""A clinic's week (门诊周) and the slots that follow from it (预约接种, R2).

Nothing of a slot is stored: the week says which sessions there are, and every slot, its end and its capacity follow from it by
rules over values. Days and times are those of Asia/Shanghai (D2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from vaxcert.aws.clock import SHANGHAI, shanghai_date
from vaxcert.identity.model import is_clinic_code

MOST_SEATS: Final = 200
FURTHEST_DAYS: Final = 90
SHORTEST_MINUTES: Final = 5
LONGEST_MINUTES: Final = 240
AFTER_LAST_SLOT: Final = timedelta(hours=2)
"""How long a clinic's day goes on after the end of its last slot."""
_SLOT_FORM: Final = re.compile(
    r"(?P<clinic>[A-Za-z0-9][A-Za-z0-9_-]{0,31})-(?P<day>[0-9]{8})-(?P<start>[0-9]{4})"
)


class InvalidWeek(ValueError):
    """The week contradicts itself; the message tells where, in English, for the operator."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session (场次) of a weekday (1 is Monday), cut into slots of equal length, each with the same number of seats."""

    weekday: int
    starts: time
    ends: time
    slot_minutes: int
    capacity: int

    def __post_init__(self) -> None:
        where = f"weekday {self.weekday}, {self.starts:%H:%M}"
        if not 1 <= self.weekday <= 7:
            raise InvalidWeek("weekdays are 1 (Monday) to 7 (Sunday)")
        if not SHORTEST_MINUTES <= self.slot_minutes <= LONGEST_MINUTES:
            raise InvalidWeek(f"{where}: a slot lasts {SHORTEST_MINUTES} to {LONGEST_MINUTES} minutes")
        if not 1 <= self.capacity <= MOST_SEATS:
            raise InvalidWeek(f"{where}: a slot has 1 to {MOST_SEATS} seats")
        if self.starts.second or self.ends.second or self.starts >= self.ends:
            raise InvalidWeek(f"{where}: a session ends after it begins, both at full minutes")
        if (minute_of(self.ends) - minute_of(self.starts)) % self.slot_minutes:
            raise InvalidWeek(f"{where}: a session is a whole number of slots")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot (时段) of one day. `slot_id` is `<clinic_code>-<yyyymmdd>-<hhmm>`."""

    clinic_code: str
    starts_at: datetime
    ends_at: datetime
    capacity: int

    @property
    def slot_id(self) -> str:
        return slot_id_of(self.clinic_code, self.starts_at)

    @property
    def day(self) -> date:
        """The day in Shanghai."""
        return shanghai_date(self.starts_at)


@dataclass(frozen=True, slots=True)
class Clinic:
    """A clinic that takes appointments, and its week, at one version.

    `ahead_days` is how many days after today may be booked, `same_day` whether today may. `days_off` are whole days without
    sessions, `closed` the beginnings of single sessions that the clinic has closed.
    """

    clinic_code: str
    name: str
    city: str
    sessions: tuple[Session, ...]
    ahead_days: int
    same_day: bool
    address: str | None = None
    phone: str | None = None
    days_off: frozenset[date] = frozenset()
    closed: frozenset[datetime] = frozenset()
    version: int = 1

    def __post_init__(self) -> None:
        if not is_clinic_code(self.clinic_code):
            raise InvalidWeek("a clinic code is short and of letters, digits, '-' and '_'")
        if not 0 <= self.ahead_days <= FURTHEST_DAYS:
            raise InvalidWeek(f"ahead_days is 0 to {FURTHEST_DAYS}")
        if self.ahead_days == 0 and not self.same_day:
            raise InvalidWeek("with ahead_days 0 and same_day false nothing could ever be booked")
        ordered = sorted(self.sessions, key=lambda session: (session.weekday, session.starts))
        for one, following in pairwise(ordered):
            if one.weekday == following.weekday and one.ends > following.starts:
                raise InvalidWeek(f"weekday {one.weekday}: sessions overlap at {following.starts:%H:%M}")

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """The slots that the clinic keeps on a day, in order; whether they may be booked now is not asked."""
        if day in self.days_off:
            return ()
        kept = (
            session
            for session in self.sessions
            if session.weekday == day.isoweekday() and instant(day, session.starts) not in self.closed
        )
        found = (slot for session in kept for slot in self._cut(session, day))
        return tuple(sorted(found, key=lambda slot: slot.starts_at))

    def day_ends(self, day: date) -> datetime | None:
        """When the clinic's day ends for those who hold a ticket: two hours after its last slot; None for one without slots (D21)."""
        slots = self.slots_on(day)
        return slots[-1].ends_at + AFTER_LAST_SLOT if slots else None

    def keeps(self, starts_at: datetime, ends_at: datetime) -> Slot | None:
        """The slot from `starts_at` to `ends_at` exactly, where the clinic keeps it; None where not (any more)."""
        slots = self.slots_on(shanghai_date(starts_at))
        return next((slot for slot in slots if (slot.starts_at, slot.ends_at) == (starts_at, ends_at)), None)

    def slot(self, slot_id: str) -> Slot | None:
        """The slot with this id, where the clinic keeps it."""
        day = day_of(slot_id, self.clinic_code)
        return next((slot for slot in self.slots_on(day) if slot.slot_id == slot_id), None) if day else None

    def bookable(self, slot: Slot, now: datetime) -> bool:
        """Whether a slot may be booked at `now`: not begun, and neither too far ahead nor, unless allowed, of today."""
        first, last = self.window(now)
        return first <= slot.day <= last and slot.starts_at > now

    def bookable_within(self, first: date, last: date, now: datetime) -> tuple[Slot, ...]:
        """The slots from one day to another, both inclusive, that may be booked at `now`, in order."""
        earliest, latest = self.window(now)
        first, last = max(first, earliest), min(last, latest)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return tuple(slot for day in days for slot in self.slots_on(day) if slot.starts_at > now)

    def window(self, now: datetime) -> tuple[date, date]:
        """The first and the last day that may be booked at `now`, both inclusive."""
        today = shanghai_date(now)
        return today + timedelta(days=0 if self.same_day else 1), today + timedelta(days=self.ahead_days)

    def beginnings(self, day: date) -> frozenset[datetime]:
        """When the sessions of a day begin, closed ones among them."""
        return frozenset(instant(day, one.starts) for one in self.sessions if one.weekday == day.isoweekday())

    def says_as(self, other: Clinic) -> bool:
        """Whether the two differ by their version at most."""
        return replace(self, version=other.version) == other

    def _cut(self, session: Session, day: date) -> Iterator[Slot]:
        length = timedelta(minutes=session.slot_minutes)
        starts_at, ends_at = instant(day, session.starts), instant(day, session.ends)
        while starts_at < ends_at:
            yield Slot(self.clinic_code, starts_at, starts_at + length, session.capacity)
            starts_at += length


def instant(day: date, at: time) -> datetime:
    """A clock time of a day in Shanghai."""
    return datetime.combine(day, at, SHANGHAI)


def minute_of(at: time) -> int:
    """Minutes since midnight."""
    return at.hour * 60 + at.minute


def slot_id_of(clinic_code: str, starts_at: datetime) -> str:
    """The id of the slot of a clinic that begins at `starts_at`."""
    return f"{clinic_code}-{starts_at.astimezone(SHANGHAI):%Y%m%d-%H%M}"


def day_of(slot_id: str, clinic_code: str) -> date | None:
    """The day that a slot's id names; None where it is no slot's id, or another clinic's, or its day or time does not exist."""
    found = _SLOT_FORM.fullmatch(slot_id)
    if found is None or found["clinic"] != clinic_code:
        return None
    try:
        # Not strptime: it takes shorter numbers than these.
        time(int(found["start"][:2]), int(found["start"][2:]))
        return date(int(found["day"][:4]), int(found["day"][4:6]), int(found["day"][6:]))
    except ValueError:
        return None


def free_seats(capacity: int, taken: frozenset[int]) -> tuple[int, ...]:
    """The seats of a slot that may be taken now (seats count from 1), where `taken` are.

    A slot is never booked over its capacity, however many ask at once, for every seat is one key. Where the capacity was
    lowered after seats above it had been taken, each of these keeps one of the lower ones free: `reach` seats from the first
    one and those taken above them are never more than the capacity, and taking a seat within reach cannot change that.
    """
    for reach in range(capacity, 0, -1):
        if reach + sum(seat > reach for seat in taken) <= capacity:
            return tuple(seat for seat in range(1, reach + 1) if seat not in taken)
    return ()
