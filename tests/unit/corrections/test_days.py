"""Days and instants of a feed: those of a calendar that anybody means, and no others (D2, D15)."""

from __future__ import annotations

import json

import pytest

from tests.unit.corrections.samples import DAY, row
from vaxcert.corrections.feed.form import BadRow, parse_row


@pytest.mark.parametrize(
    ("recorded_at", "fault"),
    [
        ("1899-12-31T23:59:59.999999Z", "greater_than_equal:/recorded_at"),
        ("1900-01-01T07:59:59+08:00", "greater_than_equal:/recorded_at"),
        ("1900-01-01T00:00:00Z", None),
        ("1900-01-01T08:00:00+08:00", None),
        (" 2026-03-01T10:00:00+08:00\t", None),
        ("9998-12-31T23:59:59.999999Z", "recorded_after_business_date"),
        ("9999-01-01T00:00:00Z", "less_than:/recorded_at"),
        ("9999-01-01T07:59:59+08:00", "recorded_after_business_date"),
    ],
)
def test_d15_an_instant_is_of_1900_to_9998_wherever_its_clock_stands(
    recorded_at: str, fault: str | None
) -> None:
    found = parse_row(json.dumps(row(recorded_at=recorded_at)).encode(), DAY)
    assert (found.reason if isinstance(found, BadRow) else None) == fault
