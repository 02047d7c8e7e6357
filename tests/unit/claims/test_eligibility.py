"""Who may claim, and if not, why (R6–R10, R36, R39–R43, D1, D3, D4, D6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.household import RULES
from tests.fakes.people import (
    FATHER,
    FATHER_NO,
    GRANDMOTHER,
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
from vaxcert.claims.eligibility import (
    Eligible,
    Ineligible,
    Refusal,
    chief_of,
    eligibility_of,
    naming,
)
from vaxcert.claims.model import Kind, comes_of_age_on
from vaxcert.programme.vaccines import vaccine_named

TODAY = date(2026, 7, 1)
DAY = timedelta(days=1)


def reason(*archives: Archive, asker: str = FATHER, today: date = TODAY) -> Refusal | None:
    answer = eligibility_of(archives, asker, today, RULES)
    return None if answer else answer.reason


def test_r10_a_registered_guardian_may_claim_for_a_child() -> None:
    answer = eligibility_of([an_archive()], MOTHER, TODAY, RULES)
    assert isinstance(answer, Eligible)
    assert (answer.kind, answer.relation) == (Kind.CHILD, "mother")


def test_r7_an_adult_may_claim_for_themselves() -> None:
    """Whatever stands where a child's guardians would."""
    for guardians in ((), (guardian(FATHER_NO, "father"),)):
        answer = eligibility_of([an_adult(guardians=guardians)], FATHER, TODAY, RULES)
        assert isinstance(answer, Eligible)
        assert (answer.kind, answer.relation) == (Kind.ADULT, "self")


def test_a_refusal_is_falsy_and_names_the_archive_that_speaks() -> None:
    archive = an_archive(status=ArchiveStatus.DECEASED)
    assert eligibility_of([archive], FATHER, TODAY, RULES) == Ineligible(
        Refusal.DECEASED, Kind.CHILD, archive
    )


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (RULES.child_born_from - DAY, Refusal.BETWEEN_GROUPS),
        (RULES.child_born_from, None),
        (RULES.child_born_from + DAY, None),
    ],
)
def test_r6_d1_d3_the_first_birth_date_is_inclusive(born: date, expected: Refusal | None) -> None:
    assert reason(an_archive(born=born)) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (RULES.adult_dose_from - DAY, Refusal.NO_RECENT_DOSE),
        (RULES.adult_dose_from, None),
        (RULES.adult_dose_from + DAY, None),
    ],
)
def test_r7_d1_the_first_dose_date_is_inclusive(day: date, expected: Refusal | None) -> None:
    assert reason(an_adult(doses=(dose(day),))) is expected


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_r7_d3_d6_kind_changes_on_the_eighteenth_birthday(days: int) -> None:
    birthday = TODAY - days * DAY
    born = birthday.replace(year=birthday.year - 18)
    archive = an_archive(born=born, doses=(dose(date(2024, 10, 20)),))
    own, parent = reason(archive, asker=subject(id_no(born))), reason(archive)
    if days < 0:
        assert (own, parent) == (Refusal.BETWEEN_GROUPS, Refusal.BETWEEN_GROUPS)
    else:
        assert (own, parent) == (None, Refusal.ADULT_CLAIMS_OWN)


def test_d6_who_was_born_on_29_february_comes_of_age_on_the_28th() -> None:
    """Civil Code, art. 202: the month's last day stands in for the missing one."""
    assert comes_of_age_on(date(2008, 2, 29), 18) == date(2026, 2, 28)
    assert comes_of_age_on(date(2004, 2, 29), 20) == date(2024, 2, 29)


@given(
    born=st.dates(date(1930, 1, 1), date(2026, 6, 30)),
    today=st.dates(date(2024, 8, 10), date(2060, 12, 31)),
)
def test_r6_r7_d3_groups_follow_the_birth_date_alone(born: date, today: date) -> None:
    """Every person with a good archive is a child, an adult, or neither, and never two of them."""
    archive = an_archive(born=born, doses=(dose(date(2021, 1, 1)),))
    as_self, as_parent = (
        reason(archive, asker=subject(id_no(born)), today=today),
        reason(archive, today=today),
    )
    if today >= comes_of_age_on(born, 18):
        assert (as_self, as_parent) == (None, Refusal.ADULT_CLAIMS_OWN)
    elif born >= RULES.child_born_from:
        assert (as_self, as_parent) == (Refusal.GUARDIAN_MUST_CLAIM, None)
    else:
        assert (as_self, as_parent) == (Refusal.BETWEEN_GROUPS, Refusal.BETWEEN_GROUPS)


