"""Scans made offline and handed in later: on record, burned, and never a step of a visit (D11, invariants 2 to 4, ADR 0008)."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.waiting_room import WaitingRoom
from tests.unit.visits.test_scanning import release, revoke
from vaxcert.devices.trust import DeviceDisabled, StationNotAllowed
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.visits.alerts import used_elsewhere


def test_a_scan_handed_in_is_recorded_and_confirms_nothing() -> None:
    room = WaitingRoom()
    code, at = room.code(), room.clock()
    room.clock.advance(hours=5)
    verdict = room.hand_in("registration", code, at)
    assert (verdict["result"], verdict["reason"], verdict["title"]) == ("recorded", None, "离线扫码已补录")
    assert not {"visit", "person", "used"} & set(verdict)
    assert not room.clinic.visits, "nothing was confirmed when it happened"
    (entry,) = [entry for _, entry in room.home.log.entries[room.certificate_id]]
    assert (entry.at, entry.station, entry.actor, entry.result) == (at, "registration", "reg-1", "recorded")


def test_invariant_2_a_double_is_reported_whichever_came_first() -> None:
    room = WaitingRoom()
    first, second, at = room.code(), room.code(), room.clock()
    room.scan("ticket", first)
    assert room.hand_in("registration", second, at)["result"] == "recorded"
    room.clock.advance(seconds=30)
    used: Any = room.hand_in("registration", first, at, device="far-1")
    assert (used["result"], used["reason"], used["used"]["station"]) == ("refused", "already_used", "ticket")
    assert room.scan("registration", second, device="reg-2")["reason"] == "already_used"
    assert len(room.alerts) == 2
    assert room.hand_in("ticket", first, at)["reason"] == "already_used"
    assert len(room.alerts) == 2, "its own scan: the line broke while the answer was on its way"
    log = [
        (entry.actor, entry.station, entry.result) for _, entry in room.home.log.entries[room.certificate_id]
    ]
    assert sorted(log) == [
        ("far-1", "registration", "already_used"),
        ("reg-1", "registration", "recorded"),
        ("reg-1", "ticket", "accepted"),
        ("reg-1", "ticket", "already_used"),
        ("reg-2", "registration", "already_used"),
    ], "the claimant sees every double (D11)"


def test_invariant_4_the_same_hand_in_gets_the_same_answer() -> None:
    room = WaitingRoom()
    code, at = room.code(), room.clock()
    answers = [json.dumps(room.hand_in("ticket", code, at, key="the-same-key")) for _ in range(3)]
    assert len(set(answers)) == 1
    assert len(room.home.log.entries[room.certificate_id]) == 1


@pytest.mark.parametrize(
    ("scanned", "handed", "reason"),
    [
        (timedelta(), OFFLINE_SERVES, None),
        (timedelta(), OFFLINE_SERVES + timedelta(seconds=1), "expired"),
        (timedelta(seconds=89), timedelta(hours=1), None),
        (timedelta(seconds=90), timedelta(hours=1), "expired"),
        (timedelta(seconds=-30), timedelta(hours=1), None),
        (timedelta(seconds=-31), timedelta(hours=1), "expired"),
        (timedelta(seconds=30), timedelta(), None),
        (timedelta(seconds=31), timedelta(), "expired"),
    ],
)
def test_d8_the_code_held_when_it_was_scanned_within_48_hours(
    scanned: timedelta, handed: timedelta, reason: str | None
) -> None:
    room = WaitingRoom()
    code, shown = room.code(), room.clock()
    room.clock.advance(seconds=handed.total_seconds())
    assert room.hand_in("ticket", code, shown + scanned)["reason"] == reason


def test_what_has_ended_meanwhile_is_told_with_the_record() -> None:
    """The scan happened; whether the certificate stood at that moment nobody can say any more."""
    room = WaitingRoom()
    grant = room.grandmother()
    hers, his, at = room.grandmothers_code(), room.code(), room.clock()
    revoke(room, grant)
    assert room.hand_in("ticket", hers, at)["reason"] == "grant_revoked"
    release(room)
    verdict = room.hand_in("ticket", his, at)
    assert (verdict["result"], verdict["reason"]) == ("recorded", "released")


def test_d22_a_code_of_a_certificate_that_is_gone_is_recorded_as_of_one_released() -> None:
    """Erased, or taken by its time: nothing is left to say what it was."""
    room = WaitingRoom()
    code, at = room.code(), room.clock()
    room.home.certificates.stored.clear()
    verdict = room.hand_in("ticket", code, at)
    assert (verdict["result"], verdict["reason"]) == ("recorded", "released")


def test_invariant_3_a_scan_handed_in_is_two_round_trips() -> None:
    room = WaitingRoom()
    code, at = room.code(), room.clock()
    room.hand_in("ticket", code, at)
    assert room.clinic.trips == 2


def test_junk_handed_in_costs_no_call() -> None:
    room = WaitingRoom()
    assert room.hand_in("ticket", "junk", room.clock())["reason"] == "malformed"
    assert room.clinic.trips == 0
    with pytest.raises(StationNotAllowed):
        room.hand_in("registration", room.code(), room.clock(), device="ticket-1")


def test_invariant_3_a_disabled_device_hands_nothing_in() -> None:
    room = WaitingRoom()
    code, device, standing = room.code(), room.device(), room.enrolments.stored["reg-1"]
    off = replace(standing, enabled=False, version=2)
    room.clinic.crossing.append(lambda: room.enrolments.stored.update({"reg-1": off}))
    with pytest.raises(DeviceDisabled):
        room.hand_in("ticket", code, room.clock(), device=device)
    assert not room.clinic.burned


def test_invariant_7_the_alert_is_a_metric_about_nobody() -> None:
    room = WaitingRoom()
    told = io.StringIO()
    with redirect_stdout(told):
        used_elsewhere("prod")(room.clock())
    line = json.loads(told.getvalue())
    assert set(line) == {"_aws", "service", "stage", "code_used_elsewhere"}
    assert line["code_used_elsewhere"] == 1
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert (metric["Namespace"], metric["Dimensions"]) == ("vaxcert", [["stage"]])
    assert line["_aws"]["Timestamp"] == int(room.clock().timestamp() * 1000)


def test_d8_after_a_restore_no_code_of_before_counts_scanned_or_handed_in() -> None:
    """Which of them were used may have been lost with a table."""
    start = WaitingRoom().clock()
    room = WaitingRoom(issued_from=start + timedelta(seconds=1))
    code = room.code()
    room.clock.advance(seconds=1)
    assert room.scan("ticket", code)["reason"] == "expired"
    assert room.hand_in("ticket", code, room.clock())["reason"] == "expired"
    assert room.scan("ticket", room.code())["result"] == "accepted"


def test_d8_after_a_restore_codes_count_from_its_very_second() -> None:
    start = WaitingRoom().clock()
    room = WaitingRoom(issued_from=start)
    assert room.hand_in("registration", room.code(), start)["result"] == "recorded"
    assert room.scan("ticket", room.code())["result"] == "accepted"
