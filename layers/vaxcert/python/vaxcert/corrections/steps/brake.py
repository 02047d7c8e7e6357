"""The brake on mass damage (D14): when a feed's numbers, or what a night would do to certificates, is too much to be true.

Both limits have a share and a count, and only what exceeds both is braked: of a small feed one bad row is a large share, and
of a large one the usual noise is a large count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from vaxcert.archives.model import GONE, Archive
from vaxcert.claims.model import CAME_OF_AGE, Certificate, Status

BAD_NUMBERS: Final = frozenset({"number_malformed", "number_contradicts_birth", "guardian_number_malformed"})
"""Warnings of a row that make it count. A number that was never there is no damage: newborns and the old have none."""

LOST: Final = "numbers_lost"
TURNED_BAD: Final = "numbers_turned_bad"


class BrakeSettings(Protocol):
    """Where the limits are set."""

    @property
    def max_bad_numbers_percent(self) -> int: ...

    @property
    def max_bad_numbers(self) -> int: ...

    @property
    def max_lost_certificates_percent(self) -> int: ...

    @property
    def max_lost_certificates(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Limit:
    """A share in percent and a count. Both must be exceeded."""

    percent: int
    count: int

    def exceeded_by(self, found: int, total: int) -> bool:
        """Whether `found` of `total` is too much. More of `found` never makes it less."""
        return found > self.count and found * 100 > self.percent * total


@dataclass(frozen=True, slots=True)
class Brake:
    """`numbers`: rows of a feed with a bad or lost number. `certificates`: those that a night would end, of those it touches."""

    numbers: Limit
    certificates: Limit

    @classmethod
    def of(cls, settings: BrakeSettings) -> Brake:
        """The limits as an operator has set them."""
        return cls(
            Limit(settings.max_bad_numbers_percent, settings.max_bad_numbers),
            Limit(settings.max_lost_certificates_percent, settings.max_lost_certificates),
        )


def faults_of(stands: Archive | None, archive: Archive) -> frozenset[str]:
    """`LOST`, `TURNED_BAD`: what became of numbers that the archive holds as it stands.

    A guardian's number is lost if the guardian's line is still there without it; a guardian who was taken out is a correction.
    Nothing is lost with an archive that is void or merged.
    """
    if stands is None or archive.status in GONE:
        return frozenset()
    found = set()
    if stands.person_key is not None and archive.person_key is None:
        found.add(LOST if archive.number_fault == "missing" else TURNED_BAD)
    if {one.key for one in stands.guardians} - {one.key for one in archive.guardians} - {None}:
        faults = {one.number_fault for one in archive.guardians} - {None}
        found |= {LOST} if "missing" in faults else set()
        found |= {TURNED_BAD} if faults - {"missing"} else set()
    return frozenset(found)


def is_bad(warnings: Mapping[str, int], faults: frozenset[str]) -> bool:
    """Whether a row counts for the first limit: once, however many of its numbers are malformed, contradicting or lost."""
    return LOST in faults or any(name in BAD_NUMBERS for name in warnings)


def is_lost(before: Certificate, after: Certificate, today: date, adult_age: int) -> bool:
    """Whether the night suspends or closes a certificate. A birthday (D6) is no damage; a corrected birth date may be."""
    if before.standing_on(today, adult_age) == CAME_OF_AGE:
        return False
    suspends = after.standing.status is Status.SUSPENDED and before.standing.status is not Status.SUSPENDED
    return suspends or after.standing.status is Status.CLOSED
