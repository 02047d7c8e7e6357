"""The demo's doses follow the programme's 2026 edition, and the DTaP plan of their time."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo.schedule import Given, add_months, programme

UNTIL = date(2026, 8, 18)
SLACK = timedelta(days=8)
LIVE = {"麻腮风疫苗", "乙脑减毒活疫苗", "甲肝减毒活疫苗", "卡介苗"}


def doses(born: date, sex: str = "male", until: date = UNTIL) -> list[Given]:
    return programme(born, "female" if sex == "female" else "male", until, random.Random(born.toordinal()))


def months_of(given_doses: list[Given], vaccine: str, born: date) -> list[int]:
    """The age in whole months at each dose."""
    days = [dose.on for dose in given_doses if dose.vaccine.name == vaccine]
    return [max(month for month in range(200) if add_months(born, month) <= day) for day in days]


@pytest.mark.parametrize(
    ("vaccine", "ages"),
    [
        ("乙肝疫苗", [0, 1, 6]),
        ("卡介苗", [0]),
        ("脊灰灭活疫苗", [2, 3]),
        ("脊灰减毒活疫苗", [4, 48]),
        ("百白破疫苗", [3, 4, 5, 18]),
        ("白破疫苗", [72]),
        ("麻腮风疫苗", [8, 18]),
        ("乙脑减毒活疫苗", [8, 24]),
        ("A群流脑多糖疫苗", [6, 9]),
        ("A群C群流脑多糖疫苗", [36, 72]),
        ("甲肝减毒活疫苗", [18]),
    ],
)
def test_a_child_of_the_plan_before_2025(vaccine: str, ages: list[int]) -> None:
    born = date(2017, 5, 10)
    assert months_of(doses(born), vaccine, born) == ages


def test_a_child_of_the_plan_since_2025() -> None:
    born = date(2025, 1, 20)
    assert months_of(doses(born), "百白破疫苗", born) == [2, 4, 6, 18]


def test_six_years_since_2025_is_dtap_and_not_dt() -> None:
    born = date(2019, 3, 3)
    given_doses = doses(born)
    assert months_of(given_doses, "百白破疫苗", born) == [3, 4, 5, 18, 72]
    assert months_of(given_doses, "白破疫苗", born) == []


def test_a_child_between_the_plans_starts_with_the_new_one_on_its_first_day() -> None:
    born = date(2024, 10, 15)
    first = next(dose for dose in doses(born) if dose.vaccine.name == "百白破疫苗")
    assert date(2025, 1, 1) <= first.on <= date(2025, 1, 1) + SLACK


def test_girls_of_13_have_hpv_since_2025_11_10() -> None:
    first = next(dose for dose in doses(date(2012, 9, 1), "female") if "乳头瘤" in dose.vaccine.name)
    assert first.on >= date(2025, 11, 10)
    assert not [dose for dose in doses(date(2012, 9, 1), "male") if "乳头瘤" in dose.vaccine.name]
    assert not [dose for dose in doses(date(2011, 11, 9), "female") if "乳头瘤" in dose.vaccine.name]


@given(st.dates(date(2008, 1, 1), UNTIL), st.sampled_from(["male", "female"]))
def test_whoever_was_born_whenever(born: date, sex: str) -> None:
    given_doses = doses(born, sex)
    days: dict[str, list[date]] = {}
    for dose in given_doses:
        assert born <= dose.on <= UNTIL
        days.setdefault(dose.vaccine.name, []).append(dose.on)
    for name, on in days.items():
        assert on == sorted(on)
        assert all(later - earlier >= timedelta(days=28) for earlier, later in pairwise(on)), name
    live = sorted({dose.on for dose in given_doses if dose.vaccine.name in LIVE})
    assert all(later - earlier >= timedelta(days=28) for earlier, later in pairwise(live))
    upper = {("乙肝疫苗", 3): 12, ("脊灰减毒活疫苗", 3): 12, ("百白破疫苗", 3): 12, ("百白破疫苗", 4): 24}
    for dose in given_doses:
        limit = upper.get((dose.vaccine.name, dose.dose_no))
        assert limit is None or dose.on < add_months(born, limit)


@given(st.dates(date(2016, 1, 1), UNTIL), st.dates(date(2020, 1, 1), UNTIL))
def test_what_was_given_does_not_change_later(born: date, until: date) -> None:
    early = doses(born, until=until)
    assert early == [dose for dose in doses(born) if dose.on <= until]