@given(offset=st.integers(-40, 40), cut_off=st.dates(date(2000, 1, 1), date(2026, 1, 1)))
def test_d1_cut_offs_are_inclusive_whatever_they_are_set_to(offset: int, cut_off: date) -> None:
    rules = replace(RULES, child_born_from=cut_off, adult_dose_from=cut_off)
    day = cut_off + offset * DAY
    adult = eligibility_of([an_adult(doses=(dose(day),))], FATHER, TODAY, rules)
    assert bool(adult) is (offset >= 0)
    if comes_of_age_on(day, 18) > TODAY:
        assert bool(eligibility_of([an_archive(born=day)], FATHER, TODAY, rules)) is (offset >= 0)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"city": "320500"}, Refusal.CITY_NOT_PILOT),
        ({"city": "320200"}, None),
        ({"status": ArchiveStatus.TRANSFERRED_OUT}, Refusal.OUT_OF_CARE),
        ({"status": ArchiveStatus.DECEASED}, Refusal.DECEASED),
        ({"status": ArchiveStatus.VOID}, Refusal.ARCHIVE_VOID),
        ({"status": ArchiveStatus.MERGED}, Refusal.ARCHIVE_VOID),
        ({"system": System.OBSTETRICS}, Refusal.WITH_OBSTETRICS),
        ({"system": System.RABIES}, Refusal.NOT_REGISTERED),
        ({"system": System.ADULT}, None),
        ({"number": None, "fault": "missing"}, Refusal.NUMBER_MISSING),
        ({"number": None, "fault": "malformed"}, Refusal.NUMBER_MALFORMED),
        ({"guardians": ()}, Refusal.GUARDIAN_NUMBER_MISSING),
        ({"guardians": (guardian(None, fault="missing"),)}, Refusal.GUARDIAN_NUMBER_MISSING),
        ({"guardians": (guardian(None, fault="malformed"),)}, Refusal.GUARDIAN_NUMBER_MALFORMED),
        ({"guardians": (guardian(MOTHER_NO, "mother"),)}, Refusal.GUARDIAN_NOT_REGISTERED),
        ({"guardians": (guardian(None), guardian(FATHER_NO))}, None),
    ],
)
def test_r36_every_cause_of_a_child_is_told_apart(changed: dict[str, Any], expected: Refusal | None) -> None:
    """R8, R9, R10, R39, R41, R43."""
    assert reason(an_archive(**changed)) is expected


def test_r36_a_person_of_whom_nothing_is_left_is_void() -> None:
    assert reason() is Refusal.ARCHIVE_VOID


@pytest.mark.parametrize("changed", [{"city": "320500"}, {"status": ArchiveStatus.TRANSFERRED_OUT}])
def test_r8_one_archive_in_care_in_a_pilot_city_is_enough(changed: dict[str, Any]) -> None:
    assert reason(an_archive("old", **changed), an_archive("new")) is None


def test_r41_r42_an_archive_with_a_child_clinic_ends_the_waiting() -> None:
    assert reason(an_archive("birth", system=System.OBSTETRICS), an_archive("clinic")) is None


def test_deceased_in_one_archive_is_deceased() -> None:
    assert reason(an_archive("old", status=ArchiveStatus.DECEASED), an_archive("new")) is Refusal.DECEASED


def test_r10_who_is_a_guardian_only_in_an_archive_out_of_care_is_none() -> None:
    old = an_archive("old", status=ArchiveStatus.TRANSFERRED_OUT)
    new = an_archive("new", guardians=(guardian(MOTHER_NO, "mother"),))
    assert reason(old, new) is Refusal.GUARDIAN_NOT_REGISTERED
    assert reason(old, new, asker=MOTHER) is None


def test_d4_other_relatives_are_authorised_not_claimants() -> None:
    assert reason(an_archive(), asker=GRANDMOTHER) is Refusal.GUARDIAN_NOT_REGISTERED


@pytest.mark.parametrize(
    ("code", "name"),
    [
        *((code, "某某疫苗") for code in vaccine_named("Rabies").codes),
        ("2801 ", "某某疫苗"),
        ("", "人用狂犬病疫苗"),
        ("9999", "人用狂犬病疫苗"),
    ],
)
def test_r7_r43_rabies_doses_never_count_whichever_system_holds_them(code: str, name: str) -> None:
    archive = an_adult(doses=(dose(date(2025, 7, 1), code=code, vaccine_name=name),))
    assert reason(archive) is Refusal.NO_RECENT_DOSE


def test_r43_doses_of_the_rabies_system_never_count() -> None:
    adult = an_adult(doses=())
    rabies = an_adult(archive_no="r1", system=System.RABIES)
    assert reason(adult, rabies) is Refusal.NO_RECENT_DOSE
    assert reason(rabies) is Refusal.NOT_REGISTERED


def test_r7_a_dose_in_the_child_archive_of_a_grown_person_counts() -> None:
    """Kind follows age, not the archive's system."""
    child, adult = (
        an_adult(archive_no="c1", system=System.CHILD, status=ArchiveStatus.TRANSFERRED_OUT),
        an_adult(doses=()),
    )
    assert reason(child, adult) is None


