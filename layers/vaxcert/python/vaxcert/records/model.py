"""Vaccination records as they are shown (R2, R43–R45)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from vaxcert.archives.model import Dose
from vaxcert.programme.vaccines import place_among


class Order(StrEnum):
    """How doses are listed: newest first, or vaccine after vaccine and each from its first dose on."""

    DATE = "date"
    VACCINE = "vaccine"


def place_of(dose: Dose) -> str:
    """What names a dose within a person's records."""
    return f"{dose.dose_id}|{dose.vaccine_code}|{dose.date.isoformat()}"


def in_order(doses: Sequence[Dose], order: Order) -> Sequence[Dose]:
    """Doses that come newest first, in the order asked for."""
    if order is Order.DATE:
        return doses
    return sorted(doses, key=_vaccine_then_age)


def _vaccine_then_age(dose: Dose) -> tuple[tuple[int, str, str], date, int, str]:
    return place_among(dose.vaccine_code, dose.vaccine_name), dose.date, dose.dose_no, dose.dose_id
