"""One list of vaccine codes: what is due, the doses shown and what stations report all stand in it (R2, R28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.people import an_archive, dose
from tests.unit.programme.test_due_properties import History, histories
from vaxcert.archives.model import Dose, System
from vaxcert.programme.due import plan
from vaxcert.programme.shown import shown_doses, stated_doses
from vaxcert.programme.vaccines import LISTED, VACCINES, code_of, vaccine_of

DAY = date(2020, 5, 2)
blanks = st.text(" \t\u3000\u00a0", max_size=3)
stated = st.builds(
    lambda before, code, after: before + code + after,
    blanks,
    st.sampled_from([*LISTED, *(one.key for one in VACCINES), "", "9999"]) | st.text(max_size=8),
    blanks,
)
names = st.sampled_from([one.chinese for one in VACCINES]) | st.text(max_size=8)


def test_the_list_has_each_national_code_and_the_abbreviation_of_a_vaccine_without_one() -> None:
    assert list(LISTED) == [code for one in VACCINES for code in (one.codes or (one.key,))]
    assert (LISTED["0202"].key, LISTED["BCG"].key) == ("HepB", "BCG")
    assert "HepB" not in LISTED


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("0203", "乙肝疫苗", "0203"),
        ("0201 ", "乙肝疫苗", "0201"),
        ("\u30000201\t", "", "0201"),
        ("", "卡介苗", "BCG"),
        ("  ", " 卡 介苗", "BCG"),
        ("9999", "麻腮风疫苗", "1201"),
        ("", "乙肝疫苗", "0201"),
        ("HepB", "", "0201"),
        ("0201", "卡介苗", "0201"),
        (" 9999 ", "新疫苗", "9999"),
        ("", "新疫苗", ""),
    ],
)
def test_a_code_that_is_missing_or_unknown_is_matched_by_name(code: str, name: str, expected: str) -> None:
    assert code_of(code, name) == expected


@given(stated, names)
def test_whatever_the_feed_states_a_known_vaccine_is_shown_by_a_code_of_the_list(
    code: str, name: str
) -> None:
    shown, known = code_of(code, name), vaccine_of(code, name)
    assert shown == shown.strip()
    assert (shown in LISTED) is (known is not None)
    assert known is None or LISTED[shown] == known
    # Shown again it is the same: the rule may be asked twice.
    assert (code_of(shown, name), vaccine_of(shown, name)) == (shown, known)


@given(st.lists(st.tuples(stated, names), max_size=5))
def test_doses_are_shown_by_the_list_and_stored_as_they_were(given_: list[tuple[str, str]]) -> None:
    doses = tuple(
        dose(DAY, dose_id=f"D{place}", code=code, vaccine_name=name)
        for place, (code, name) in enumerate(given_)
    )
    archive = an_archive(doses=doses)
    shown = {one.dose_id: one for one in shown_doses([archive], rabies=False)}
    for one in archive.doses:
        assert shown[one.dose_id] == replace(one, vaccine_code=code_of(one.vaccine_code, one.vaccine_name))
    assert archive.doses == doses
    assert set(stated_doses([archive], rabies=False)) == set(doses)


@pytest.mark.parametrize("code", list(LISTED))
def test_every_code_of_the_list_is_shown_as_it_is(code: str) -> None:
    (shown,) = shown_doses([an_archive(doses=(dose(DAY, code=code, vaccine_name="某某疫苗"),))], rabies=False)
    assert shown.vaccine_code == code


def test_a_dose_that_two_archives_code_apart_is_shown_once() -> None:
    told = dose(DAY, code="0201", vaccine_name="乙肝疫苗")
    others = [replace(told, vaccine_code=code) for code in ("", "0201 ", "HepB")]
    archives = [an_archive(doses=(told,))] + [
        an_archive(str(place), system=System.ADULT, doses=(other,)) for place, other in enumerate(others)
    ]
    assert [one.vaccine_code for one in shown_doses(archives, rabies=False)] == ["0201"]


@given(histories())
def test_what_is_due_and_next_stands_in_the_list(history: History) -> None:
    born, sex, doses, today = history
    found = plan(born, sex, doses, today)
    for turn in (*found.due, *found.next):
        assert LISTED[turn.vaccine.code] == turn.vaccine


@given(histories(), blanks)
def test_a_padded_code_counts_like_a_bare_one(history: History, padding: str) -> None:
    born, sex, doses, today = history

    def padded(one: Dose) -> Dose:
        return replace(one, vaccine_code=one.vaccine_code + padding)

    assert plan(born, sex, map(padded, doses), today) == plan(born, sex, doses, today)
