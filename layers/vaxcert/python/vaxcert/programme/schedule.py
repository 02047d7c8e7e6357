"""The national childhood immunisation programme as data: which dose at what age, after what interval, until when (R28).

What is due is computed from it by `vaxcert.programme.courses`; docs/programme.md says in words what is taken from where.

| source | what of it | how it was read |
|---|---|---|
| 国家免疫规划疫苗儿童免疫程序及说明（2026年版）, 国疾控卫免发〔2026〕16号, 2026-06-17 | the table's ages (they are minimum ages), intervals, ages before which a dose should be given, BCG, HPV | three public schedules that name it and agree |
| the same, 2021年版 | catch-up of polio, DTaP/DT, MMR, JE, meningococcal and HepA vaccines; products that stand for others | one public digest of the official text; ages agree with the English abstract of China CDC Weekly |
| notice on DTaP and DT, in force 2025-01-01 | 2, 4, 6, 18 months and 6 years for 3, 4, 5, 18 months and DT at 6 years | several public reports |
| notice on HPV, in force 2025-11-10 | girls born on or after 2011-11-10, at 13 years, two doses, 6 months apart | several public reports |

Not verified: the official texts themselves were out of reach, so every rule here is second-hand. The catch-up rules of the 2026 edition were
not found, but for the general ones (complete, never restart) and DT (7 to 11 years): those of 2021 stand in. Nothing was found on
diphtheria and tetanus from 12 years on, nor on whether an early dose has to be given again, except for measles before 8 months.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

EDITION: Final = "2026"

DTAP_CHANGED_ON: Final = date(2025, 1, 1)
"""From this day on DTaP is given at 2, 4, 6, 18 months and 6 years."""

HPV_FROM: Final = date(2025, 11, 10)
HPV_BORN_FROM: Final = date(2011, 11, 10)
TWO_IPV_BORN_FROM: Final = date(2019, 10, 1)
"""Children born on or after this day get two doses of IPV before bOPV; those before them one."""

TWO_MMR_BORN_FROM: Final = date(2019, 10, 1)
"""Children born on or after this day need two doses of MMR; those before them had other measles vaccines too."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time on the calendar: whole months, then days."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day that is so much later; a month's last day where the month has no such day (Civil Code, article 202)."""
        year, month = divmod(day.year * 12 + day.month - 1 + self.months, 12)
        moved = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return moved + timedelta(days=self.days)


def months(count: int) -> Span:
    """So many months."""
    return Span(months=count)


def years(count: int) -> Span:
    """So many years."""
    return Span(months=12 * count)


def days(count: int) -> Span:
    """So many days."""
    return Span(days=count)


NONE: Final = Span()
FOUR_WEEKS: Final = days(28)
OF_AGE: Final = years(18)
"""The programme is for people under 18."""

LIVE_GAP: Final = FOUR_WEEKS
"""Between injected live vaccines that are not given on one day."""


@dataclass(frozen=True, slots=True)
class Step:
    """One dose of the programme: not before `age`, `interval` after the dose before it, best before the age `before`, never from `until` on."""

    vaccine: str
    dose_no: int
    age: Span
    interval: Span = NONE
    before: Span | None = None
    until: Span = OF_AGE


type Course = tuple[Step, ...]

HEPB: Final[Course] = (
    Step("HepB", 1, NONE, before=days(1)),
    Step("HepB", 2, months(1), FOUR_WEEKS),
    Step("HepB", 3, months(6), days(60), before=months(12)),
)
BCG: Final[Course] = (Step("BCG", 1, NONE, before=months(3), until=years(4)),)
BCG_TESTED_FROM: Final = months(3)
"""From this age on BCG is given after a negative tuberculin test only."""

POLIO: Final[Course] = (
    Step("IPV", 1, months(2)),
    Step("IPV", 2, months(3), FOUR_WEEKS),
    Step("bOPV", 3, months(4), FOUR_WEEKS, before=months(12)),
    Step("bOPV", 4, years(4), FOUR_WEEKS, before=years(5)),
)
DTAP: Final[Course] = (
    Step("DTaP", 1, months(2), until=years(7)),
    Step("DTaP", 2, months(4), FOUR_WEEKS, until=years(7)),
    Step("DTaP", 3, months(6), FOUR_WEEKS, before=months(12), until=years(7)),
    Step("DTaP", 4, months(18), months(6), before=months(24), until=years(7)),
    Step("DTaP", 5, years(6), months(12), before=years(7), until=years(7)),
)
DTAP_UNTIL_2024: Final[Course] = (
    Step("DTaP", 1, months(3)),
    Step("DTaP", 2, months(4), FOUR_WEEKS),
    Step("DTaP", 3, months(5), FOUR_WEEKS),
    Step("DTaP", 4, months(18), months(6)),
)
"""The plan of doses given before `DTAP_CHANGED_ON`."""

