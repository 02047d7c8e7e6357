"""What a report may say, its states, and when the entry it is about has changed (R34, R37)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.people import MOTHER_NO, an_archive, dose, guardian
from vaxcert.archives.model import Archive, ArchiveStatus, System
from vaxcert.reports.model import (
    STATUS_TITLES,
    Kind,
    Status,
    case_number,
    dose_of,
    entry_digest,
    text_fault,
)

DAY = date(2026, 7, 1)
FIRST, SECOND = dose(date(2020, 5, 2), dose_id="D1"), dose(date(2020, 6, 2), dose_id="D2")
CHILD = an_archive(doses=(FIRST, SECOND))


def digest(kind: Kind, archive: Archive, dose_id: str | None = None) -> str | None:
    return entry_digest(kind, dose_id, [archive], DAY)


@pytest.mark.parametrize("kind", [Kind.WRONG_DOSE, Kind.MISSING_DOSE, Kind.EXTRA_DOSE])
def test_the_list_of_codes_corrects_nothing(kind: Kind) -> None:
    """A digest is of what the feed states: a list that learns a code changes none, the feed that does changes it."""
    bcg = replace(FIRST, vaccine_code="", vaccine_name="卡介苗")
    before, after = (replace(CHILD, doses=(replace(bcg, vaccine_code=code),)) for code in ("", "BCG"))
    assert digest(kind, before) != digest(kind, after)


def test_states_lead_on_and_never_back() -> None:
    allowed = {(a, b) for a, b in product(Status, Status) if a.can_transition_to(b)}
    assert allowed == {
        (Status.RECEIVED, Status.FORWARDED),
        (Status.RECEIVED, Status.CORRECTED),
        (Status.RECEIVED, Status.CLOSED),
        (Status.FORWARDED, Status.CORRECTED),
        (Status.FORWARDED, Status.CLOSED),
    }
    assert {status for status in Status if status.open} == {Status.RECEIVED, Status.FORWARDED}


def test_d12_every_state_has_words_in_both_languages() -> None:
    assert set(STATUS_TITLES) == set(Status)
    assert STATUS_TITLES[Status.CORRECTED] == ("已更正", "Corrected")
    assert all(not chinese.isascii() and english.isascii() for chinese, english in STATUS_TITLES.values())


@given(st.binary(min_size=4, max_size=4))
def test_a_case_number_can_be_told_on_the_telephone(random: bytes) -> None:
    assert re.fullmatch(r"20260701-[0-9A-HJKMNP-TV-Z]{6}", case_number(DAY, random))


@pytest.mark.parametrize(
    "text", ["批号错了", "a\nb", "a\r\nb", "a\tb", "=1+1", "👨‍👩‍👧", "ملاحظة", "x" * 1000, "\u3000x"]
)
def test_a_text_is_kept_as_typed(text: str) -> None:
    assert text_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "required"),
        (" \n\t\u3000", "required"),
        ("x" * 1001, "too_long"),
        ("a\x00b", "control_character"),
        ("a\x1b[31mb", "control_character"),
        ("a\x7fb", "control_character"),
        ("a\x85b", "control_character"),
        ("a\u202eb", "control_character"),
        ("a\u2066b", "control_character"),
        ("a\ud800b", "control_character"),
        ("a\uffffb", "control_character"),
        ("a\U0001fffeb", "control_character"),
        ("a\ufdd0b", "control_character"),
        ("\u200b\ufeff", "required"),
    ],
)
def test_control_characters_are_refused(text: str, fault: str) -> None:
    assert text_fault(text) == fault


@given(st.text())
def test_a_text_that_is_taken_can_be_written(text: str) -> None:
    if text_fault(text) is None:
        assert text.encode().decode() == text


def test_r43_a_hidden_rabies_dose_is_none_that_can_be_named() -> None:
    rabies = an_archive("9", system=System.RABIES, doses=(dose(DAY, code="2801", dose_id="R1"),))
    assert dose_of([CHILD, rabies], "R1", rabies=False) is None
    assert dose_of([CHILD, rabies], "R1", rabies=True) is not None
    assert dose_of([CHILD], "D2", rabies=False) == SECOND


def changed(**fields: object) -> Archive:
    return replace(CHILD, version=2, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Kind.WRONG_DOSE, Kind.OTHER, Kind.MISSING_DOSE])
def test_r38_a_named_dose_is_followed_alone(kind: Kind) -> None:
    before = digest(kind, CHILD, "D1")
    assert before == digest(kind, changed(doses=(FIRST,)), "D1")
    assert before == digest(kind, changed(doses=(SECOND, FIRST)), "D1")
    assert before != digest(kind, changed(doses=(replace(FIRST, batch="B2"), SECOND)), "D1")
    assert before != digest(kind, changed(doses=(SECOND,)), "D1")


@pytest.mark.parametrize("kind", [Kind.WRONG_DOSE, Kind.EXTRA_DOSE, Kind.MISSING_DOSE])
def test_r33_a_backfilled_dose_is_an_answer_and_a_new_one_is_none(kind: Kind) -> None:
    before = digest(kind, CHILD)
    assert before != digest(kind, changed(doses=(FIRST, dose(date(2020, 5, 20), dose_id="D3"), SECOND)))
    assert before == digest(kind, changed(doses=(FIRST, SECOND, dose(DAY, dose_id="D4"))))


@pytest.mark.parametrize(
    ("kind", "dose_id"), [(Kind.MISSING_DOSE, None), (Kind.EXTRA_DOSE, None), (Kind.EXTRA_DOSE, "D1")]
)
def test_r38_a_missing_or_extra_dose_is_not_answered_by_a_batch_but_by_the_dose(
    kind: Kind, dose_id: str | None
) -> None:
    """Whoever wrote that one is missing is not told "corrected" because the batch of another was."""
    before = digest(kind, CHILD, dose_id)
    assert before == digest(kind, changed(doses=(replace(FIRST, batch="B2", site="oral"), SECOND)), dose_id)
    for answer in (
        (SECOND,),
        (replace(FIRST, vaccine_code="0401"), SECOND),
        (replace(FIRST, date=date(2020, 5, 3)), SECOND),
    ):
        assert before != digest(kind, changed(doses=answer), dose_id)


def test_a_wrong_person_is_answered_by_person_or_guardians_and_not_by_doses() -> None:
    before = digest(Kind.WRONG_PERSON, CHILD)
    assert before == digest(Kind.WRONG_PERSON, changed(doses=()))
    assert before != digest(Kind.WRONG_PERSON, changed(birth_date=date(2020, 5, 2)))
    assert before != digest(Kind.WRONG_PERSON, changed(name_key="n1:other"))
    assert before != digest(Kind.WRONG_PERSON, changed(guardians=(guardian(MOTHER_NO, "mother"),)))


def test_r38_a_wrong_person_is_not_answered_by_an_archive_more_or_less_that_says_the_same() -> None:
    """A duplicate (重卡) is merged, obstetrics' archive is given up: the name is as wrong as it was."""
    twice = replace(CHILD, key="a1:twice", clinic=replace(CHILD.clinic, name="另一家门诊"))
    born = replace(CHILD, key="a1:born", system=System.OBSTETRICS, name_key="n1:newborn", guardians=())
    gone = replace(twice, status=ArchiveStatus.MERGED)
    told = {
        entry_digest(Kind.WRONG_PERSON, None, archives, DAY)
        for archives in ([CHILD], [twice], [CHILD, twice], [CHILD, gone], [CHILD, born])
    }
    assert len(told) == 1
    assert entry_digest(Kind.WRONG_PERSON, None, [replace(twice, name_key="n1:right")], DAY) not in told


def test_anything_else_is_closed_by_people_alone() -> None:
    assert digest(Kind.OTHER, CHILD) is None


def test_an_archive_that_is_void_answers() -> None:
    assert digest(Kind.WRONG_DOSE, CHILD, "D1") != digest(
        Kind.WRONG_DOSE, changed(status=ArchiveStatus.VOID), "D1"
    )
