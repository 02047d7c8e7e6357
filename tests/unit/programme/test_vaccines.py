"""The table of vaccines (D12): whole, unambiguous, nothing invented."""

from __future__ import annotations

import re

import pytest

from local.demo import schedule
from vaxcert.programme.vaccines import CLINICS, PROGRAMME, VACCINES, place_among, vaccine_of


def test_every_vaccine_has_both_names_and_a_source() -> None:
    for vaccine in VACCINES:
        assert re.search(r"[\u4e00-\u9fff]", vaccine.chinese)
        assert vaccine.english.isascii()
        assert vaccine.english
        assert vaccine.source in {PROGRAMME, CLINICS}


def test_no_code_and_no_name_stands_for_two_vaccines() -> None:
    codes = [code for vaccine in VACCINES for code in vaccine.codes]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[0-9]{4}", code) for code in codes)
    assert len({vaccine.chinese for vaccine in VACCINES}) == len(VACCINES)
    assert len({vaccine.english for vaccine in VACCINES}) == len(VACCINES)


def test_a_gap_stays_empty() -> None:
    """No public source gives a national code for these, nor a CVX for the live JE vaccine."""
    assert {vaccine.chinese for vaccine in VACCINES if not vaccine.codes} == {
        "卡介苗",
        "脊灰减毒活疫苗",
        "A群流脑多糖疫苗",
        "双价人乳头瘤病毒疫苗",
    }
    assert [vaccine.cvx for vaccine in VACCINES if "1801" in vaccine.codes] == [None]
    assert all(vaccine.cvx is None for vaccine in VACCINES if vaccine.source == CLINICS)


@pytest.mark.parametrize(
    ("code", "name", "english", "cvx"),
    [
        ("0203", "重组乙肝疫苗", "Hepatitis B vaccine", "08"),
        ("", "卡介苗", "BCG vaccine", "19"),
        ("", " 卡介苗 ", "BCG vaccine", "19"),
        ("4402", "", "Rabies vaccine", "18"),
        ("1201", "麻腮风疫苗", "Measles, mumps and rubella vaccine (MMR)", "03"),
    ],
)
def test_d12_a_vaccine_is_found_by_code_else_by_its_whole_name(
    code: str, name: str, english: str, cvx: str
) -> None:
    found = vaccine_of(code, name)
    assert found is not None
    assert (found.english, found.cvx) == (english, cvx)


@pytest.mark.parametrize(("code", "name"), [("9999", "新疫苗"), ("", ""), ("020", "卡介")])
def test_a_vaccine_that_is_not_listed_is_not_guessed(code: str, name: str) -> None:
    assert vaccine_of(code, name) is None


def test_the_programmes_vaccines_sort_first_and_strangers_last() -> None:
    assert (
        place_among("0201", "")
        < place_among("", "卡介苗")
        < place_among("5402", "")
        < place_among("0001", "新")
    )


def test_every_vaccine_of_the_demo_has_its_english_name() -> None:
    demo = [value for value in vars(schedule).values() if isinstance(value, schedule.Vaccine)]
    assert len(demo) > 10
    assert [one.name for one in demo if vaccine_of(one.code, one.name) is None] == []
