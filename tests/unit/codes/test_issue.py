"""Who is shown a code (R2, R21, D6, D7, D8)."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.fakes.people import FATHER, FATHER_NO, GRANDMOTHER, MOTHER, an_adult, an_archive
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.model import Actor, Standing, StatusReason, suspended
from vaxcert.codes.model import Code
from vaxcert.codes.service import IssueService
from vaxcert.codes.token import read
from vaxcert.errors import NotFound, Unauthorized, Unavailable
from vaxcert.grants.model import GrantStatus

MINUTE = timedelta(seconds=60)


def shown(room: WaitingRoom, who: str = FATHER) -> Code:
    code = read(room.code(who), lambda: room.keys.public("code"), MINUTE)
    assert isinstance(code, Code)
    return code


def test_d8_the_holder_gets_a_code_of_a_minute_to_be_replaced_after_30_seconds() -> None:
    room = WaitingRoom()
    room.clock.advance(microseconds=400_000)
    issued = room.issuing.issue(room.home.citizen(), room.certificate_id, room.clock())
    assert issued.refresh_after == 30
    assert issued.expires_at == datetime(2026, 7, 1, 2, 1, tzinfo=UTC)
    code = shown(room)
    assert (code.certificate_id, code.slot, code.grant_version) == (room.certificate_id, 0, 0)
    assert code.expires_at - code.issued_at == MINUTE


@pytest.mark.parametrize(("lives", "replaced", "asked"), [(60, 30, 30), (60, 60, 60), (20, 30, 20)])
def test_d8_a_code_is_never_shown_beyond_its_end_whatever_is_set(
    lives: int, replaced: int, asked: int
) -> None:
    room = WaitingRoom()
    issuing = IssueService(
        holdings=room.holdings,
        keys=room.keys,
        ttl_seconds=lives,
        refresh_seconds=replaced,
        rights=room.home.rights,
        random_bytes=bytes,
    )
    issued = issuing.issue(room.home.citizen(), room.certificate_id, room.clock())
    assert (issued.refresh_after, issued.expires_at - room.clock()) == (asked, timedelta(seconds=lives))


def test_every_code_is_another() -> None:
    room = WaitingRoom()
    assert len({shown(room).cti for _ in range(20)}) == 20


def test_d7_a_delegate_gets_a_code_of_their_own_slot() -> None:
    room = WaitingRoom()
    room.grandmother()
    code = shown(room, GRANDMOTHER)
    assert (code.slot, code.grant_version) == (1, 1)


def test_d7_a_new_grant_of_the_same_person_is_told_apart_from_the_old() -> None:
    room = WaitingRoom()
    places = set()
    for _ in range(12):
        grant = room.grandmother()
        code = shown(room, GRANDMOTHER)
        places.add((code.slot, code.grant_version))
        room.home.granting.revoke(room.home.citizen(), room.certificate_id, grant, room.clock())
    assert len(places) == 12


def test_a_stranger_gets_the_same_answer_as_for_what_does_not_exist() -> None:
    room = WaitingRoom()
    with pytest.raises(NotFound):
        room.code(MOTHER)
    with pytest.raises(NotFound):
        room.issuing.issue(room.home.citizen(), "c" + "a" * 13, room.clock())


@pytest.mark.parametrize("text", ["", "c", "x" * 5000, "c" + "A" * 13, "C#1", "../healthz"])
def test_what_is_no_id_is_not_looked_up(text: str) -> None:
    room = WaitingRoom()
    with pytest.raises(NotFound):
        room.issuing.issue(room.home.citizen(), text, room.clock())
    assert room.holdings.asked == []


def test_d7_number_and_name_must_both_match() -> None:
    room = WaitingRoom()
    room.grandmother()
    other_name = room.home.citizen(GRANDMOTHER, name="别名")
    with pytest.raises(NotFound):
        room.issuing.issue(other_name, room.certificate_id, room.clock())


def test_d7_the_delegates_visit_writes_the_mismatch_here_too_and_takes_it_back() -> None:
    """As looking up records and booking do: what a scan refuses and what shows a code are one thing."""
    room = WaitingRoom()
    room.grandmother()
    for name, status in (("别名", GrantStatus.NAME_MISMATCH), (None, GrantStatus.ACTIVE)):
        with nullcontext() if name is None else pytest.raises(NotFound):
            room.issuing.issue(room.home.citizen(GRANDMOTHER, name=name), room.certificate_id, room.clock())
        (grant,) = room.home.grants.slots(room.certificate_id)
        assert grant.status is status
    assert room.scan("ticket", room.grandmothers_code())["result"] == "accepted"


def test_d7_a_revoked_grant_shows_no_code() -> None:
    room = WaitingRoom()
    grant = room.grandmother()
    room.home.granting.revoke(room.home.citizen(), room.certificate_id, grant, room.clock())
    with pytest.raises(NotFound):
        room.code(GRANDMOTHER)


def test_d7_the_last_day_of_a_grant_is_shanghais() -> None:
    room = WaitingRoom()
    room.grandmother(expires_on=date(2026, 7, 1))
    room.clock.now = datetime(2026, 7, 1, 15, 59, 59, tzinfo=UTC)
    assert shown(room, GRANDMOTHER).slot == 1
    room.clock.now = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    with pytest.raises(NotFound):
        room.code(GRANDMOTHER)


@pytest.mark.parametrize(
    ("day", "shows"), [(date(2035, 4, 30), True), (date(2035, 5, 1), True), (date(2035, 5, 2), False)]
)
def test_d6_from_the_18th_birthday_a_childs_certificate_shows_no_code(day: date, shows: bool) -> None:
    """Born on 2017-05-02: the day before, the day and the day after, before any night has closed it."""
    room = WaitingRoom(an_archive(born=date(2017, 5, 2)))
    room.clock.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    if shows:
        assert shown(room).slot == 0
    else:
        with pytest.raises(NotFound):
            room.code()


@pytest.mark.parametrize(
    "standing", [suspended(StatusReason.GUARDIAN_REMOVED), suspended(StatusReason.OUT_OF_CARE)]
)
def test_d5_d16_only_an_active_certificate_shows_a_code_and_its_claimant_learns_why(
    standing: Standing,
) -> None:
    room = WaitingRoom()
    room.home.authorize(room.certificate_id)
    before = room.home.certificates.stored[room.certificate_id]
    room.home.certificates.apply(before, before.moved_to(standing, room.clock()), Actor.NIGHT)
    with pytest.raises(CertificateSuspended) as told:
        room.code()
    assert told.value.members("zh")["status_reason"] == standing.reason
    with pytest.raises(NotFound):
        room.code(GRANDMOTHER)


def test_d5_a_released_certificate_shows_no_code() -> None:
    room = WaitingRoom()
    room.home.claims.release(room.home.citizen(), room.certificate_id, room.clock())
    with pytest.raises(NotFound):
        room.code()


def test_signing_out_ends_codes_at_once() -> None:
    """Contract, `DELETE /v1/sessions/current`."""
    room = WaitingRoom()
    caller = room.home.citizen()
    room.home.sessions.sign_out(caller.session_id, room.clock())
    with pytest.raises(Unauthorized):
        room.issuing.issue(caller, room.certificate_id, room.clock())


def test_without_a_key_there_is_no_code() -> None:
    room = WaitingRoom()
    room.keys.kids["code"] = []
    with pytest.raises(Unavailable) as caught:
        room.code()
    assert caught.value.code == "keys_missing"


def test_r7_an_adult_shows_their_own() -> None:
    room = WaitingRoom(an_adult(FATHER_NO))
    assert shown(room).slot == 0
