"""The lists on entering (R16, R20–R22, R36, D5, D6, D7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import (
    FATHER,
    GRANDMOTHER,
    GRANDMOTHER_NO,
    MOTHER,
    MOTHER_NO,
    an_adult,
    an_archive,
    dose,
    guardian,
    id_no,
    subject,
)
from vaxcert.archives.model import Archive, ArchiveStatus, System
from vaxcert.claims.listing import Overview
from vaxcert.claims.model import CAME_OF_AGE, DECEASED, Actor, Standing, Status, StatusReason, suspended
from vaxcert.claims.service import NotEligible
from vaxcert.errors import NotFound

CHILD = an_archive()
RECORD = CHILD.record_id


def overview(home: Household, who: str = FATHER, *, name: str | None = None) -> Overview:
    return home.listing.overview(home.citizen(who, name=name), home.clock(), "zh")


def test_r16_the_list_shows_ones_own_and_ones_childrens() -> None:
    twin = an_archive("2", number=id_no(date(2020, 5, 1), 2), name="周小样二")
    found = overview(Household(CHILD, twin, an_adult()))
    assert {(person.name, person.kind.value, person.relation) for person in found.claimable} == {
        ("周示例", "adult", "self"),
        ("周小样", "child", "father"),
        ("周小样二", "child", "father"),
    }
    assert (found.claimed, found.authorized, found.notices) == ((), (), ())


def test_the_record_id_is_the_same_for_every_guardian() -> None:
    home = Household(CHILD)
    (fathers,), (mothers,) = (overview(home, who).claimable for who in (FATHER, MOTHER))
    assert fathers.record_id == mothers.record_id == RECORD
    assert (fathers.relation, mothers.relation) == ("father", "mother")


def test_archives_of_one_number_are_one_person() -> None:
    rabies = an_archive("r", system=System.RABIES)
    birth = an_archive("b", system=System.OBSTETRICS, guardians=())
    assert len(overview(Household(CHILD, rabies, birth)).claimable) == 1


def test_r22_claimed_moves_over_and_says_nothing_more() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    found = overview(home)
    assert (found.claimable, found.notices) == ((), ())
    (certificate,) = found.claimed
    assert (certificate.certificate_id, certificate.status) == (certificate_id, Status.ACTIVE)
    number = id_no(CHILD.birth_date)
    assert (certificate.name, certificate.id_no) == ("周小样", f"{number[0]}{'*' * 15}{number[-2:]}")


def test_r20_r36_the_other_guardian_reads_who_claimed_it() -> None:
    home = Household(CHILD)
    home.claim(RECORD)
    found = overview(home, MOTHER)
    assert (found.claimable, found.claimed) == ((), ())
    (notice,) = found.notices
    assert (notice.code, notice.record_id, notice.name) == ("claimed_by_other", RECORD, "周小样")
    assert "父亲" in notice.detail


def test_r36_every_person_that_cannot_be_claimed_has_a_notice_of_their_own() -> None:
    archives = (
        an_archive("1", number=id_no(date(2020, 5, 1), 1), city="320500"),
        an_archive("2", number=id_no(date(2020, 5, 1), 2), system=System.OBSTETRICS),
        an_archive("3", born=date(2016, 12, 31)),
        an_archive("4", number=None, fault="malformed"),
        an_archive("5", number=id_no(date(2020, 5, 1), 5), status=ArchiveStatus.DECEASED, name="周小样五"),
    )
    found = overview(Household(*archives))
    assert found.claimable == ()
    assert sorted(notice.code for notice in found.notices) == [
        "archive_status_changed",
        "between_groups",
        "city_not_pilot",
        "identity_number_malformed",
        "with_obstetrics",
    ]
    assert all(notice.record_id and notice.name for notice in found.notices)


def test_r36_who_is_linked_to_nobody_reads_one_general_notice() -> None:
    """R9, R10, R39: missing or malformed numbers match nobody."""
    unmatched = an_archive(number=None, guardians=(guardian(None),))
    (notice,) = overview(Household(unmatched)).notices
    assert (notice.code, notice.record_id, notice.name) == ("nobody_linked", None, None)


def test_d5_a_suspended_certificate_is_shown_with_its_reason_and_claimable_for_the_other_guardian() -> None:
    home = Household(CHILD)
    before = home.certificates.stored[home.claim(RECORD)]
    home.register.store(an_archive(guardians=(guardian(MOTHER_NO, "mother"),), version=2))
    home.certificates.apply(
        before, before.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), home.clock()), Actor.NIGHT
    )
    found = overview(home)
    (held,) = found.claimed
    assert (held.status, held.status_reason) == (Status.SUSPENDED, StatusReason.GUARDIAN_REMOVED)
    assert [(notice.code, notice.record_id) for notice in found.notices] == [
        ("suspended_guardian_removed", RECORD),
        ("nobody_linked", None),
    ]
    assert "示范门诊" not in found.notices[0].next_step
    assert [person.record_id for person in overview(home, MOTHER).claimable] == [RECORD]


def test_d5_while_its_archive_is_out_of_care_the_holder_is_told_what_to_do_and_whom_to_ask() -> None:
    home = Household(CHILD)
    before = home.certificates.stored[home.claim(RECORD)]
    home.register.store(an_archive(status=ArchiveStatus.TRANSFERRED_OUT, version=2))
    home.certificates.apply(
        before, before.moved_to(suspended(StatusReason.OUT_OF_CARE), home.clock()), Actor.NIGHT
    )
    (notice,) = overview(home).notices
    assert (notice.code, notice.record_id, notice.name) == ("suspended_out_of_care", RECORD, "周小样")
    assert "示范门诊" in notice.next_step
    (mothers,) = overview(home, MOTHER).notices
    assert mothers.code == "out_of_care"


@pytest.mark.parametrize(
    ("old", "name"),
    [
        pytest.param(an_archive("old", status=ArchiveStatus.TRANSFERRED_OUT), "周小样", id="transferred out"),
        # Obstetrics' name of a newborn may differ (D13).
        pytest.param(an_archive("old", system=System.OBSTETRICS), "吴小样", id="obstetrics"),
    ],
)
def test_d4_who_was_taken_out_of_the_archive_is_not_told_where_the_child_is_now(
    old: Archive, name: str
) -> None:
    """Nor what it is called now: only archives that name the caller speak to them."""
    new = an_archive("new", name=name, guardians=(guardian(MOTHER_NO, "mother"),), version=2)
    new = replace(new, clinic=replace(new.clinic, name="新居门诊"))
    home = Household(old, new)
    (notice,) = overview(home).notices
    assert (notice.code, notice.name) == ("guardian_not_registered", "周小样")
    assert "新居" not in str(notice)
    assert "示范门诊" in notice.next_step
    with pytest.raises(NotEligible) as refused:
        home.claim(RECORD)
    assert "新居" not in str(refused.value.extra)
    assert "示范门诊" in str(refused.value.extra)


def test_d6_on_the_eighteenth_birthday_the_guardian_sees_it_closed_and_the_person_may_claim() -> None:
    born = date(2017, 1, 1)
    grown = an_archive(born=born, doses=(dose(date(2024, 10, 20)),))
    home = Household(grown)
    home.claim(grown.record_id)
    home.clock.now = datetime(2034, 12, 31, 16, tzinfo=UTC)
    found = overview(home)
    assert [(one.status, one.status_reason) for one in found.claimed] == [
        (CAME_OF_AGE.status, CAME_OF_AGE.reason)
    ]
    assert [notice.code for notice in found.notices] == ["adult_claims_own"]
    assert [one.kind.value for one in overview(home, subject(id_no(born))).claimable] == ["adult"]


def test_a_childs_own_session_is_told_that_a_guardian_claims() -> None:
    """D4."""
    found = overview(Household(CHILD), subject(id_no(date(2020, 5, 1))))
    assert [notice.code for notice in found.notices] == ["guardian_must_claim"]


def test_r21_d7_a_delegate_finds_it_among_the_authorised_with_their_own_relation() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    home.authorize(certificate_id)
    (lent,) = overview(home, GRANDMOTHER).authorized
    assert (lent.certificate_id, lent.relation) == (certificate_id, "maternal_grandmother")


@pytest.mark.parametrize("end", ["revoked", "released", "suspended", "expired", "of_age", "other_name"])
def test_d5_d6_d7_what_ends_takes_it_off_the_delegates_list(end: str) -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    grant_id = home.authorize(certificate_id, expires_on=date(2026, 7, 1))
    certificate = home.certificates.stored[certificate_id]
    if end == "revoked":
        home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
    elif end == "released":
        home.claims.release(home.citizen(), certificate_id, home.clock())
    elif end == "suspended":
        after = certificate.moved_to(suspended(StatusReason.OUT_OF_CARE), home.clock())
        home.certificates.apply(certificate, after, Actor.NIGHT)
    elif end == "expired":
        home.clock.advance(days=1)
    elif end == "of_age":
        home.clock.now = datetime(2038, 5, 1, tzinfo=UTC)
    name = "沈别名" if end == "other_name" else None
    assert overview(home, GRANDMOTHER, name=name).authorized == ()


def test_a_delegate_who_is_also_an_adult_finds_their_own_too() -> None:
    own = an_adult(GRANDMOTHER_NO)
    home = Household(CHILD, own)
    home.authorize(home.claim(RECORD))
    found = overview(home, GRANDMOTHER)
    assert len(found.authorized) == 1
    assert [person.record_id for person in found.claimable] == [own.record_id]


def test_d7_one_certificate_is_shown_to_its_holder_and_to_a_delegate_as_their_lists_show_it() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    with pytest.raises(NotFound):
        home.listing.get(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    grant_id = home.authorize(certificate_id)
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).name == "周小样"
    shown = home.listing.get(home.citizen(GRANDMOTHER), certificate_id, home.clock())
    assert (shown,) == overview(home, GRANDMOTHER).authorized
    assert shown.relation == "maternal_grandmother"
    with pytest.raises(NotFound):
        home.listing.get(home.citizen(GRANDMOTHER, name="沈别名"), certificate_id, home.clock())
    home.granting.revoke(home.citizen(), certificate_id, grant_id, home.clock())
    for who in (MOTHER, GRANDMOTHER):
        with pytest.raises(NotFound):
            home.listing.get(home.citizen(who), certificate_id, home.clock())
    with pytest.raises(NotFound):
        home.listing.get(home.citizen(), "cnone", home.clock())
    home.claims.release(home.citizen(), certificate_id, home.clock())
    with pytest.raises(NotFound):
        home.listing.get(home.citizen(), certificate_id, home.clock())


def test_d16_a_certificate_whose_archives_are_gone_shows_the_masked_name_that_it_kept() -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    home.register.stored.clear()
    (certificate,) = overview(home).claimed
    assert (certificate.name, certificate.id_no, certificate.birth_date) == ("周**", None, date(2020, 5, 1))
    assert certificate.certificate_id == certificate_id


def test_a_list_costs_what_the_family_costs_whatever_the_size_of_the_register() -> None:
    """Task: one kinship query for the caller, one per child with a number; no archive of strangers is read."""
    strangers = [
        an_archive(f"s{number}", number=id_no(date(2019, 1, 1), number), guardians=())
        for number in range(1, 300)
    ]
    small, large = Household(CHILD, an_adult()), Household(CHILD, an_adult(), *strangers)
    for home in (small, large):
        home.claim(RECORD, purposes=PURPOSES)
        home.register.queries = home.register.reads = 0
        overview(home)
    assert (large.register.queries, large.register.reads) == (small.register.queries, small.register.reads)
    assert large.register.queries == 2


def test_d16_where_the_certificate_of_the_deceased_is_closed_no_notice_follows() -> None:
    """The mother, who holds nothing, reads quiet words; the father, whose certificate closed, is told no more."""
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    home.register.store(an_archive(status=ArchiveStatus.DECEASED, version=2))
    before = home.certificates.stored[certificate_id]
    home.certificates.apply(before, before.moved_to(DECEASED, home.clock()), Actor.NIGHT)
    fathers, mothers = overview(home), overview(home, MOTHER)
    assert (fathers.claimable, fathers.notices) == ((), ())
    assert [one.status for one in fathers.claimed] == [Status.CLOSED]
    assert [notice.code for notice in mothers.notices] == ["archive_status_changed"]
    with pytest.raises(NotEligible) as refused:
        home.claim(RECORD, home.citizen(MOTHER))
    assert refused.value.extra["reason"] == "archive_status_changed"


def test_d16_r36_who_mourns_is_told_again_once_the_clinic_has_corrected_it() -> None:
    """A certificate that was closed stays so, and why no other can be claimed is told as ever."""
    home = Household(CHILD)
    before = home.certificates.stored[home.claim(RECORD)]
    home.certificates.apply(before, before.moved_to(DECEASED, home.clock()), Actor.NIGHT)
    home.register.store(an_archive(status=ArchiveStatus.TRANSFERRED_OUT, version=2))
    assert [(notice.code, notice.record_id) for notice in overview(home).notices] == [("out_of_care", RECORD)]


@pytest.mark.parametrize("standing", [suspended(StatusReason.OUT_OF_CARE), DECEASED])
def test_d16_a_delegate_is_shown_no_certificate_that_cannot_be_used(standing: Standing) -> None:
    home = Household(CHILD)
    certificate_id = home.claim(RECORD)
    home.authorize(certificate_id)
    before = home.certificates.get(certificate_id)
    assert before is not None
    home.certificates.apply(before, before.moved_to(standing, home.clock()), Actor.NIGHT)
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).status is standing.status
    with pytest.raises(NotFound):
        home.listing.get(home.citizen(GRANDMOTHER), certificate_id, home.clock())
