"""Vaccination records as they are shown, and the record of who looked (R2, R43–R45, D11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from vaxcert.archives.model import Dose
from vaxcert.archives.vaccines import place_among


class Access(StrEnum):
    """How a person's records were come to."""

    READ = "read"
    SCAN = "scan"


class Order(StrEnum):
    """How doses are listed: newest first, or vaccine after vaccine and each from its first dose on."""

    DATE = "date"
    VACCINE = "vaccine"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the access log.

    `actor` is the reader's subject or the scanning device; `slot` is whose code or right it was: 0 for the claimant, else the
    grant's slot. `grant_id` may be missing on scans. `clinic_code`, `station` and `result` are a scan's.
    """

    at: datetime
    access: Access
    actor: str
    slot: int
    grant_id: str | None = None
    clinic_code: str | None = None
    station: str | None = None
    result: str | None = None


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