DT: Final[Course] = (
    Step("DT", 1, years(7), before=years(7), until=years(12)),
    Step("DT", 2, years(7), FOUR_WEEKS, before=years(7), until=years(12)),
    Step("DT", 3, years(7), months(6), before=years(7), until=years(12)),
    Step("DT", 4, years(7), months(6), before=years(7), until=years(12)),
    Step("DT", 5, years(7), months(12), before=years(7), until=years(12)),
)
"""Catching up from 7 to 11 years, by how many doses of DTaP and DT together would then be given."""

MMR: Final[Course] = (
    Step("MMR", 1, months(8), before=months(12)),
    Step("MMR", 2, months(18), FOUR_WEEKS, before=months(24)),
)
JE_LIVE: Final[Course] = (
    Step("JE-L", 1, months(8), before=months(12)),
    Step("JE-L", 2, years(2), months(12), before=years(3)),
)
JE_INACTIVATED: Final[Course] = (
    Step("JE-I", 1, months(8), before=months(12)),
    Step("JE-I", 2, months(8), days(7), before=months(12)),
    Step("JE-I", 3, years(2), months(1), before=years(3)),
    Step("JE-I", 4, years(6), years(3), before=years(7)),
)
MEN_A: Final[Course] = (
    Step("MPSV-A", 1, months(6), before=months(12), until=years(2)),
    Step("MPSV-A", 2, months(9), months(3), before=months(24), until=years(2)),
)
MEN_AC: Final[Course] = (
    Step("MPSV-AC", 1, years(3), months(12), before=years(4)),
    Step("MPSV-AC", 2, years(6), years(3), before=years(7)),
)
MEN_AC_FIRST: Final = {
    0: Step("MPSV-AC", 1, years(2), before=years(4)),
    1: Step("MPSV-AC", 1, years(2), months(3), before=years(4)),
}
"""The first A and C dose of a child who had none or one of the two A doses, from 2 years on."""

HEPA_LIVE: Final[Course] = (Step("HepA-L", 1, months(18), before=months(24)),)
HEPA_INACTIVATED: Final[Course] = (
    Step("HepA-I", 1, months(18), before=months(24)),
    Step("HepA-I", 2, months(24), months(6), before=years(3)),
)
HPV: Final[Course] = (
    Step("2vHPV", 1, years(13), before=years(14)),
    Step("2vHPV", 2, years(13), months(6), before=years(14)),
)

# What a product counts for, by its key (`vaxcert.programme.vaccines`): a combined vaccine counts for each of its components.
HAS_HEPB: Final = frozenset({"HepB", "HepA-HepB"})
HAS_BCG: Final = frozenset({"BCG"})
HAS_IPV: Final = frozenset({"IPV", "DTaP-IPV/Hib"})
HAS_POLIO: Final = HAS_IPV | {"bOPV"}
HAS_DTAP: Final = frozenset({"DTaP", "DTaP-IPV/Hib", "DTaP-Hib"})
HAS_DT: Final = HAS_DTAP | {"DT"}
HAS_MEASLES: Final = frozenset({"MMR", "MR", "MM"})
HAS_RUBELLA: Final = frozenset({"MMR", "MR", "Rubella"})
HAS_MUMPS: Final = frozenset({"MMR", "MM", "Mumps"})
AGAINST_MEASLES: Final = HAS_MEASLES | HAS_RUBELLA | HAS_MUMPS
HAS_MEN_AC: Final = frozenset({"MPSV-AC", "MPSV-ACYW", "MCV-AC", "MCV-AC/Hib"})
HAS_MEN_A: Final = HAS_MEN_AC | {"MPSV-A"}
HAS_HEPA_INACTIVATED: Final = frozenset({"HepA-I", "HepA-HepB"})
INJECTED_LIVE: Final = frozenset(
    {"BCG", "MMR", "MR", "MM", "Mumps", "Rubella", "JE-L", "HepA-L", "Varicella"}
)
