"""The programme's ages, intervals and limits, each written a second time as docs/programme.md has them (R28, D19).

A slip in one number of `vaxcert.programme.schedule` gives a child a dose too early or too late, and few children are old enough to show it.
"""

from __future__ import annotations

from datetime import date

import pytest

from vaxcert.programme import schedule as p
from vaxcert.programme.schedule import Course, Span, Step

# age +interval <recommended before |given no more from
WRITTEN: dict[str, tuple[Course, str]] = {
    "HepB": (p.HEPB, "0 <1d, 1m +28d, 6m +60d <12m"),
    "BCG": (p.BCG, "0 <3m |4y"),
    "polio": (p.POLIO, "2m, 3m +28d, 4m +28d <12m, 4y +28d <5y"),
    "DTaP": (p.DTAP, "2m |7y, 4m +28d |7y, 6m +28d <12m |7y, 18m +6m <2y |7y, 6y +12m <7y |7y"),
    "DTaP until 2024": (p.DTAP_UNTIL_2024, "3m, 4m +28d, 5m +28d, 18m +6m"),
    "DT": (p.DT, "7y <7y |12y, 7y +28d <7y |12y, 7y +6m <7y |12y, 7y +6m <7y |12y, 7y +12m <7y |12y"),
    "MMR": (p.MMR, "8m <12m, 18m +28d <2y"),
    "JE-L": (p.JE_LIVE, "8m <12m, 2y +12m <3y"),
    "JE-I": (p.JE_INACTIVATED, "8m <12m, 8m +7d <12m, 2y +1m <3y, 6y +3y <7y"),
    "MPSV-A": (p.MEN_A, "6m <12m |2y, 9m +3m <2y |2y"),
    "MPSV-AC": (p.MEN_AC, "3y +12m <4y, 6y +3y <7y"),
    "MPSV-AC after one or none of A": (tuple(p.MEN_AC_FIRST.values()), "2y <4y, 2y +3m <4y"),
    "HepA-L": (p.HEPA_LIVE, "18m <2y"),
    "HepA-I": (p.HEPA_INACTIVATED, "18m <2y, 2y +6m <3y"),
    "2vHPV": (p.HPV, "13y <14y, 13y +6m <14y"),
}
DOSES = {
    "polio": ["IPV 1", "IPV 2", "bOPV 3", "bOPV 4"],
    "DTaP until 2024": ["DTaP 1", "DTaP 2", "DTaP 3", "DTaP 4"],
    "MPSV-AC after one or none of A": ["MPSV-AC 1", "MPSV-AC 1"],
}


def _span(span: Span) -> str:
    if span.days:
        return f"{span.days}d"
    years, months = divmod(span.months, 12)
    return f"{years}y" if years > 1 and not months else f"{span.months}m" if span.months else "0"


def _step(step: Step) -> str:
    said = [_span(step.age)]
    said += [f"+{_span(step.interval)}"] if step.interval != p.NONE else []
    said += [f"<{_span(step.before)}"] if step.before is not None else []
    said += [f"|{_span(step.until)}"] if step.until != p.OF_AGE else []
    return " ".join(said)


@pytest.mark.parametrize("course", WRITTEN)
def test_d19_each_dose_has_the_age_the_interval_and_the_limits_of_the_programme(course: str) -> None:
    steps, written = WRITTEN[course]
    assert ", ".join(map(_step, steps)) == written
    usual = [f"{course} {number}" for number in range(1, len(steps) + 1)]
    assert [f"{step.vaccine} {step.dose_no}" for step in steps] == DOSES.get(course, usual)


def test_d19_what_changed_on_a_day_changed_on_that_day() -> None:
    assert date(2025, 1, 1) == p.DTAP_CHANGED_ON
    assert (date(2025, 11, 10), date(2011, 11, 10)) == (p.HPV_FROM, p.HPV_BORN_FROM)
    assert date(2019, 10, 1) == p.TWO_IPV_BORN_FROM == p.TWO_MMR_BORN_FROM
    assert (Span(18 * 12), Span(3), Span(days=28)) == (p.OF_AGE, p.BCG_TESTED_FROM, p.LIVE_GAP)
    assert set(p.MEN_AC_FIRST) == {0, 1}
