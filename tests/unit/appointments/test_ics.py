"""The calendar file, read by an independent implementation of RFC 5545."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.appointments.ics import calendar
from vaxcert.appointments.model import Appointment, Booker, Place, Status

STARTS = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)
APPOINTMENT = Appointment(
    appointment_id="a0123456789",
    certificate_id="c1",
    place=Place("3206000001", "示范门诊", "示范路1号; 甲座, 2楼\\后门", "0513-0000000"),
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=30),
    seat=1,
    status=Status.BOOKED,
    booked_by=Booker.CLAIMANT,
    created_at=STARTS - timedelta(days=1),
    changed_at=STARTS - timedelta(days=1),
)


def _read(text: str) -> Any:
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return event


def test_an_independent_library_reads_the_appointment() -> None:
    text = calendar(APPOINTMENT, Status.BOOKED, "zh", "400-101-6588")
    whole = icalendar.Calendar.from_ical(text)
    assert (whole["VERSION"], whole.errors) == ("2.0", [])
    event = _read(text)
    assert event.errors == []
    assert event["UID"] == "a0123456789@vaxcert.invalid"
    assert (event.start, event.end) == (APPOINTMENT.starts_at, APPOINTMENT.ends_at)
    assert event["DTSTAMP"].dt == APPOINTMENT.changed_at
    assert event["SUMMARY"] == "预约接种：示范门诊"
    assert event["LOCATION"] == "示范门诊, 示范路1号; 甲座, 2楼\\后门"
    assert event["DESCRIPTION"].endswith("接种门诊电话：0513-0000000。客服电话：400-101-6588。")
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)


def test_a_clinic_without_a_telephone_leaves_no_gap() -> None:
    silent = replace(APPOINTMENT, place=replace(APPOINTMENT.place, phone=None))
    assert "取号。客服电话" in _read(calendar(silent, Status.BOOKED, "zh", "1"))["DESCRIPTION"]
    assert _read(calendar(silent, Status.BOOKED, "en", "1"))["DESCRIPTION"].endswith("machine. Hotline: 1.")


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.MOVED, Status.CLOSED_BY_CLINIC])
def test_what_does_not_stand_any_more_is_cancelled_in_the_calendar(status: Status) -> None:
    event = _read(calendar(APPOINTMENT, status, "en", "400-101-6588"))
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)
    assert event["SUMMARY"] == "Vaccination: 示范门诊"


@pytest.mark.parametrize("length", range(200, 206))
def test_a_long_line_is_folded_at_75_octets_and_not_before(length: int) -> None:
    """RFC 5545 §3.1, to the last octet: each line but the last is full."""
    place = replace(APPOINTMENT.place, name="a" * length, address=None)
    lines = calendar(replace(APPOINTMENT, place=place), Status.BOOKED, "zh", "400").split("\r\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("LOCATION"))
    folded = lines[start : start + 3]
    assert [len(line) for line in folded] == [75, 75, len("LOCATION:") + length - 75 - 74 + 1]


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_whatever_a_clinic_is_called_the_file_holds(name: str, address: str) -> None:
    place = replace(APPOINTMENT.place, name=name, address=address)
    text = calendar(replace(APPOINTMENT, place=place), Status.BOOKED, "zh", "400")
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any("\n" in line or "\r" in line for line in lines)
    event = _read(text)
    assert event["SUMMARY"] == f"预约接种：{name}"
    assert event.start == STARTS