def test_d6_where_a_grown_person_is_in_care_is_not_told_to_the_parents() -> None:
    grown = an_archive(born=date(2000, 1, 1), status=ArchiveStatus.TRANSFERRED_OUT)
    assert reason(grown) is Refusal.ADULT_CLAIMS_OWN


def test_r9_a_grown_person_without_a_number_has_to_be_registered_first() -> None:
    assert reason(an_archive(born=date(2000, 1, 1), number=None)) is Refusal.NUMBER_MISSING


def test_the_archive_that_speaks_is_in_care_in_a_pilot_city_of_a_clinic_and_newest() -> None:
    newest = datetime(2026, 6, 30, tzinfo=UTC)
    best = an_archive("best", recorded_at=newest - DAY)
    others = [
        an_archive("older", recorded_at=newest - 2 * DAY),
        an_archive("gone", recorded_at=newest, status=ArchiveStatus.VOID),
        an_archive("birth", recorded_at=newest, system=System.OBSTETRICS),
        an_archive("away", recorded_at=newest, city="320500"),
    ]
    assert chief_of([*others, best], RULES) == best
    assert chief_of(others[1:3], RULES) == others[2]
    assert chief_of([], RULES) is None


OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def test_r7_doses_of_an_archive_that_is_gone_do_not_count() -> None:
    void = an_adult(archive_no="void", status=ArchiveStatus.VOID)
    assert reason(void, an_adult(doses=())) is Refusal.NO_RECENT_DOSE


def test_r10_of_two_archives_in_care_the_newest_tells_the_relation() -> None:
    older = an_archive("1", guardians=(guardian(FATHER_NO, "other_guardian"),), recorded_at=OLD)
    newer = an_archive("2", guardians=(guardian(FATHER_NO, "father"),), recorded_at=NEW)
    for archives in ([older, newer], [newer, older]):
        answer = eligibility_of(archives, FATHER, TODAY, RULES)
        assert isinstance(answer, Eligible)
        assert answer.relation == "father"


def test_r10_a_relation_that_is_none_of_the_twelve_is_a_guardians() -> None:
    answer = eligibility_of([an_archive(guardians=(guardian(FATHER_NO, "邻居"),))], FATHER, TODAY, RULES)
    assert isinstance(answer, Eligible)
    assert answer.relation == "other_guardian"


@pytest.mark.parametrize("system", [System.OBSTETRICS, System.RABIES])
def test_r10_r41_a_guardian_in_an_archive_that_does_not_count_is_none(system: System) -> None:
    other = an_archive("other", system=system)
    clinic = an_archive("clinic", guardians=(guardian(MOTHER_NO, "mother"),))
    assert reason(other, clinic) is Refusal.GUARDIAN_NOT_REGISTERED


def test_r10_numbers_in_an_archive_out_of_care_do_not_hide_that_they_are_missing() -> None:
    old = an_archive("old", status=ArchiveStatus.TRANSFERRED_OUT)
    assert reason(old, an_archive("new", guardians=(guardian(None),))) is Refusal.GUARDIAN_NUMBER_MISSING


def test_r9_a_number_in_an_archive_out_of_care_is_not_that_of_the_archive_in_care() -> None:
    old = an_archive("old", status=ArchiveStatus.TRANSFERRED_OUT)
    assert reason(old, an_archive("new", number=None, fault="malformed")) is Refusal.NUMBER_MALFORMED
    grown = an_archive("old", born=date(2000, 1, 1))
    without = an_archive("new", born=date(2000, 1, 1), number=None)
    assert reason(grown, without, asker=MOTHER) is Refusal.ADULT_CLAIMS_OWN


def test_r41_a_newborn_who_had_a_rabies_dose_is_still_with_obstetrics() -> None:
    birth, rabies = an_archive("b", system=System.OBSTETRICS), an_archive("r", system=System.RABIES)
    assert reason(birth, rabies) is Refusal.WITH_OBSTETRICS


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2038, 2, 27), Refusal.GUARDIAN_MUST_CLAIM), (date(2038, 2, 28), None)],
)
def test_d6_who_was_born_on_29_february_claims_their_own_from_the_28th(
    today: date, expected: Refusal | None
) -> None:
    archive = an_archive(born=date(2020, 2, 29), doses=(dose(date(2024, 10, 20)),))
    assert reason(archive, asker=subject(id_no(date(2020, 2, 29))), today=today) is expected


def test_only_archives_that_name_the_asker_speak_to_them() -> None:
    """D4: a parent who was taken out of the archive is not told where the child is in care now."""
    old = an_archive("old", status=ArchiveStatus.TRANSFERRED_OUT)
    new = an_archive("new", guardians=(guardian(MOTHER_NO, "mother"),))
    assert naming([old, new], FATHER, RULES) == old
    assert naming([old, new], MOTHER, RULES) == new
    assert naming([old, new], subject(id_no(date(2020, 5, 1))), RULES) == new
    assert naming([old, new], GRANDMOTHER, RULES) is None
