"""A clock that stands still until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Callable like `vaxcert.aws.clock.system_clock`; starts at 2026-07-01 10:00 in Shanghai."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 7, 1, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Move on by `timedelta(**span)` and answer the new time."""
        self.now += timedelta(**span)
        return self.now
