"""The national childhood programme, 2026 edition, as a calm family follows it.

DTaP doses that fell due before 2025-01-01 follow the plan of that time (3, 4, 5 months, and DT at 6 years);
later ones are due at 2, 4, 6 months and DTaP at 6 years. A vaccine whose code has no public source is
written with an empty code.
"""

import random
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local.feed.form import Sex, Site

NEW_DTAP_FROM = date(2025, 1, 1)
HPV_FROM = date(2025, 11, 10)
HPV_BORN_FROM = date(2011, 11, 10)
_LATEST_DAYS_AFTER_DUE = 5


@dataclass(frozen=True, slots=True)
class Vaccine:
    name: str
    code: str  # as seen in clinic software; "" where no public source was found


HEPB = Vaccine("乙肝疫苗", "0201")
BCG = Vaccine("卡介苗", "")
IPV = Vaccine("脊灰灭活疫苗", "0303")
BOPV = Vaccine("脊灰减毒活疫苗", "")
DTAP = Vaccine("百白破疫苗", "0401")
DT = Vaccine("白破疫苗", "0601")
MMR = Vaccine("麻腮风疫苗", "1201")
JE_L = Vaccine("乙脑减毒活疫苗", "1801")
MPSV_A = Vaccine("A群流脑多糖疫苗", "")
MPSV_AC = Vaccine("A群C群流脑多糖疫苗", "1701")
HEPA_L = Vaccine("甲肝减毒活疫苗", "1901")
HPV2 = Vaccine("双价人乳头瘤病毒疫苗", "")
INFLUENZA = Vaccine("流感疫苗", "2101")
PPSV23 = Vaccine("23价肺炎多糖疫苗", "2501")
VARICELLA = Vaccine("水痘疫苗", "2201")
RABIES = Vaccine("人用狂犬病疫苗", "2801")


@dataclass(frozen=True, slots=True)
class Given:
    """One dose as it was given."""

    vaccine: Vaccine
    dose_no: int
    on: date
    site: Site


@dataclass(frozen=True, slots=True)
class _Due:
    vaccine: Vaccine
    dose_no: int
    on: date
    site: Site
    interval: timedelta  # at least so long after the dose before
    anew: date = date.min  # not before this day, if it is given under the plan of 2025


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def programme(birth_date: date, sex: Sex, until: date, dice: random.Random) -> list[Given]:
    """Every dose given by `until` inclusive, by date. What falls due together is given at one visit."""
    dues = sorted(_due(birth_date, sex), key=lambda due: due.on)
    delays = {due.on: dice.randint(0, _LATEST_DAYS_AFTER_DUE) for due in dues}
    delays[birth_date] = 0
    last: dict[str, date] = {}
    given: list[Given] = []
    for due in dues:
        series = (
            "polio"
            if due.vaccine in (IPV, BOPV)
            else "dtap"
            if due.vaccine in (DTAP, DT)
            else due.vaccine.name
        )
        on = due.on + timedelta(days=delays[due.on])
        if series in last:
            on = max(on, last[series] + due.interval)
        if on >= NEW_DTAP_FROM:  # late, and by then at another age: the clinic goes by the plan of the day
            on = max(on, due.anew)
        last[series] = on
        if on <= until:
            given.append(Given(due.vaccine, due.dose_no, on, due.site))
    return sorted(given, key=lambda dose: dose.on)


_WEEKS4, _YEAR = timedelta(days=28), timedelta(days=366)  # a year is never longer
# vaccine, dose, months of age, site, days after the dose before
_PLAN: tuple[tuple[Vaccine, int, int, Site, timedelta], ...] = (
    (HEPB, 1, 0, "right_arm", timedelta()),
    (BCG, 1, 0, "left_arm", timedelta()),
    (HEPB, 2, 1, "right_thigh", _WEEKS4),
    (IPV, 1, 2, "left_thigh", timedelta()),
    (IPV, 2, 3, "left_thigh", _WEEKS4),
    (BOPV, 3, 4, "oral", _WEEKS4),
    (HEPB, 3, 6, "right_thigh", timedelta(days=60)),
    (MPSV_A, 1, 6, "left_arm", timedelta()),
    (MMR, 1, 8, "right_arm", timedelta()),
    (JE_L, 1, 8, "left_arm", timedelta()),
    (MPSV_A, 2, 9, "left_arm", timedelta(days=92)),
    (MMR, 2, 18, "right_arm", _WEEKS4),
    (HEPA_L, 1, 18, "left_arm", timedelta()),
    (JE_L, 2, 24, "left_arm", _YEAR),
    (MPSV_AC, 1, 36, "left_arm", timedelta()),
    (BOPV, 4, 48, "oral", _WEEKS4),
    (MPSV_AC, 2, 72, "left_arm", 3 * _YEAR),
)


def _due(birth_date: date, sex: Sex) -> Iterator[_Due]:
    for vaccine, dose_no, months, site, interval in _PLAN:
        yield _Due(vaccine, dose_no, add_months(birth_date, months), site, interval)
    yield from _dtap(birth_date)
    first_hpv = max(add_months(birth_date, 13 * 12), HPV_FROM)
    if sex == "female" and birth_date >= HPV_BORN_FROM:
        yield _Due(HPV2, 1, first_hpv, "left_arm", timedelta())
        yield _Due(HPV2, 2, add_months(first_hpv, 6), "left_arm", timedelta(days=184))


def _dtap(birth_date: date) -> Iterator[_Due]:
    intervals = (timedelta(), _WEEKS4, _WEEKS4)
    for dose_no, (before, after, interval) in enumerate(
        zip((3, 4, 5), (2, 4, 6), intervals, strict=True), start=1
    ):
        on, anew = add_months(birth_date, before), add_months(birth_date, after)
        if on >= NEW_DTAP_FROM:
            on = max(anew, NEW_DTAP_FROM)
        yield _Due(DTAP, dose_no, on, "left_thigh", interval, anew)
    yield _Due(DTAP, 4, add_months(birth_date, 18), "left_arm", timedelta(days=183))
    at_six = add_months(birth_date, 72)
    # DT at six years was a first and only dose of its own vaccine; DTaP there is the fifth
    vaccine, dose_no = (DT, 1) if at_six < NEW_DTAP_FROM else (DTAP, 5)
    yield _Due(vaccine, dose_no, at_six, "left_arm", _YEAR)
