"""A child with doses in one line each: `HepB 2026-05-23`, several of a vaccine after one another, products by their key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from vaxcert.archives.model import Dose, Sex
from vaxcert.programme.due import Plan, plan
from vaxcert.programme.vaccines import vaccine_named

GIRL, BOY = Sex.FEMALE, Sex.MALE


def a_dose(key: str, on: date, *, dose_id: str | None = None, origin: str = "local") -> Dose:
    """One dose of a listed vaccine, by its code where it has one, else by its name, as feeds bring it."""
    vaccine = vaccine_named(key)
    return Dose(
        dose_id=dose_id or f"{key}@{on}",
        vaccine_code=vaccine.codes[0] if vaccine.codes else "",
        vaccine_name=vaccine.chinese,
        dose_no=1,
        date=on,
        clinic_code="3206000001",
        origin=origin,
    )


def doses_of(*lines: str) -> list[Dose]:
    """Each line: a vaccine's key and its days."""
    found = []
    for line in lines:
        key, *on = line.split()
        found += [a_dose(key, date.fromisoformat(day)) for day in on]
    return found


def planned(born: str, today: str, doses: Iterable[Dose] = (), sex: Sex = BOY) -> Plan:
    return plan(date.fromisoformat(born), sex, doses, date.fromisoformat(today))


def due(plan: Plan) -> dict[str, str]:
    """`DTaP 2` → since when."""
    return {f"{turn.vaccine.key} {turn.dose_no}": turn.since.isoformat() for turn in plan.due}


def following(plan: Plan) -> dict[str, str]:
    """`DTaP 3` → from when, for what comes next."""
    return {f"{turn.vaccine.key} {turn.dose_no}": turn.since.isoformat() for turn in plan.next}


def odd(plan: Plan) -> dict[str, tuple[str, bool]]:
    """Dose → why it deserves a look, and whether it counts."""
    return {one.dose_id: (str(one.why), one.counted) for one in plan.odd}
