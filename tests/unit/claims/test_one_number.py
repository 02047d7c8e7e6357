"""One number is not yet one person (D13): what each family sees, may claim, and never learns of the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import (
    FATHER,
    FATHER_NO,
    MOTHER,
    MOTHER_NO,
    NAMES,
    PARENTS,
    an_adult,
    an_archive,
    dose,
    guardian,
    id_no,
    subject,
)
from vaxcert.archives.model import Archive, System
from vaxcert.claims.active import CertificateSuspended
from vaxcert.claims.listing import Overview
from vaxcert.claims.model import StatusReason, suspended
from vaxcert.claims.service import NotEligible
from vaxcert.errors import NotFound
from vaxcert.identity.model import record_id_of

BORN = date(2020, 5, 1)
NUMBER = id_no(BORN)
OTHER_NO = id_no(date(1985, 1, 2), 33)
OTHER = subject(OTHER_NO)
OURS = an_archive("1", born=BORN, doses=(dose(date(2020, 6, 1), dose_id="ours"),))
THEIRS = an_archive(
    "2",
    born=BORN,
    name="郑小例",
    guardians=(guardian(OTHER_NO),),
    doses=(dose(date(2020, 7, 1), dose_id="theirs"),),
)


def overview(home: Household, who: str = FATHER, name: str | None = None) -> Overview:
    return home.listing.overview(home.citizen(who, name=name), home.clock(), "zh")


def told(home: Household, who: str, name: str | None = None) -> list[tuple[str, str | None]]:
    return [(str(one.code), one.name) for one in overview(home, who, name).notices]


def everything(found: Overview) -> str:
    return repr(found)


def test_d13_two_families_with_one_number_each_read_that_their_own_archive_has_to_be_checked() -> None:
    home = Household(OURS, THEIRS)
    ours, theirs = overview(home), overview(home, OTHER)
    assert (ours.claimable, theirs.claimable) == ((), ())
    assert told(home, FATHER) == [("identity_conflict", "周小样")]
    assert told(home, OTHER) == [("identity_conflict", "郑小例")]
    assert "郑" not in everything(ours)
    assert "周" not in everything(theirs)
    assert "示范门诊" in ours.notices[0].next_step


@pytest.mark.parametrize("record_id", [OURS.record_id, record_id_of(OURS.key)])
def test_d13_neither_can_be_claimed_and_the_refusal_says_what_to_do(record_id: str) -> None:
    home = Household(OURS, THEIRS)
    for attempt in (
        lambda: home.claim(record_id),
        lambda: home.claims.detail(home.citizen(), record_id, home.clock(), "zh"),
    ):
        with pytest.raises(NotEligible) as refused:
            attempt()
        assert refused.value.extra["reason"] == "identity_conflict"
        assert "郑" not in str(refused.value.extra)


def test_d13_an_archive_held_apart_is_nobody_elses_to_ask_for() -> None:
    home = Household(OURS, THEIRS)
    with pytest.raises(NotFound):
        home.claim(record_id_of(THEIRS.key))


def test_d13_a_claimed_certificate_stays_as_it_was_and_the_newcomer_learns_nothing() -> None:
    home = Household(OURS)
    home.claim(OURS.record_id)
    home.register.store(THEIRS)
    (certificate,) = overview(home).claimed
    assert (certificate.name, certificate.status) == ("周小样", "active")
    assert overview(home).notices == ()
    assert told(home, MOTHER) == [("claimed_by_other", "周小样")]
    found = overview(home, OTHER)
    assert told(home, OTHER) == [("identity_conflict", "郑小例")]
    assert "周" not in everything(found)
    assert "父亲" not in everything(found)
    with pytest.raises(NotEligible) as refused:
        home.claim(OURS.record_id, home.citizen(OTHER))
    assert refused.value.extra["reason"] == "identity_conflict"


def test_d13_after_the_correction_it_is_as_if_it_had_never_been() -> None:
    home = Household(OURS, THEIRS)
    corrected = an_archive(
        "2", number=id_no(BORN, 3), born=BORN, name="郑小例", guardians=(guardian(OTHER_NO),), version=2
    )
    home.register.store(corrected)
    assert [one.name for one in overview(home).claimable] == ["周小样"]
    assert [one.name for one in overview(home, OTHER).claimable] == ["郑小例"]
    assert home.claim(OURS.record_id)
    assert home.claim(corrected.record_id, home.citizen(OTHER))


def test_d13_a_number_that_contradicts_the_birth_date_matches_nobody_and_has_its_own_words() -> None:
    theirs = an_archive(
        "2", born=date(2023, 2, 2), number=NUMBER, name="郑小例", guardians=(guardian(OTHER_NO),)
    )
    home = Household(OURS, theirs)
    assert [one.name for one in overview(home).claimable] == ["周小样"]
    assert told(home, OTHER) == [("number_contradicts_birth", "郑小例")]
    with pytest.raises(NotEligible) as refused:
        home.claim(theirs.record_id, home.citizen(OTHER))
    assert refused.value.extra["reason"] == "number_contradicts_birth"
    home.claim(OURS.record_id)
    assert "郑" not in everything(overview(home))


@pytest.mark.parametrize("mother_first", [True, False])
def test_d13_a_mothers_number_on_her_child_keeps_nobody_from_her_own(*, mother_first: bool) -> None:
    hers = an_adult(MOTHER_NO, doses=(dose(date(2025, 10, 25), dose_id="hers"),))
    child = an_archive("1", born=BORN, number=MOTHER_NO)
    home = Household(*((hers, child) if mother_first else (child, hers)))
    found = overview(home, MOTHER)
    assert [one.name for one in found.claimable] == [NAMES[MOTHER]]
    assert told(home, MOTHER) == [("number_contradicts_birth", "周小样")]
    assert told(home, FATHER) == [("number_contradicts_birth", "周小样")]
    assert home.claim(hers.record_id, home.citizen(MOTHER), purposes=PURPOSES[:2])
    assert NAMES[MOTHER] not in everything(overview(home, FATHER))


def test_d13_a_certificate_that_kept_no_name_shows_none_while_nobody_can_say_whose_it_is() -> None:
    """As those did that were claimed while a number alone made archives one person."""
    home = Household(OURS)
    certificate_id = home.claim(OURS.record_id)
    before = replace(home.certificates.stored[certificate_id], name_key=None, name=None)
    held = before.moved_to(suspended(StatusReason.IDENTITY_CONFLICT), home.clock())
    home.certificates.stored[certificate_id] = held
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).name == ""
    assert [(notice.code, notice.name) for notice in overview(home).notices] == [
        ("suspended_identity_conflict", None)
    ]


def test_d13_who_holds_the_number_is_told_where_the_name_agrees_and_only_there() -> None:
    mistyped = an_adult(FATHER_NO, born=date(1991, 5, 4))
    home = Household(mistyped)
    assert told(home, FATHER) == [("number_contradicts_birth", NAMES[FATHER])]
    assert told(home, FATHER, "赵别人") == [("nobody_linked", None)]
    with pytest.raises(NotEligible) as refused:
        home.claim(mistyped.record_id)
    assert refused.value.extra["reason"] == "number_contradicts_birth"
    with pytest.raises(NotFound):
        home.claim(mistyped.record_id, home.citizen(name="赵别人"))


def test_d13_a_strangers_row_with_an_adults_number_reaches_neither_the_list_nor_the_certificate() -> None:
    mine = an_adult(FATHER_NO, doses=(dose(date(2025, 10, 25), dose_id="mine"),))
    strangers = an_adult(FATHER_NO, "s", name="赵别人", doses=(dose(date(2025, 11, 1), dose_id="strangers"),))
    home = Household(mine)
    certificate_id = home.claim(mine.record_id, purposes=PURPOSES[:2])
    home.register.store(strangers)
    assert told(home, FATHER) == []
    page = home.records.records(home.citizen(), certificate_id, home.clock(), "zh", cursor=None, limit=50)
    assert [one.dose_id for one in page.doses] == ["mine"]
    unclaimed = Household(mine, strangers)
    assert overview(unclaimed).claimable == ()
    assert told(unclaimed, FATHER) == [("identity_conflict", NAMES[FATHER])]
    assert "赵" not in everything(overview(unclaimed))


def test_d13_twins_under_one_number_are_two_notices_for_their_parents() -> None:
    one, other = an_archive("1", born=BORN), an_archive("2", born=BORN, name="周小二")
    home = Household(one, other)
    assert sorted(told(home, FATHER), key=str) == [
        ("identity_conflict", "周小二"),
        ("identity_conflict", "周小样"),
    ]
    records = {notice.record_id for notice in overview(home).notices}
    assert records == {record_id_of(one.key), record_id_of(other.key)}


def test_d13_r35_whoever_asks_for_one_of_them_is_sent_to_the_clinic_of_that_one() -> None:
    clinics = {record_id_of(an_archive(number).key): f"示范门诊{number}" for number in "12"}
    one, other = an_archive("1", born=BORN), an_archive("2", born=BORN, name="周小二")
    named = [
        replace(archive, clinic=replace(archive.clinic, name=clinics[record_id_of(archive.key)]))
        for archive in (one, other)
    ]
    home = Household(*named)
    for record_id, clinic in clinics.items():
        with pytest.raises(NotEligible) as refused:
            home.claim(record_id)
        assert [name for name in clinics.values() if name in str(refused.value.extra)] == [clinic]


@pytest.mark.parametrize("who", [FATHER, MOTHER])
def test_d13_of_twins_under_one_number_the_second_waits_though_the_first_was_claimed(who: str) -> None:
    one, other = an_archive("1", born=BORN), an_archive("2", born=BORN, name="周小二")
    home = Household(one)
    home.claim(one.record_id)
    home.register.store(other)
    with pytest.raises(NotEligible) as refused:
        home.claim(record_id_of(other.key), home.citizen(who))
    assert refused.value.extra["reason"] == "identity_conflict"


@pytest.mark.parametrize(
    "more",
    [
        {"system": System.RABIES, "guardians": ()},
        {"system": System.OBSTETRICS},
    ],
    ids=["rabies", "obstetrics"],
)
def test_d13_rabies_and_obstetrics_hold_no_family_apart(more: dict[str, Any]) -> None:
    home = Household(OURS, an_archive("9", born=BORN, name="郑小例", **more))
    assert [one.name for one in overview(home).claimable] == ["周小样"]


def test_d16_who_is_no_guardian_any_more_reads_the_masked_name_of_that_day() -> None:
    home = Household(OURS)
    certificate_id = home.claim(OURS.record_id)
    home.register.store(_given_away(OURS))
    (certificate,) = overview(home).claimed
    assert (certificate.name, certificate.id_no) == ("周**", None)
    assert home.listing.get(home.citizen(), certificate_id, home.clock()).name == "周**"
    assert "吴新名" not in everything(overview(home))
    # Also before the night has come to the certificate.
    with pytest.raises(CertificateSuspended):
        home.records.records(home.citizen(), certificate_id, home.clock(), "zh", cursor=None, limit=50)


def _given_away(archive: Archive) -> Archive:
    return an_archive("1", born=archive.birth_date, name="吴新名", guardians=(guardian(OTHER_NO),), version=2)


def test_d13_the_parents_of_one_child_are_told_of_their_child_alone() -> None:
    home = Household(OURS, THEIRS, an_archive("3", born=date(2021, 6, 1), name="周小三", guardians=PARENTS))
    assert [one.name for one in overview(home).claimable] == ["周小三"]
    assert told(home, FATHER) == [("identity_conflict", "周小样")]
