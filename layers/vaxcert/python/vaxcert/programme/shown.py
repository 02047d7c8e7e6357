"""Which archives and doses of a person are shown (R2, R43): the one rule for the family's screen and the clinic's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from vaxcert.archives.model import GONE, Archive, ArchiveStatus, Dose, System
from vaxcert.programme.vaccines import code_of

_SHOWN = frozenset({System.CHILD, System.ADULT})


def is_shown(system: System, status: ArchiveStatus, *, rabies: bool) -> bool:
    """Whether an archive's doses are shown: one of the child and adult systems that stands, and of the rabies system only where `rabies`."""
    return status not in GONE and (system in _SHOWN or (rabies and system is System.RABIES))


def of_person(archives: Iterable[Archive], record_id: str) -> list[Archive]:
    """Those of the person `record_id`: one whose number was corrected meanwhile has become somebody else's."""
    return [archive for archive in archives if archive.record_id == record_id]


def shown_doses(archives: Iterable[Archive], *, rabies: bool) -> tuple[Dose, ...]:
    """A person's doses from the child and adult systems, newest first; those of the rabies system only where `rabies` (R43–R45).

    Obstetrics' doses come with the archive once it is a child clinic's (R41). Each has its vaccine's code from the list
    (`vaxcert.programme.vaccines.code_of`). A dose that two archives of the person report alike is shown once.
    """
    return _doses(archives, rabies=rabies, told=_coded)


def stated_doses(archives: Iterable[Archive], *, rabies: bool) -> tuple[Dose, ...]:
    """The same doses, with the codes that the feed states."""
    return _doses(archives, rabies=rabies, told=lambda dose: dose)


def _doses(archives: Iterable[Archive], *, rabies: bool, told: Callable[[Dose], Dose]) -> tuple[Dose, ...]:
    found: dict[tuple[str, str, date], Dose] = {}
    for archive in archives:
        if not is_shown(archive.system, archive.status, rabies=rabies):
            continue
        for dose in map(told, archive.doses):
            found.setdefault((dose.dose_id, dose.vaccine_code, dose.date), dose)
    return tuple(sorted(found.values(), key=_age, reverse=True))


def _coded(dose: Dose) -> Dose:
    code = code_of(dose.vaccine_code, dose.vaccine_name)
    return dose if code == dose.vaccine_code else replace(dose, vaccine_code=code)


def _age(dose: Dose) -> tuple[date, int, str, str]:
    return dose.date, dose.dose_no, dose.dose_id, dose.vaccine_code
