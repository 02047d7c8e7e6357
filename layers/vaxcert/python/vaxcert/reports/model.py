"""A report of a wrong entry (反馈, R34, R35, R37): what it may say, its states, and when the entry has changed.

Nothing is corrected here: the vaccination unit corrects, the nightly feed brings it (R37, R38), and the report follows. What a
report is about is kept as a digest of the entry as it stood, so that the night can tell whether it changed, and nothing else can
be read from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal

from vaxcert.archives.model import GONE, Archive, Dose
from vaxcert.archives.persons import speaks
from vaxcert.programme.shown import stated_doses
from vaxcert.text import character_fault, trimmed

LONGEST_TEXT: Final = 1000
LONGEST_REPLY: Final = 500
MOST_OPEN: Final = 20
"""Open reports of one certificate: more of them would say the same."""

# Crockford's: no I, L, O or U, so that it can be told on the telephone.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH: Final = 6


class Kind(StrEnum):
    """What is wrong."""

    WRONG_PERSON = "wrong_person"
    WRONG_DOSE = "wrong_dose"
    MISSING_DOSE = "missing_dose"
    EXTRA_DOSE = "extra_dose"
    OTHER = "other"


class Status(StrEnum):
    """Where a report stands.

    `forwarded` once the daily export has handed it to the operators; `corrected` once a nightly feed has changed the entry;
    `closed` by an operator, who found that nothing has to change.
    """

    RECEIVED = "received"
    FORWARDED = "forwarded"
    CORRECTED = "corrected"
    CLOSED = "closed"

    @property
    def open(self) -> bool:
        """Whether something can still follow."""
        return bool(_AFTER[self])

    def can_transition_to(self, after: Status) -> bool:
        """Whether `after` may follow."""
        return after in _AFTER[self]


STATUS_TITLES: Final[dict[Status, tuple[str, str]]] = {
    Status.RECEIVED: ("已收到", "Received"),
    Status.FORWARDED: ("已转交接种单位核实", "Forwarded to be checked"),
    Status.CORRECTED: ("已更正", "Corrected"),
    Status.CLOSED: ("已办结，经核实无需更正", "Closed: checked, nothing to correct"),
}
"""What a family reads: Chinese, English (D12)."""

_AFTER: Final[dict[Status, frozenset[Status]]] = {
    Status.RECEIVED: frozenset({Status.FORWARDED, Status.CORRECTED, Status.CLOSED}),
    Status.FORWARDED: frozenset({Status.CORRECTED, Status.CLOSED}),
    Status.CORRECTED: frozenset(),
    Status.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """The clinic to turn to (R37); address and phone where they are known."""

    clinic_code: str
    name: str | None
    address: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report; `about` is the entry's digest or None.

    Sealed are `text` and what the operators need: `person` (the masked name), `archive_no`, by which a clinic finds the person,
    and `call_back`, the phone registered there. The last two are None where the archive has none, and in reports of before
    they were kept. `reply` is what the operator who closed the case tells the family.
    """

    report_id: str
    case_number: str
    certificate_id: str
    kind: Kind
    dose_id: str | None
    about: str | None
    status: Status
    received_at: datetime
    changed_at: datetime
    contact: Contact
    birth_date: date
    text: bytes
    person: bytes
    archive_no: bytes | None = None
    call_back: bytes | None = None
    reply: bytes | None = None


def case_number(received_on: date, random: bytes) -> str:
    """A number to tell on the telephone: the day, and six characters made of four random bytes."""
    value = int.from_bytes(random)
    drawn = (_ALPHABET[value >> 5 * place & 31] for place in range(_NUMBER_LENGTH))
    return f"{received_on:%Y%m%d}-{''.join(drawn)}"


def text_fault(text: str) -> Literal["required", "too_long", "control_character"] | None:
    """Why a text cannot be taken, or None. It is kept as typed: line breaks and tabs may stand in it, other controls may not."""
    if not trimmed(text):
        return "required"
    if len(text) > LONGEST_TEXT:
        return "too_long"
    return character_fault(text, lines=True)


def dose_of(archives: Iterable[Archive], dose_id: str, *, rabies: bool) -> Dose | None:
    """The shown dose of this id, or None."""
    return next((dose for dose in stated_doses(archives, rabies=rabies) if dose.dose_id == dose_id), None)


def archive_holding(archives: Iterable[Archive], dose: Dose) -> Archive | None:
    """The archive that a shown dose stands in."""
    return next((archive for archive in archives if dose in archive.doses), None)


def entry_digest(
    kind: Kind, dose_id: str | None, archives: Iterable[Archive], received_on: date
) -> str | None:
    """The digest of what a report is about, as it stands now; None where nothing in the archives could answer it.

    A named dose: that dose. A wrong dose without an id: all doses given before the day of the report, since later ones are no
    answer to it. Where one is missing or too many: which there are (id, vaccine, number, day), for another batch is no answer. A
    wrong person: what the clinics' archives say of the person and the guardians, however many say so: a duplicate that is merged, or
    obstetrics' archive that is given up, is no answer.
    """
    standing = [archive for archive in archives if archive.status not in GONE]
    if kind is Kind.WRONG_PERSON:
        lines = sorted({repr(_person(archive)) for archive in archives if speaks(archive)})
    elif dose_id is not None or kind is not Kind.OTHER:
        # Rabies doses always count, so that the setting of R43 changes no digest; nor does the list of vaccine codes.
        doses = stated_doses(standing, rabies=True)
        listed = kind is Kind.EXTRA_DOSE or (kind is Kind.MISSING_DOSE and dose_id is None)
        told = _which if listed else _line
        lines = sorted(
            told(dose)
            for dose in doses
            if (dose.dose_id == dose_id if dose_id is not None else dose.date < received_on)
        )
    else:
        return None
    return _digest(lines)


def person_digest_of_before(archives: Iterable[Archive]) -> str:
    """As `entry_digest` of a wrong person was until version 0.2.0: of each archive by its key. Reports of then are compared with it too."""
    standing = (archive for archive in archives if archive.status not in GONE)
    return _digest(sorted(repr((archive.key, *_person(archive))) for archive in standing))


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(["vaxcert/entry", *lines]).encode()).hexdigest()[:32]


def _person(archive: Archive) -> tuple[object, ...]:
    guardians = sorted(f"{one.relation}|{one.key}|{one.number_fault}" for one in archive.guardians)
    return (
        archive.person_key,
        archive.number_fault,
        archive.name_key,
        archive.birth_date.isoformat(),
        str(archive.sex),
        guardians,
    )


def _which(dose: Dose) -> str:
    return repr((dose.dose_id, dose.vaccine_code, dose.vaccine_name, dose.dose_no, dose.date.isoformat()))


def _line(dose: Dose) -> str:
    return repr(
        (
            dose.dose_id,
            dose.vaccine_code,
            dose.vaccine_name,
            dose.dose_no,
            dose.date.isoformat(),
            dose.clinic_code,
            dose.origin,
            dose.batch,
            dose.manufacturer,
            dose.site,
            dose.trace_code,
        )
    )
