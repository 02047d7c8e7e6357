"""Which of a person's doses are shown (R2, R43): the one rule for the family's screen and the clinic's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from vaxcert.archives.model import GONE, Archive, Dose, System


def shown_doses(archives: Iterable[Archive], *, rabies: bool) -> tuple[Dose, ...]:
    """A person's doses from all of their archives, newest first; those of the rabies system only where `rabies` (R43).

    A dose that two archives of the person report alike is shown once.
    """
    found: dict[tuple[str, str, date], Dose] = {}
    for archive in archives:
        if archive.status in GONE or (archive.system is System.RABIES and not rabies):
            continue
        for dose in archive.doses:
            found.setdefault((dose.dose_id, dose.vaccine_code, dose.date), dose)
    return tuple(sorted(found.values(), key=_age, reverse=True))


def _age(dose: Dose) -> tuple[date, int, str, str]:
    return dose.date, dose.dose_no, dose.dose_id, dose.vaccine_code
