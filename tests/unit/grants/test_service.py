"""Authorising family (R22–R27, D7, invariants 1, 4, 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import (
    BLINDER,
    FATHER,
    FATHER_NO,
    GRANDMOTHER,
    GRANDMOTHER_NO,
    MOTHER,
    MOTHER_NO,
    SEALER,
    an_adult,
    an_archive,
    id_no,
)
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.model import DECEASED, Actor, StatusReason, suspended
from vaxcert.errors import Forbidden, Malformed, NotFound, Rejected, Unauthorized
from vaxcert.grants.model import GrantStatus
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.grants.service import (
    AdultNotGrantable,
    AlreadyAuthorized,
    DelegateIsSelf,
    DelegateUnderage,
    GrantLimitReached,
)
from vaxcert.idempotency.model import KeyReused
from vaxcert.identity.model import InvalidIdentityNumber, check_character
from vaxcert.keys.sealing import NotSealedHere

RECORD = an_archive().record_id
TODAY = date(2026, 7, 1)


def claimed(*, limit: int = 10) -> tuple[Household, str]:
    home = Household(an_archive(), limit=limit)
    return home, home.claim(RECORD)


def listed(home: Household, certificate_id: str) -> list[GrantView]:
    found, _ = home.granting.grants(home.citizen(), certificate_id, home.clock(), cursor=None, limit=50)
    return list(found)


def test_r25_r26_the_delegate_is_authorised_and_shown_masked() -> None:
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    (grant,) = listed(home, certificate_id)
    assert (grant.grant_id, grant.name, grant.status) == (grant_id, "沈测试", GrantStatus.ACTIVE)
    assert (grant.phone, grant.relation) == ("138****0000", "maternal_grandmother")
    assert GRANDMOTHER_NO[6:14] not in (grant.id_no or "")


def test_invariant_7_nothing_that_is_stored_holds_number_name_or_phone() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    stored = repr(home.grants.standing).encode() + b"".join(
        part
        for grant in home.grants.standing.values()
        if grant.sealed is not None
        for part in (grant.sealed.name, grant.sealed.id_no, grant.sealed.phone)
    )
    for secret in (GRANDMOTHER_NO, "沈测试", "13800000000"):
        assert secret.encode() not in stored


def test_invariant_7_what_is_sealed_for_one_grant_opens_at_no_other() -> None:
    personal, today = DelegateData(SEALER), TODAY
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    (grant,) = home.grants.standing.values()
    other = replace(grant, grant_id="g" * len(grant.grant_id))
    assert personal.name(grant, today) == "沈测试"
    with pytest.raises(NotSealedHere):
        personal.name(other, today)


def test_times_of_a_grant_are_whole_seconds() -> None:
    home, certificate_id = claimed()
    home.clock.advance(microseconds=987_654)
    home.authorize(certificate_id)
    (grant,) = listed(home, certificate_id)
    assert grant.created_at == home.clock().replace(microsecond=0)


def test_r24_an_adults_certificate_cannot_be_authorised() -> None:
    own = an_adult()
    home = Household(own)
    certificate_id = home.claim(own.record_id, purposes=PURPOSES[:2])
    with pytest.raises(AdultNotGrantable):
        home.authorize(certificate_id)


def test_d7_self_duplicates_and_the_underage_are_refused() -> None:
    home, certificate_id = claimed()
    with pytest.raises(DelegateIsSelf):
        home.authorize(certificate_id, FATHER_NO)
    home.authorize(certificate_id)
    with pytest.raises(AlreadyAuthorized):
        home.authorize(certificate_id)
    with pytest.raises(AlreadyAuthorized):
        home.authorize(certificate_id, name="沈别名")


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_d7_a_delegate_is_eighteen_on_the_birthday(days: int) -> None:
    home, certificate_id = claimed()
    born = TODAY.replace(year=TODAY.year - 18) - timedelta(days=days)
    if days < 0:
        with pytest.raises(DelegateUnderage):
            home.authorize(certificate_id, id_no(born))
    else:
        assert home.authorize(certificate_id, id_no(born))


@pytest.mark.parametrize("number", ["", "1", GRANDMOTHER_NO[:-1] + "0", "1" * 18, GRANDMOTHER_NO + "1"])
def test_d10_a_number_that_is_none_is_refused(number: str) -> None:
    home, certificate_id = claimed()
    with pytest.raises(InvalidIdentityNumber) as refused:
        home.authorize(certificate_id, number)
    assert [field.pointer for field in refused.value.fields] == ["/id_no"]


def _numbered(digits: str) -> str:
    return digits + check_character(digits)


@pytest.mark.parametrize(
    "digits",
    ["32060019600229001", "81000019600229001", "82000019600229001", "83000019600229001", "93215619600229001"],
)
def test_d10_each_kind_of_number_is_taken_and_what_is_next_to_it_is_not(digits: str) -> None:
    """Resident, the three residence permits, permanent resident; born on a leap day."""
    home, certificate_id = claimed()
    good = _numbered(digits)
    assert home.authorize(certificate_id, good, name="某测试")
    wrong = "0" if good[17] != "0" else "1"
    with_x = next(
        number for each in range(100, 999) if (number := _numbered(digits[:14] + str(each)))[17] == "X"
    )
    for near in (
        good[:17] + wrong,
        "".join(chr(ord(character) + 0xFEE0) for character in good),
        with_x.lower(),
        _numbered(digits[:6] + "19610229" + digits[14:]),  # no such day
        _numbered(digits[:6] + "20260702" + digits[14:]),  # tomorrow
        _numbered("0" + digits[1:]),
        good[:17],
        f" {good}",
        "320600123456789012",  # an archive number has 18 digits too
    ):
        with pytest.raises(InvalidIdentityNumber) as refused:
            home.authorize(certificate_id, near, name="某测试")
        assert [field.pointer for field in refused.value.fields] == ["/id_no"]
    assert len(listed(home, certificate_id)) == 1


@pytest.mark.parametrize("name", ["·", " ", "\u200b"])
def test_d7_a_name_of_which_nothing_is_left_is_refused(name: str) -> None:
    home, certificate_id = claimed()
    with pytest.raises(Rejected):
        home.authorize(certificate_id, name=name)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_d7_the_end_date_may_be_today_but_not_past(days: int) -> None:
    home, certificate_id = claimed()
    end = TODAY + timedelta(days=days)
    if days < 0:
        with pytest.raises(Rejected):
            home.authorize(certificate_id, expires_on=end)
    else:
        assert home.authorize(certificate_id, expires_on=end)


def test_d2_d7_the_end_date_ends_at_midnight_in_shanghai() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id, expires_on=TODAY)
    home.clock.advance(hours=13, minutes=59, seconds=59)  # 23:59:59 in Shanghai
    assert listed(home, certificate_id)[0].status is GrantStatus.ACTIVE
    home.clock.advance(seconds=1)
    assert listed(home, certificate_id)[0].status is GrantStatus.EXPIRED


def test_r27_the_eleventh_is_refused_and_a_revoked_one_makes_room() -> None:
    home, certificate_id = claimed()
    numbers = [id_no(date(1970, 1, 1), sequence) for sequence in range(100, 111)]
    ids = [home.authorize(certificate_id, number, name="某测试") for number in numbers[:10]]
    with pytest.raises(GrantLimitReached):
        home.authorize(certificate_id, numbers[10])
    home.granting.revoke(home.citizen(), certificate_id, ids[3], home.clock())
    home.authorize(certificate_id, numbers[10])
    assert [grant.version for grant in home.grants.slots(certificate_id)] == [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]


def test_d7_revoking_is_at_once_needs_no_fresh_verification_and_can_be_repeated() -> None:
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    caller = home.citizen()
    home.clock.advance(hours=2)
    for _ in range(2):
        home.granting.revoke(caller, certificate_id, grant_id, home.clock())
    assert home.delegates.holding(home.citizen(GRANDMOTHER), certificate_id, home.clock()) is None
    assert [grant.status for grant in listed(home, certificate_id)] == [GrantStatus.REVOKED]


def test_d7_what_ended_stays_in_the_list_when_its_slot_is_used_again() -> None:
    home, certificate_id = claimed(limit=1)
    first = home.authorize(certificate_id)
    home.granting.revoke(home.citizen(), certificate_id, first, home.clock())
    home.clock.advance(minutes=1)
    second = home.authorize(certificate_id, MOTHER_NO, name="吴示范", expires_on=TODAY)
    home.clock.advance(days=1)
    third = home.authorize(certificate_id, name="沈测试")
    found = [(grant.grant_id, grant.status) for grant in listed(home, certificate_id)]
    assert found == [
        (third, GrantStatus.ACTIVE),
        (second, GrantStatus.EXPIRED),
        (first, GrantStatus.REVOKED),
    ]
    home.granting.revoke(home.citizen(), certificate_id, first, home.clock())
    assert listed(home, certificate_id)[0].status is GrantStatus.ACTIVE


def test_d7_what_has_ended_is_not_ended_again() -> None:
    home, certificate_id = claimed()
    revoked = home.authorize(certificate_id)
    home.granting.revoke(home.citizen(), certificate_id, revoked, home.clock())
    over = home.authorize(certificate_id, MOTHER_NO, expires_on=shanghai_date(home.clock()))
    before = home.grants.slots(certificate_id)
    home.clock.advance(days=1)
    for grant_id in (revoked, over):
        home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
    assert home.grants.slots(certificate_id) == before


def test_d7_a_delegate_cannot_authorise_revoke_or_list() -> None:
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    for caller in (home.citizen(GRANDMOTHER), home.citizen(MOTHER)):
        with pytest.raises(NotFound):
            home.authorize(certificate_id, MOTHER_NO, caller)
        with pytest.raises(NotFound):
            home.granting.revoke(caller, certificate_id, grant_id, home.clock())
        with pytest.raises(NotFound):
            home.granting.grants(caller, certificate_id, home.clock(), cursor=None, limit=50)
    with pytest.raises(NotFound):
        home.authorize("cnone")
    with pytest.raises(NotFound):
        home.granting.revoke(home.citizen(), certificate_id, "gnone", home.clock())


def test_d5_nothing_is_authorised_on_a_certificate_that_is_not_active() -> None:
    home, certificate_id = claimed()
    before = home.certificates.stored[certificate_id]
    after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), home.clock())
    home.certificates.apply(before, after, Actor.NIGHT)
    with pytest.raises(CertificateSuspended):
        home.authorize(certificate_id)
    home.claims.release(home.citizen(), certificate_id, home.clock())
    with pytest.raises(NotFound):
        home.granting.grants(home.citizen(), certificate_id, home.clock(), cursor=None, limit=50)


def test_invariant_4_the_same_request_gets_the_same_answer() -> None:
    home, certificate_id = claimed()
    caller = home.citizen()
    first = home.authorize(certificate_id, caller=caller, key="once-and-again")
    home.clock.advance(hours=1)
    assert home.authorize(certificate_id, caller=caller, key="once-and-again") == first
    with pytest.raises(KeyReused):
        home.authorize(certificate_id, caller=caller, key="once-and-again", name="沈别名")
    assert len(listed(home, certificate_id)) == 1


def test_invariant_4_a_grant_until_today_is_answered_alike_after_midnight() -> None:
    """The stored answer comes before the rules that know the day."""
    home, certificate_id = claimed()
    caller = home.citizen()
    first = home.authorize(certificate_id, caller=caller, key="until-today", expires_on=TODAY)
    home.clock.advance(hours=14)
    assert home.authorize(certificate_id, caller=caller, key="until-today", expires_on=TODAY) == first
    with pytest.raises(Rejected) as refused:
        home.authorize(certificate_id, expires_on=TODAY)
    assert [(field.pointer, field.code) for field in refused.value.fields] == [("/expires_on", "in_the_past")]


def test_r27_an_expired_one_makes_room_for_the_eleventh() -> None:
    home, certificate_id = claimed()
    numbers = [id_no(date(1970, 1, 1), sequence) for sequence in range(100, 111)]
    ends = {3: TODAY}
    for place, number in enumerate(numbers[:10]):
        home.authorize(certificate_id, number, name="某测试", expires_on=ends.get(place))
    home.clock.advance(hours=13, minutes=59, seconds=59)
    with pytest.raises(GrantLimitReached):
        home.authorize(certificate_id, numbers[10])
    home.clock.advance(seconds=1)
    home.authorize(certificate_id, numbers[10])
    assert [grant.version for grant in home.grants.slots(certificate_id)] == [1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    with pytest.raises(GrantLimitReached):
        home.authorize(certificate_id, numbers[3])


def test_d7_who_was_revoked_is_authorised_again_and_then_once() -> None:
    home, certificate_id = claimed()
    first = home.authorize(certificate_id)
    home.granting.revoke(home.citizen(), certificate_id, first, home.clock())
    second = home.authorize(certificate_id)
    assert second != first
    with pytest.raises(AlreadyAuthorized):
        home.authorize(certificate_id)
    visitor = home.citizen(GRANDMOTHER)
    found = home.delegates.holding(visitor, certificate_id, home.clock())
    assert found is not None
    assert found.grant_id == second
    assert len(home.delegates.visit(visitor, home.clock())) == 1


def test_d7_a_visit_on_the_last_day_opens_and_the_day_after_does_not() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id, expires_on=TODAY)
    home.clock.advance(hours=13, minutes=59, seconds=59)
    assert home.delegates.holding(home.citizen(GRANDMOTHER), certificate_id, home.clock()) is not None
    home.clock.advance(seconds=1)
    assert home.delegates.holding(home.citizen(GRANDMOTHER), certificate_id, home.clock()) is None
    assert home.delegates.visit(home.citizen(GRANDMOTHER), home.clock()) == ()


def test_d7_the_child_itself_is_underage() -> None:
    home, certificate_id = claimed()
    with pytest.raises(DelegateUnderage):
        home.authorize(certificate_id, id_no(date(2020, 5, 1)))


@pytest.mark.parametrize(("day", "refused"), [(27, True), (28, False)])
def test_d6_d7_a_delegate_born_on_29_february_is_eighteen_on_the_28th(day: int, *, refused: bool) -> None:
    home = Household(an_archive())
    home.clock.now = datetime(2026, 2, day, 2, tzinfo=UTC)
    certificate_id = home.claim(RECORD)
    if refused:
        with pytest.raises(DelegateUnderage):
            home.authorize(certificate_id, id_no(date(2008, 2, 29)))
    else:
        assert home.authorize(certificate_id, id_no(date(2008, 2, 29)))


def test_d7_a_delegate_comes_of_age_at_midnight_in_shanghai() -> None:
    home, certificate_id = claimed()
    number = id_no(date(2008, 7, 2))
    home.clock.advance(hours=13, minutes=59, seconds=59)
    with pytest.raises(DelegateUnderage):
        home.authorize(certificate_id, number)
    home.clock.advance(seconds=1)
    assert home.authorize(certificate_id, number)


@pytest.mark.parametrize("by", ["correction", "birthday"])
def test_d5_d6_a_certificate_that_ended_by_itself_lends_nothing_and_takes_nobody(by: str) -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    if by == "birthday":
        home.clock.now = datetime(2038, 4, 30, 16, tzinfo=UTC)  # the 18th, at midnight in Shanghai
    else:
        before = home.certificates.stored[certificate_id]
        after = before.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), home.clock())
        home.certificates.apply(before, after, Actor.NIGHT)
    with pytest.raises(NotFound if by == "birthday" else CertificateSuspended):
        home.authorize(certificate_id, MOTHER_NO, name="吴示范")
    seen = home.listing.overview(home.citizen(GRANDMOTHER), home.clock(), "zh")
    assert seen.authorized == ()


@pytest.mark.parametrize("by", ["death", "birthday"])
def test_d6_d22_the_grants_of_a_closed_certificate_are_listed_as_ended(by: str) -> None:
    """They end with it, whether anybody has written that into them or not: of the delegate nothing is shown."""
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    gone = home.authorize(certificate_id, MOTHER_NO, name="吴示范", expires_on=TODAY)
    before = home.certificates.stored[certificate_id]
    if by == "birthday":
        home.clock.now = datetime(2038, 4, 30, 15, 59, 59, tzinfo=UTC)
        assert [one.status for one in listed(home, certificate_id)] == [
            GrantStatus.EXPIRED,
            GrantStatus.ACTIVE,
        ]
        home.clock.advance(seconds=1)
    else:
        home.certificates.apply(before, before.moved_to(DECEASED, home.clock()), Actor.NIGHT)
    found = {one.grant_id: one for one in listed(home, certificate_id)}
    assert found[grant_id].status is GrantStatus.REVOKED
    assert found[gone].status is (GrantStatus.EXPIRED if by == "birthday" else GrantStatus.REVOKED)
    assert {(one.name, one.id_no, one.phone) for one in found.values()} == {(None, None, None)}


def test_d22_leaving_frees_the_slot_and_keeps_nothing_of_the_delegate() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    (grant,) = home.grants.slots(certificate_id)
    assert (grant.status, grant.sealed, grant.ended_at) == (GrantStatus.REVOKED, None, home.clock())
    home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())  # can be repeated
    assert home.grants.slots(certificate_id) == (grant,)
    assert home.delegates.holding(home.citizen(GRANDMOTHER), certificate_id, home.clock()) is None
    home.authorize(certificate_id)


def test_d22_who_left_is_told_so_again_though_the_slot_is_somebody_elses_by_now() -> None:
    """The first answer was lost, and all ten slots have been used since."""
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    for sequence in range(300, 310):
        home.authorize(certificate_id, id_no(date(1970, 1, 1), sequence), name="某测试")
    assert GRANDMOTHER not in {grant.delegate for grant in home.grants.slots(certificate_id)}
    home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    assert sum(grant.status is GrantStatus.ACTIVE for grant in home.grants.slots(certificate_id)) == 10


def test_d7_whose_last_grant_was_revoked_has_nothing_to_leave_though_they_left_one_before() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    home.clock.advance(seconds=1)
    again = home.authorize(certificate_id)
    home.granting.revoke(home.citizen(), certificate_id, again, home.clock())
    with pytest.raises(NotFound):
        home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())


def test_d7_whose_name_is_another_has_nothing_to_leave() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    for stranger in (
        home.citizen(GRANDMOTHER, name="沈别人"),
        home.citizen(MOTHER, name="沈测试"),  # somebody else of the delegate's name
        home.citizen(MOTHER),
        home.citizen(),
    ):
        with pytest.raises(NotFound):
            home.granting.leave(stranger, certificate_id, home.clock())
    assert home.grants.slots(certificate_id)[0].status is GrantStatus.ACTIVE


def test_r23_authorising_wants_a_fresh_verification() -> None:
    home, certificate_id = claimed()
    caller = home.citizen()
    home.clock.advance(seconds=901)
    with pytest.raises(Forbidden, match="verification_stale"):
        home.authorize(certificate_id, caller=caller)


def test_who_signed_out_neither_authorises_nor_revokes() -> None:
    home, certificate_id = claimed()
    grant_id = home.authorize(certificate_id)
    home.sessions.sign_out("s-1", home.clock())
    with pytest.raises(Unauthorized):
        home.authorize(certificate_id, MOTHER_NO)
    with pytest.raises(Unauthorized):
        home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
    with pytest.raises(Unauthorized):
        home.granting.change_phone(home.citizen(), certificate_id, grant_id, "13900000000", home.clock())
    with pytest.raises(Unauthorized):
        home.granting.leave(home.citizen(GRANDMOTHER), certificate_id, home.clock())


def test_a_claimant_leafs_through_grants() -> None:
    home, certificate_id = claimed()
    for sequence in range(100, 105):
        home.authorize(certificate_id, id_no(date(1970, 1, 1), sequence), name="某测试")
        home.clock.advance(seconds=1)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        found, cursor = home.granting.grants(
            home.citizen(), certificate_id, home.clock(), cursor=cursor, limit=2
        )
        seen += [grant.grant_id for grant in found]
        if cursor is None:
            break
    assert seen == [grant.grant_id for grant in listed(home, certificate_id)]
    assert len(seen) == 5


def test_leafing_goes_through_ended_ones_and_slots_alike() -> None:
    home, certificate_id = claimed(limit=2)
    made: list[str] = []
    for sequence in range(100, 109):
        made.append(home.authorize(certificate_id, id_no(date(1970, 1, 1), sequence), name="某测试"))
        if sequence % 3:  # what stays longer stands among newer ones that have ended
            home.granting.revoke(home.citizen(), certificate_id, made[-1], home.clock())
        elif sequence > 102:
            home.granting.revoke(home.citizen(), certificate_id, made[-4], home.clock())
        home.clock.advance(seconds=1)
    for limit in (1, 2, 4, 9, 50):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            found, cursor = home.granting.grants(
                home.citizen(), certificate_id, home.clock(), cursor=cursor, limit=limit
            )
            seen += [grant.grant_id for grant in found]
            assert len(found) <= limit
            if cursor is None:
                break
        assert seen == made[::-1]


def test_a_page_that_is_full_and_the_last_has_no_next_one() -> None:
    home, certificate_id = claimed()
    for sequence in (100, 101):
        home.authorize(certificate_id, id_no(date(1970, 1, 1), sequence), name="某测试")
    caller = home.citizen()
    found, cursor = home.granting.grants(caller, certificate_id, home.clock(), cursor=None, limit=2)
    assert (len(found), cursor) == (2, None)


def test_a_form_is_told_of_before_a_stale_verification() -> None:
    """All of what is wrong with a form at once, whether its shape or its content; then who sends it."""
    home, certificate_id = claimed()
    caller = home.citizen()
    home.clock.advance(seconds=901)
    with pytest.raises(InvalidIdentityNumber):
        home.authorize(certificate_id, "1" * 18, caller)


def test_a_cursor_of_another_certificate_is_refused() -> None:
    home, certificate_id = claimed()
    for sequence in (100, 101):
        home.authorize(certificate_id, id_no(date(1970, 1, 1), sequence), name="某测试")
    _, cursor = home.granting.grants(home.citizen(), certificate_id, home.clock(), cursor=None, limit=1)
    twin = an_archive("2", number=id_no(date(2020, 5, 1), 2))
    home.register.store(twin)
    other = home.claim(twin.record_id)
    with pytest.raises(Malformed):
        home.granting.grants(home.citizen(), other, home.clock(), cursor=cursor, limit=1)


def test_d7_a_visit_under_another_name_is_written_down_and_mended_by_the_right_one() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id, name="沈测视")
    visitor = home.citizen(GRANDMOTHER)
    assert home.delegates.visit(visitor, home.clock()) == ()
    assert listed(home, certificate_id)[0].status is GrantStatus.NAME_MISMATCH
    assert home.delegates.holding(visitor, certificate_id, home.clock()) is None
    renamed = home.citizen(GRANDMOTHER, name="沈 测·视")
    assert home.delegates.visit(renamed, home.clock()) == ((certificate_id, "maternal_grandmother"),)
    assert listed(home, certificate_id)[0].status is GrantStatus.ACTIVE


def test_d7_the_delegate_is_known_by_number_and_name_alone() -> None:
    home, certificate_id = claimed()
    home.authorize(certificate_id)
    grant = home.delegates.holding(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    assert grant is not None
    assert (grant.delegate, grant.name_key) == (GRANDMOTHER, BLINDER.name("沈测试"))
    for who in (MOTHER, FATHER):
        assert home.delegates.holding(home.citizen(who), certificate_id, home.clock()) is None
