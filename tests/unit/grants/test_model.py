"""Slots, versions and end dates of grants (R27, D7, invariant 1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxcert.grants.model import (
    MOST_VERSIONS,
    Grant,
    GrantStatus,
    NoRoom,
    Room,
    SealedDelegate,
    lent_with,
    room_for,
)

TODAY = date(2026, 7, 1)
DAY = timedelta(days=1)
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)


def a_grant(**fields: Any) -> Grant:
    values: dict[str, Any] = {
        "certificate_id": "c1",
        "grant_id": "g1",
        "slot": 1,
        "version": 1,
        "status": GrantStatus.ACTIVE,
        "delegate": "v1:aunt",
        "name_key": "n1:aunt",
        "relation": "paternal_uncle_aunt",
        "created_at": NOW,
        "expires_on": None,
        "last_used_at": None,
        "ended_at": None,
        "sealed": SealedDelegate(b"name", b"id_no", b"phone"),
    }
    return Grant(**(values | fields))


@pytest.mark.parametrize(
    ("expires_on", "expected"),
    [
        (None, GrantStatus.ACTIVE),
        (TODAY - DAY, GrantStatus.EXPIRED),
        (TODAY, GrantStatus.ACTIVE),
        (TODAY + DAY, GrantStatus.ACTIVE),
    ],
)
def test_d7_the_end_date_is_the_last_day(expires_on: date | None, expected: GrantStatus) -> None:
    assert a_grant(expires_on=expires_on).status_on(TODAY) is expected


@pytest.mark.parametrize("status", list(GrantStatus))
def test_d7_active_and_mismatched_ones_occupy_a_slot(status: GrantStatus) -> None:
    expected = status in {GrantStatus.ACTIVE, GrantStatus.NAME_MISMATCH}
    assert a_grant(status=status).occupies(TODAY) is expected
    assert not a_grant(status=status, expires_on=TODAY - DAY).occupies(TODAY)


def test_d7_a_revoked_grant_stays_revoked_after_its_date() -> None:
    revoked = a_grant(expires_on=TODAY - DAY).revoked(NOW)
    assert (revoked.status_on(TODAY), revoked.ended_at) == (GrantStatus.REVOKED, NOW)


def test_d7_both_number_and_name_must_match() -> None:
    assert a_grant().seen_as("n1:aunt") is GrantStatus.ACTIVE
    assert a_grant().seen_as("n1:other") is GrantStatus.NAME_MISMATCH


def test_the_first_grant_takes_the_first_slot() -> None:
    assert room_for("v1:new", [], 10, TODAY) == Room(1, 1, None)


def test_r27_ten_at_most() -> None:
    ten = [a_grant(slot=slot, delegate=f"v1:{slot}", grant_id=f"g{slot}") for slot in range(1, 11)]
    assert room_for("v1:new", ten, 10, TODAY) is NoRoom.LIMIT_REACHED
    assert room_for("v1:new", ten[:9], 10, TODAY) == Room(10, 1, None)
    gone = [*ten[:9], ten[9].revoked(NOW)]
    assert room_for("v1:new", gone, 10, TODAY) == Room(10, 2, gone[9])


def test_d7_one_grant_per_delegate() -> None:
    assert room_for("v1:aunt", [a_grant()], 10, TODAY) is NoRoom.ALREADY_AUTHORIZED
    mismatched = a_grant(status=GrantStatus.NAME_MISMATCH)
    assert room_for("v1:aunt", [mismatched], 10, TODAY) is NoRoom.ALREADY_AUTHORIZED


def test_d7_who_was_revoked_or_has_expired_can_be_authorised_again() -> None:
    revoked = a_grant().revoked(NOW)
    assert room_for("v1:aunt", [revoked], 10, TODAY) == Room(2, 1, None)
    expired = a_grant(slot=4, version=3, expires_on=TODAY - DAY)
    assert room_for("v1:aunt", [expired], 10, TODAY) == Room(4, 4, expired)


def test_a_lowered_limit_counts_what_stands_in_any_slot() -> None:
    """D1: the limit is a setting."""
    high = [a_grant(slot=slot, delegate=f"v1:{slot}", grant_id=f"g{slot}") for slot in (8, 9)]
    assert room_for("v1:new", high, 2, TODAY) is NoRoom.LIMIT_REACHED
    assert room_for("v1:new", high, 3, TODAY) == Room(1, 1, None)


def test_a_version_never_outgrows_its_place_in_the_code() -> None:
    """ADR 4: twenty bits. A slot that has used them up is passed over, and is the end where it is the last one."""
    used_up = a_grant(version=MOST_VERSIONS - 1).revoked(NOW)
    assert room_for("v1:new", [replace(used_up, version=MOST_VERSIONS - 2)], 1, TODAY) == Room(
        1, MOST_VERSIONS - 1, replace(used_up, version=MOST_VERSIONS - 2)
    )
    assert room_for("v1:new", [used_up], 1, TODAY) is NoRoom.LIMIT_REACHED
    assert room_for("v1:new", [used_up], 2, TODAY) == Room(2, 1, None)
    second = a_grant(slot=2, delegate="v1:uncle", grant_id="g2")
    ended = second.revoked(NOW)
    assert room_for("v1:new", [used_up, ended], 2, TODAY) == Room(2, 2, ended)
    # All that is left is used up: nobody who stands has to go.
    for slots in ([used_up, second], [replace(second, slot=1), replace(used_up, slot=2)]):
        assert room_for("v1:new", slots, 2, TODAY) is NoRoom.LIMIT_REACHED
    # Its own slot is the only one that a delegate's pointers allow.
    expired = a_grant(version=MOST_VERSIONS - 1, expires_on=TODAY - DAY)
    assert room_for("v1:aunt", [expired], 2, TODAY) is NoRoom.LIMIT_REACHED


@given(data=st.data())
def test_invariant_1_however_slots_were_used_no_delegate_stands_twice_and_ten_is_the_most(
    data: st.DataObject,
) -> None:
    slots: dict[int, Grant] = {}
    today = TODAY
    versions: dict[int, int] = {}
    for number in range(data.draw(st.integers(1, 40))):
        step = data.draw(st.sampled_from(["add", "add", "revoke", "wait"]))
        if step == "wait":
            today += DAY
        elif step == "revoke" and slots:
            slot = data.draw(st.sampled_from(sorted(slots)))
            slots[slot] = slots[slot].revoked(NOW) if slots[slot].occupies(today) else slots[slot]
        else:
            delegate = f"v1:{data.draw(st.integers(0, 14))}"
            room = room_for(delegate, slots.values(), 10, today)
            if isinstance(room, Room):
                assert room.version > versions.get(room.slot, 0)
                assert room.before == slots.get(room.slot)
                versions[room.slot] = room.version
                slots[room.slot] = a_grant(
                    slot=room.slot,
                    version=room.version,
                    grant_id=f"g{number}",
                    delegate=delegate,
                    expires_on=data.draw(st.sampled_from([None, today, today + DAY])),
                )
        taken = [grant.delegate for grant in slots.values() if grant.occupies(today)]
        assert len(taken) == len(set(taken)) <= 10
        # Nothing that the delegate's keys still point at is ever overwritten by another slot's grant of theirs.
        pointed = [grant.delegate for grant in slots.values() if grant.status is not GrantStatus.REVOKED]
        assert len(pointed) == len(set(pointed))


def test_d22_what_ended_keeps_nothing_of_the_delegate() -> None:
    assert a_grant().revoked(NOW).sealed is None
    assert a_grant().expired().sealed is None


def test_d22_what_a_certificate_lent_that_is_kept_no_more_has_ended() -> None:
    over = a_grant(grant_id="g2", slot=2, expires_on=TODAY - DAY)
    ended = replace(a_grant(), status=GrantStatus.REVOKED, sealed=None)
    assert lent_with(None, [a_grant(), over], TODAY, 18) == (ended, over)


def test_what_expired_says_so_in_the_history() -> None:
    assert a_grant().expired() == replace(a_grant(), status=GrantStatus.EXPIRED, sealed=None)
