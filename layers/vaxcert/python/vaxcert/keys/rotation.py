"""When keys are made, begin and retire: a plan over what is stored and the time, so that repeating it changes nothing.

A key per purpose and Shanghai day begins at midnight, and is published at least 72 hours before it does; the very first
begins at once. A key of documents has 90 days in place of one. A key retires when its successor has begun and the last token that
it signed has ended; the newest never retires, so a rotation that fails for a week ends nothing. A document never ends by itself (D20),
and so no key of documents retires: it stops signing when its successor begins. Killing takes effect by reading (`KeyRecord.verifies`); the key
before it, which every verifier knows, signs again until midnight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

from vaxcert.aws.clock import SHANGHAI, shanghai_date
from vaxcert.keys.model import KeyRecord, Purpose

PUBLISHED_AHEAD: Final = timedelta(hours=72)
_BETWEEN_RUNS: Final = timedelta(hours=24)
# An issuer keeps what it has read for a minute, and clocks differ a little.
_MARGIN: Final = timedelta(minutes=2)
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_EPOCH: Final = date(1970, 1, 1)
_LETTERS: Final[dict[Purpose, str]] = {"code": "c", "session": "s", "device": "d", "document": "p"}
_DAYS: Final[dict[Purpose, int]] = {"code": 1, "session": 1, "device": 1, "document": 90}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made."""

    kid: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Retirement:
    """When a key retires from now on; None takes an earlier date back (its successor was killed)."""

    kid: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to change; empty where everything stands as it should."""

    make: tuple[NewKey, ...]
    retire: tuple[Retirement, ...]


def key_id(purpose: Purpose, day: date, generation: int) -> str:
    """Five characters: the purpose, the day of its making in base 36, and a count for a second key of one day.

    It travels in every code, so it is short; it is made from its place in the calendar, so that two rotations at once
    mean the same key.
    """
    number = (day - _EPOCH).days
    digits = "".join(_DIGITS[number // 36**place % 36] for place in (2, 1, 0))
    return f"{_LETTERS[purpose]}{digits}{_DIGITS[generation]}"


def plan(purpose: Purpose, keys: Sequence[KeyRecord], now: datetime, lifetime: timedelta | None) -> Plan:
    """What to make and retire for one purpose whose tokens live `lifetime` at most; None where they never end."""
    taken = {key.kid for key in keys}
    able = {key.kid: key.not_before for key in keys if key.verifies(now)}
    make = []
    for begin in _begins(able.values(), now, _DAYS[purpose]):
        new = NewKey(_free_id(purpose, begin, taken), begin)
        make.append(new)
        able[new.kid] = begin
    return Plan(tuple(make), () if lifetime is None else tuple(_retirements(keys, able, lifetime)))


def _begins(able: Collection[datetime], now: datetime, days: int) -> Iterator[datetime]:
    """When keys begin that are not there yet; `able` grows by each before the next is asked for."""
    if not any(begin <= now for begin in able):
        yield now.replace(microsecond=0)
    day = shanghai_date(now) + timedelta(days=1)
    while (begin := datetime.combine(day, time(), SHANGHAI).astimezone(UTC)) <= (
        now + PUBLISHED_AHEAD + _BETWEEN_RUNS
    ):
        # For a purpose with a key a day this asks whether that day has its own.
        if not any(0 <= (day - shanghai_date(other)).days < days for other in able):
            yield begin
        day += timedelta(days=1)


def _free_id(purpose: Purpose, begin: datetime, taken: set[str]) -> str:
    day = shanghai_date(begin)
    ids = (key_id(purpose, day, generation) for generation in range(len(_DIGITS)))
    return next(kid for kid in ids if kid not in taken)


def _retirements(
    keys: Sequence[KeyRecord], able: dict[str, datetime], lifetime: timedelta
) -> Iterator[Retirement]:
    """Of all keys that count, those just to be made among them: so that the next run finds nothing to do."""
    stated = {key.kid: key.retire_at for key in keys}
    ordered = sorted(able.items(), key=lambda entry: entry[1])
    successor = {kid: after for (kid, _), (_, after) in pairwise(ordered)}
    for kid, _ in ordered:
        after = successor.get(kid)
        at = None if after is None else after + lifetime + _MARGIN
        if at != stated.get(kid):
            yield Retirement(kid, at)


def signing_age(keys: Sequence[KeyRecord], now: datetime) -> timedelta:
    """How long the oldest of the daily keys that sign today has signed: a day at most while the rotation runs.

    Per purpose it is the newest that may sign. Keys of documents change every 90 days and do not count.
    """
    ages = [timedelta()]
    for purpose, days in _DAYS.items():
        begun = [key.not_before for key in keys if key.purpose == purpose and key.signs(now)]
        if days == 1 and begun:
            ages.append(now - max(begun))
    return max(ages)
