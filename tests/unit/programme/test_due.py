"""What is due (R28): typical children, calculated by hand from the programme's table (docs/programme.md)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.programme.a_child import BOY, GIRL, a_dose, doses_of, due, following, odd, planned
from vaxcert.archives.model import Dose
from vaxcert.programme.courses import Hint
from vaxcert.programme.due import Plan, plan

AT_BIRTH = ("HepB 2026-05-23 2026-06-23", "BCG 2026-05-23")
TO_FOUR_YEARS = (
    "HepB 2020-05-01 2020-06-01 2020-11-01",
    "BCG 2020-05-01",
    "IPV 2020-07-01 2020-08-01",
    "bOPV 2020-09-01 2024-05-01",
    "DTaP 2020-08-01 2020-09-01 2020-10-01 2021-11-01",
    "MMR 2021-01-01 2021-11-01",
    "JE-L 2021-01-01 2022-05-01",
    "MPSV-A 2020-11-01 2021-02-01",
    "MPSV-AC 2023-05-01",
    "HepA-L 2021-11-01",
)
SIX_MORE = ("DTaP 2026-05-01", "MPSV-AC 2026-05-01")


def test_a_newborn_has_two_due_and_the_next_at_one_month() -> None:
    found = planned("2026-11-23", "2026-11-23")
    assert due(found) == {"HepB 1": "2026-11-23", "BCG 1": "2026-11-23"}
    assert following(found) == {"HepB 2": "2026-12-23"}
    assert [turn.hints for turn in found.due] == [(), ()]


def test_three_months_behind_catches_up_with_the_shortest_intervals() -> None:
    """IPV and DTaP began at two months; then nobody came until five months."""
    doses = doses_of(*AT_BIRTH, "IPV 2026-07-23", "DTaP 2026-07-23")
    found = planned("2026-05-23", "2026-10-23", doses)
    assert due(found) == {"IPV 2": "2026-08-23", "DTaP 2": "2026-09-23"}
    assert following(found) == {"bOPV 3": "2026-11-20"}, "28 days after today"


def test_a_late_start_follows_intervals_and_not_ages() -> None:
    """HepB 60 days after the second, and DTaP three 28 days after the second, where ages are past."""
    doses = doses_of("HepB 2026-01-10 2026-09-10", "DTaP 2026-09-10 2026-10-20")
    found = planned("2026-01-10", "2026-11-23", doses)
    assert due(found)["HepB 3"] == "2026-11-09"
    assert due(found)["DTaP 3"] == "2026-11-17"


def test_at_six_years_the_fifth_dtap_and_the_second_ac() -> None:
    found = planned("2020-05-01", "2026-05-01", doses_of(*TO_FOUR_YEARS))
    assert due(found) == {"DTaP 5": "2026-05-01", "MPSV-AC 2": "2026-05-01"}
    assert found.next == ()
    assert odd(found) == {}
    by_the_day = {turn.vaccine.key: (turn.until, turn.before) for turn in found.due}
    assert by_the_day["DTaP"] == (date(2027, 4, 30), date(2027, 5, 1))
    assert planned("2020-05-01", "2026-04-30", doses_of(*TO_FOUR_YEARS)).due == (), "not a day earlier"


def test_one_who_has_everything_needs_nothing_until_thirteen() -> None:
    doses = doses_of(*TO_FOUR_YEARS, *SIX_MORE)
    assert planned("2020-05-01", "2026-11-23", doses, BOY) == Plan()
    girl = planned("2020-05-01", "2026-11-23", doses, GIRL)
    assert (girl.due, following(girl)) == ((), {"2vHPV 1": "2033-05-01"})


@pytest.mark.parametrize(
    ("born", "today", "given", "expected", "later"),
    [
        ("2013-01-10", "2026-01-09", [], {}, {"2vHPV 1": "2026-01-10"}),
        ("2013-01-10", "2026-01-10", [], {"2vHPV 1": "2026-01-10"}, {"2vHPV 2": "2026-07-10"}),
        ("2013-01-10", "2026-07-09", ["2vHPV 2026-01-10"], {}, {"2vHPV 2": "2026-07-10"}),
        ("2013-01-10", "2026-07-10", ["2vHPV 2026-01-10"], {"2vHPV 2": "2026-07-10"}, {}),
        ("2013-01-10", "2026-11-23", ["2vHPV 2026-01-10 2026-07-10"], {}, {}),
        ("2011-11-09", "2026-11-23", [], {}, {}),
        ("2011-11-10", "2026-11-23", [], {"2vHPV 1": "2025-11-10"}, {"2vHPV 2": "2027-05-23"}),
        ("2011-11-11", "2026-11-23", [], {"2vHPV 1": "2025-11-10"}, {"2vHPV 2": "2027-05-23"}),
    ],
)
def test_hpv_for_girls_born_from_the_tenth_of_november_2011(
    born: str, today: str, given: list[str], expected: dict[str, str], later: dict[str, str]
) -> None:
    doses = [
        *doses_of(*given),
        *(a_dose(one, on) for one, on in _everything_but_hpv(date.fromisoformat(born))),
    ]
    girl, boy = planned(born, today, doses, GIRL), planned(born, today, doses, BOY)
    assert (due(girl), following(girl)) == (expected, later)
    assert boy == Plan()


def _everything_but_hpv(born: date) -> list[tuple[str, date]]:
    months = {
        "HepB": (0, 1, 6), "BCG": (0,), "IPV": (2, 3), "bOPV": (4, 48), "DTaP": (3, 4, 5, 18), "DT": (72,),
        "MMR": (8, 18), "JE-L": (8, 24), "MPSV-A": (6, 9), "MPSV-AC": (36, 72), "HepA-L": (18,),
    }  # fmt: skip
    return [
        (
            key,
            born.replace(year=born.year + (born.month - 1 + at) // 12, month=(born.month - 1 + at) % 12 + 1),
        )
        for key, ages in months.items()
        for at in ages
    ]


# Combined products, and products that stand for others


def test_the_combined_vaccine_counts_for_dtap_and_for_polio() -> None:
    """Three of DTaP-IPV/Hib and its fourth at 18 months: four of DTaP, and a polio course of IPV alone."""
    three = "DTaP-IPV/Hib 2024-07-01 2024-08-01 2024-09-01"
    found = planned("2024-05-01", "2025-10-31", doses_of(three))
    assert not {name for name in due(found) if name.startswith(("DTaP", "IPV", "bOPV"))}
    found = planned("2024-05-01", "2025-11-01", doses_of(three))
    assert due(found)["DTaP 4"] == "2025-11-01"
    found = planned("2024-05-01", "2028-05-01", doses_of(three))
    assert due(found)["bOPV 4"] == "2028-05-01"
    found = planned("2024-05-01", "2028-05-01", doses_of(three + " 2025-11-01"))
    assert not {name for name in due(found) if name.startswith(("IPV", "bOPV"))}
    assert odd(found) == {}


@pytest.mark.parametrize(
    ("born", "given", "expected"),
    [
        ("2020-01-01", "", "IPV 1"),
        ("2020-01-01", "IPV 2020-03-01", "IPV 2"),
        ("2020-01-01", "IPV 2020-03-01 2020-04-01", "bOPV 3"),
        ("2020-01-01", "IPV 2020-03-01 2020-04-01 2020-05-01", "bOPV 4"),
        ("2020-01-01", "IPV 2020-03-01 2020-04-01 2020-05-01 2021-07-01", None),
        ("2020-01-01", "bOPV 2020-03-01", "IPV 2"),
        ("2019-09-30", "", "IPV 1"),
        ("2019-09-30", "IPV 2019-12-01", "bOPV 2"),
        ("2019-10-01", "IPV 2019-12-01", "IPV 2"),
    ],
)
def test_polio_is_ipv_before_bopv(born: str, given: str, expected: str | None) -> None:
    found = due(planned(born, "2026-11-23", doses_of(given) if given else []))
    assert [name for name in found if name.startswith(("IPV", "bOPV"))] == ([expected] if expected else [])


def test_an_extra_round_of_polio_counts_at_four_years() -> None:
    doses = doses_of("IPV 2020-03-01 2020-04-01", "bOPV 2020-05-01 2021-12-05")
    found = planned("2020-01-01", "2026-11-23", doses)
    assert not {name for name in due(found) if "OPV" in name or "IPV" in name}
    assert odd(found) == {}


@pytest.mark.parametrize(
    ("given", "expected", "hints"),
    [
        ([], {"JE-L 1": "2021-01-01"}, (Hint.CATCH_UP, Hint.OR_INACTIVATED)),
        (["JE-L 2021-01-01"], {"JE-L 2": "2022-05-01"}, (Hint.CATCH_UP,)),
        (["JE-L 2026-01-01"], {}, ()),
        (["JE-L 2021-01-01 2022-05-01"], {}, ()),
        (["JE-I 2021-01-01"], {"JE-I 2": "2021-01-08"}, (Hint.CATCH_UP,)),
        (["JE-I 2021-01-01 2021-01-08"], {"JE-I 3": "2022-05-01"}, (Hint.CATCH_UP,)),
        (["JE-I 2021-01-01 2021-01-08 2022-05-01"], {"JE-I 4": "2026-05-01"}, ()),
        (["JE-I 2021-01-01 2021-01-08 2024-05-01"], {}, ()),
        (["JE-I 2021-01-01 2021-01-08 2022-05-01 2026-05-01"], {}, ()),
        (["JE-I 2021-01-01", "JE-L 2022-05-01"], {"JE-L 2": "2023-05-01"}, (Hint.CATCH_UP, Hint.MIXED_PRODUCTS)),
    ],
)  # fmt: skip
def test_japanese_encephalitis_goes_on_with_the_product_that_it_began_with(
    given: list[str], expected: dict[str, str], hints: tuple[Hint, ...]
) -> None:
    found = [
        turn
        for turn in planned("2020-05-01", "2026-11-23", doses_of(*given)).due
        if turn.vaccine.key[:2] == "JE"
    ]
    assert {f"{turn.vaccine.key} {turn.dose_no}": turn.since.isoformat() for turn in found} == expected
    assert tuple(hint for turn in found for hint in turn.hints) == hints


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {"HepA-L 1": "2021-11-01"}),
        (["HepA-L 2021-11-01"], {}),
        (["HepA-I 2021-11-01"], {"HepA-I 2": "2022-05-01"}),
        (["HepA-I 2026-05-24"], {}),
        (["HepA-I 2026-05-23"], {"HepA-I 2": "2026-11-23"}),
        (["HepA-I 2021-11-01 2022-05-01"], {}),
        (["HepA-HepB 2022-05-01 2022-11-01"], {}),
        (["HepA-I 2021-11-01", "HepA-L 2022-06-01"], {}),
    ],
)
def test_hepatitis_a_is_one_live_dose_or_two_inactivated(given: list[str], expected: dict[str, str]) -> None:
    found = due(planned("2020-05-01", "2026-11-23", doses_of(*given)))
    assert {name: since for name, since in found.items() if name.startswith("HepA")} == expected


@pytest.mark.parametrize(
    ("today", "given", "expected"),
    [
        ("2025-05-01", [], {"MPSV-A 1": "2024-11-01"}),
        ("2025-05-01", ["MPSV-A 2024-11-01"], {"MPSV-A 2": "2025-02-01"}),
        ("2026-04-30", ["MPSV-A 2026-01-31"], {"MPSV-A 2": "2026-04-30"}),
        ("2026-04-30", ["MPSV-A 2026-02-01"], {}),
        ("2026-05-01", ["MPSV-A 2026-02-01"], {"MPSV-AC 1": "2026-05-01"}),
        ("2026-04-30", [], {"MPSV-A 1": "2024-11-01"}),
        ("2026-05-01", [], {"MPSV-AC 1": "2026-05-01"}),
        ("2027-04-30", ["MPSV-A 2024-11-01 2025-02-01"], {}),
        ("2027-05-01", ["MPSV-A 2024-11-01 2025-02-01"], {"MPSV-AC 1": "2027-05-01"}),
        ("2027-05-01", ["MPSV-A 2026-01-20 2026-04-25", "MPSV-AC 2027-05-01"], {}),
        ("2029-05-01", ["MPSV-A 2026-01-20 2026-04-25"], {"MPSV-AC 1": "2027-05-01"}),
        ("2030-05-01", ["MPSV-AC 2027-05-01"], {"MPSV-AC 2": "2030-05-01"}),
        ("2030-05-01", ["MPSV-AC 2028-01-01"], {}),
        ("2031-01-01", ["MPSV-AC 2028-01-01"], {"MPSV-AC 2": "2031-01-01"}),
        ("2027-05-01", ["MCV-AC 2024-11-01 2025-02-01"], {"MPSV-AC 1": "2027-05-01"}),
        ("2030-05-01", ["MPSV-ACYW 2027-05-01"], {"MPSV-AC 2": "2030-05-01"}),
    ],
)
def test_meningococcal_a_until_two_years_then_a_and_c(
    today: str, given: list[str], expected: dict[str, str]
) -> None:
    found = due(planned("2024-05-01", today, doses_of(*given)))
    assert {name: since for name, since in found.items() if name.startswith("MPSV")} == expected


@pytest.mark.parametrize(
    ("today", "given", "expected"),
    [
        ("2026-11-23", [], {"DT 1": "2025-05-01"}),
        ("2026-11-23", ["DTaP 2018-08-01"], {"DT 1": "2025-05-01"}),
        ("2026-11-23", ["DTaP 2018-08-01", "DT 2026-06-01"], {}),
        ("2026-12-01", ["DTaP 2018-08-01", "DT 2026-06-01"], {"DT 2": "2026-12-01"}),
        ("2026-11-23", ["DTaP 2018-08-01 2018-09-01 2018-10-01"], {"DT 1": "2025-05-01"}),
        ("2026-11-23", ["DTaP 2018-08-01 2018-09-01 2018-10-01 2019-11-01"], {"DT 1": "2025-05-01"}),
        ("2026-11-23", ["DTaP 2018-08-01 2018-09-01 2018-10-01 2019-11-01", "DT 2024-05-01"], {}),
        ("2026-11-23", ["DTaP 2018-08-01 2018-09-01 2018-10-01 2019-11-01 2025-03-01"], {}),
        ("2025-04-30", ["DTaP 2018-08-01 2018-09-01 2018-10-01 2019-11-01"], {"DTaP 5": "2024-05-01"}),
        ("2030-04-30", [], {"DT 1": "2025-05-01"}),
        ("2030-05-01", [], {}),
    ],
)
def test_from_seven_to_eleven_years_dt_catches_up(
    today: str, given: list[str], expected: dict[str, str]
) -> None:
    found = due(planned("2018-05-01", today, doses_of(*given)))
    assert {name: since for name, since in found.items() if name.startswith("DT")} == expected


@pytest.mark.parametrize(
    ("born", "given", "expected"),
    [
        ("2019-09-30", ["MR 2020-05-30", "MMR 2021-03-30"], None),
        ("2019-10-01", ["MR 2020-06-01", "MMR 2021-04-01"], "MMR 2"),
        ("2019-09-30", ["MR 2020-05-30 2021-03-30"], "MMR 1"),
        ("2019-09-30", ["MR 2020-05-30 2021-03-30", "Mumps 2022-01-01"], None),
        ("2019-09-30", ["MM 2020-05-30 2021-03-30"], "MMR 1"),
        ("2019-10-01", ["MMR 2020-06-01 2021-04-01"], None),
    ],
)
def test_measles_vaccines_of_earlier_editions_count_for_those_born_then(
    born: str, given: list[str], expected: str | None
) -> None:
    found = due(planned(born, "2026-11-23", doses_of(*given)))
    assert [name for name in found if name.startswith("MMR")] == ([expected] if expected else [])


def test_injected_live_vaccines_are_given_together_or_four_weeks_apart() -> None:
    found = planned("2026-01-23", "2026-11-23", doses_of("JE-L 2026-11-10"))
    assert "MMR 1" not in due(found)
    assert due(planned("2026-01-23", "2026-12-08", doses_of("JE-L 2026-11-10")))["MMR 1"] == "2026-12-08"
    assert "MMR 1" in due(planned("2026-01-23", "2026-11-23", doses_of("JE-L 2026-11-23")))
    assert "MMR 1" in due(planned("2026-01-23", "2026-11-23", doses_of("IPV 2026-11-10")))


@pytest.mark.parametrize(
    ("today", "hints"),
    [
        ("2026-08-22", ()),
        ("2026-08-23", (Hint.CATCH_UP, Hint.TUBERCULIN_TEST)),
        ("2030-05-22", (Hint.CATCH_UP, Hint.TUBERCULIN_TEST)),
        ("2030-05-23", None),
    ],
)
def test_bcg_until_four_years_and_tested_from_three_months(
    today: str, hints: tuple[Hint, ...] | None
) -> None:
    found = [turn.hints for turn in planned("2026-05-23", today).due if turn.vaccine.key == "BCG"]
    assert found == ([] if hints is None else [hints])


# Doses that deserve a look


def test_a_dose_that_came_too_soon_counts_and_is_pointed_out() -> None:
    doses = doses_of("HepB 2025-05-01 2025-10-15 2025-11-20", "DTaP 2025-06-20")
    found = planned("2025-05-01", "2026-11-23", doses)
    assert odd(found) == {"HepB@2025-11-20": ("too_soon", True), "DTaP@2025-06-20": ("too_young", True)}
    assert "HepB 3" not in due(found)
    assert due(found)["DTaP 2"] == "2025-09-01"


def test_a_and_c_again_within_three_years_is_pointed_out() -> None:
    found = planned("2018-05-01", "2026-11-23", doses_of("MPSV-AC 2020-06-01 2023-05-31"))
    assert odd(found) == {"MPSV-AC@2023-05-31": ("too_soon", True)}
    assert odd(planned("2018-05-01", "2026-11-23", doses_of("MPSV-AC 2020-06-01 2023-06-01"))) == {}


def test_under_the_edition_of_its_day_a_dose_was_in_time() -> None:
    """DTaP at 3, 4 and 5 months was the plan until 2024."""
    assert odd(planned("2024-01-01", "2026-11-23", doses_of("DTaP 2024-04-01 2024-05-01 2024-06-01"))) == {}
    late = planned("2025-01-01", "2026-11-23", doses_of("DTaP 2025-04-01 2025-05-01 2025-06-01"))
    assert odd(late) == {"DTaP@2025-06-01": ("too_young", True)}


def test_measles_before_eight_months_does_not_count() -> None:
    found = planned("2026-01-01", "2026-11-23", doses_of("MMR 2026-08-01"))
    assert odd(found) == {"MMR@2026-08-01": ("too_young", False)}
    assert due(found)["MMR 1"] == "2026-09-01"


def test_a_vaccine_that_is_not_known_is_pointed_out_and_left_out() -> None:
    strange = Dose("d1", "9999", "新疫苗", 1, date(2026, 6, 1), "3206000001", "local")
    before_birth = a_dose("HepB", date(2026, 5, 1), dose_id="d2")
    found = planned("2026-05-23", "2026-05-30", [before_birth])
    assert (odd(found), due(found)["HepB 1"]) == ({"d2": ("too_young", False)}, "2026-05-23")
    assert odd(planned("2026-05-23", "2026-11-23", [strange])) == {"d1": ("unknown_vaccine", False)}


def test_r33_doses_given_in_another_province_count() -> None:
    elsewhere = [a_dose("HepB", date(2026, 5, 23), origin="other_province")]
    assert "HepB 1" not in due(planned("2026-05-23", "2026-07-23", elsewhere))


@pytest.mark.parametrize(
    ("today", "empty"), [("2026-11-22", False), ("2026-11-23", True), ("2050-01-01", True)]
)
def test_the_programme_ends_on_the_eighteenth_birthday(today: str, empty: bool) -> None:
    assert (planned("2008-11-23", today) == Plan()) is empty


def test_before_birth_there_is_no_plan() -> None:
    assert plan(date(2026, 12, 1), GIRL, (), date(2026, 11, 23)) == Plan()
