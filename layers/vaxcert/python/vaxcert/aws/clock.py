"""Time, always passed in and always aware.

Business dates are calendar days in Asia/Shanghai (D2). China has had no daylight saving since 1991, and no date that we
compare lies before 2016, so a fixed offset is exact and needs no zone database in the function.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

type Clock = Callable[[], datetime]

EVER = datetime.fromtimestamp(0, UTC)
"""Before everything that was ever issued."""
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def shanghai_date(now: datetime) -> date:
    """The calendar day in Asia/Shanghai at the instant `now` (D2)."""
    return now.astimezone(SHANGHAI).date()


def rfc3339(instant: datetime) -> str:
    """An instant as RFC 3339 with the offset of Asia/Shanghai, in whole seconds."""
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def from_rfc3339(text: str) -> datetime:
    """The instant that an RFC 3339 text names. Raises ValueError for a text without an offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("a time without an offset")
    return instant.astimezone(UTC)


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z, rounded down."""
    return int(instant.timestamp())


def from_epoch(seconds: int) -> datetime:
    """The instant, in UTC, of a count of seconds since 1970-01-01T00:00:00Z."""
    return datetime.fromtimestamp(seconds, UTC)
