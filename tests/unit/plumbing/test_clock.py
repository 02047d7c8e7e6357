"""The business day is the calendar day in Asia/Shanghai (D2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from vaxcert.aws.clock import epoch, from_epoch, from_rfc3339, rfc3339, shanghai_date


def test_midnight_in_shanghai_is_when_the_day_turns() -> None:
    assert shanghai_date(datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert shanghai_date(datetime(2026, 6, 30, 16, 0, 0, tzinfo=UTC)) == date(2026, 7, 1)


def test_times_are_told_with_their_offset_and_read_back() -> None:
    instant = datetime(2026, 6, 30, 16, 0, 0, tzinfo=UTC)
    assert rfc3339(instant) == "2026-07-01T00:00:00+08:00"
    assert from_rfc3339(rfc3339(instant)) == instant
    assert from_epoch(epoch(instant)) == instant


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        from_rfc3339("2026-07-01T00:00:00")
