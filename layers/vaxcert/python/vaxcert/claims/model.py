"""A certificate (电子预防接种证), its states, and when it changes them (D5, D6).

One machine for everything that can happen to a certificate; who may claim one is in `vaxcert.claims.eligibility`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Whose certificate it is. Kind follows the person's age, never the archive's system."""

    CHILD = "child"
    ADULT = "adult"


class Status(StrEnum):
    """Where a certificate stands. Only an active one shows records or a code."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RELEASED = "released"
    CLOSED = "closed"


class StatusReason(StrEnum):
    """Why a certificate is not active."""

    GUARDIAN_REMOVED = "guardian_removed"
    OUT_OF_CARE = "out_of_care"
    ARCHIVE_VOID = "archive_void"
    NOT_ELIGIBLE = "not_eligible"
    IDENTITY_CONFLICT = "identity_conflict"
    CAME_OF_AGE = "came_of_age"
    DECEASED = "deceased"
    REPLACED = "replaced"


REASONS: Final[dict[Status, frozenset[StatusReason | None]]] = {
    Status.ACTIVE: frozenset({None}),
    Status.SUSPENDED: frozenset(
        {
            StatusReason.GUARDIAN_REMOVED,
            StatusReason.OUT_OF_CARE,
            StatusReason.ARCHIVE_VOID,
            StatusReason.NOT_ELIGIBLE,
            StatusReason.IDENTITY_CONFLICT,
        }
    ),
    # None: its holder released it; replaced: suspended, and another guardian claimed (D5).
    Status.RELEASED: frozenset({None, StatusReason.REPLACED}),
    Status.CLOSED: frozenset({StatusReason.CAME_OF_AGE, StatusReason.DECEASED}),
}
"""The reasons that each status may have."""

_AFTER: Final[dict[Status, frozenset[Status]]] = {
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.RELEASED, Status.CLOSED}),
    # Suspended again for another reason is a transition too: the family has to be told the one that holds.
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.RELEASED, Status.CLOSED}),
    Status.RELEASED: frozenset(),
    Status.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A status with its reason. Raises ValueError for a reason that the status cannot have."""

    status: Status
    reason: StatusReason | None = None

    def __post_init__(self) -> None:
        if self.reason not in REASONS[self.status]:
            msg = f"{self.status} has no reason {self.reason}"
            raise ValueError(msg)

    @property
    def final(self) -> bool:
        """Whether nothing can follow: the person has no live certificate any more."""
        return not _AFTER[self.status]

    def can_transition_to(self, after: Standing) -> bool:
        """Whether `after` may follow. Staying the same is no transition, and `replaced` follows only a suspension."""
        if after == self or after.status not in _AFTER[self.status]:
            return False
        return after.reason is not StatusReason.REPLACED or self.status is Status.SUSPENDED


ACTIVE: Final = Standing(Status.ACTIVE)
RELEASED: Final = Standing(Status.RELEASED)
REPLACED: Final = Standing(Status.RELEASED, StatusReason.REPLACED)
CAME_OF_AGE: Final = Standing(Status.CLOSED, StatusReason.CAME_OF_AGE)
DECEASED: Final = Standing(Status.CLOSED, StatusReason.DECEASED)


def suspended(reason: StatusReason) -> Standing:
    """Suspended for `reason`."""
    return Standing(Status.SUSPENDED, reason)


class Actor(StrEnum):
    """Who changed a certificate: its holder, another guardian by claiming (D5), what runs by itself (the nightly sync, and the daily erasing
    where age alone has ended it), or an operator for its holder (D22)."""

    HOLDER = "holder"
    SUCCESSOR = "successor"
    NIGHT = "night"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the claimant agreed to: version of the text, purposes, when, and how they had proved who they are (D9)."""

    version: str
    purposes: tuple[str, ...]
    agreed_at: datetime
    channel: str
    method: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate at one version.

    `holder` is the claimant's subject, `relation` theirs to the person (`self` for an adult). `archive_keys` are the person's
    archives, so that a scan reads them at once; the nightly sync keeps them in step. `birth_date` is the archive's: age is
    checked when reading and scanning, not only by the night (D6). `name_key` is the person's blinded name, and `name` the masked one,
    sealed, both as of the last night on which the archive named the holder: who has lost the right reads no newer one (D16). They are None
    on a certificate that was claimed while a number alone made archives one person, until the nightly sync has told them apart (D13).
    `ended_from` is why it was suspended when it ended, if it was: papers that were taken back for it stay so (D20).
    """

    certificate_id: str
    record_id: str
    person_key: str | None
    holder: str
    relation: str
    kind: Kind
    standing: Standing
    version: int
    birth_date: date
    archive_keys: tuple[str, ...]
    claimed_at: datetime
    changed_at: datetime
    agreement: Agreement
    name_key: str | None = None
    name: bytes | None = None
    ended_from: StatusReason | None = None

    @property
    def stands_on(self) -> tuple[str, ...]:
        """The archives that are its person whatever their names say (D13); none where nobody has told them apart yet."""
        return () if self.name_key is None else self.archive_keys

    def standing_on(self, today: date, adult_age: int) -> Standing:
        """Where it stands on the day `today`: a child's certificate closes on the 18th birthday by itself (D6)."""
        if (
            self.kind is Kind.CHILD
            and not self.standing.final
            and today >= comes_of_age_on(self.birth_date, adult_age)
        ):
            return CAME_OF_AGE
        return self.standing

    def usable_on(self, today: date, adult_age: int) -> bool:
        """Whether it may show records or a code on the day `today`."""
        return self.standing_on(today, adult_age) == ACTIVE

    def held_by(self, subject: str, today: date, adult_age: int) -> bool:
        """Whether it is this subject's, and neither released nor closed on the day `today`."""
        return self.holder == subject and not self.standing_on(today, adult_age).final

    def kept_by(self, subject: str) -> bool:
        """Whether it is still on this subject's list of claimed ones: a closed one is, a released one is nobody's any more (D5)."""
        return self.holder == subject and self.standing.status is not Status.RELEASED

    def moved_to(self, standing: Standing, now: datetime) -> Certificate:
        """The next version, at `standing`. Raises ValueError where that may not follow."""
        if not self.standing.can_transition_to(standing):
            msg = f"{self.standing} cannot become {standing}"
            raise ValueError(msg)
        return replace(
            self,
            standing=standing,
            version=self.version + 1,
            changed_at=now.replace(microsecond=0),
            ended_from=self.standing.reason if standing.final else None,
        )

    def relinked(
        self,
        *,
        record_id: str,
        person_key: str | None,
        archive_keys: Iterable[str],
        birth_date: date,
        now: datetime,
    ) -> Certificate:
        """The next version, of a person whose archives are others now (merge, corrected number or birth date)."""
        return replace(
            self,
            record_id=record_id,
            person_key=person_key,
            archive_keys=tuple(sorted(set(archive_keys))),
            birth_date=birth_date,
            version=self.version + 1,
            changed_at=now.replace(microsecond=0),
        )


def comes_of_age_on(birth_date: date, adult_age: int) -> date:
    """The day on which a person is `adult_age` years old.

    Born on 29 February, the month's last day stands in for the missing one (Civil Code, art. 202).
    """
    year = birth_date.year + adult_age
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def kind_on(birth_date: date, today: date, adult_age: int) -> Kind:
    """Adult from the birthday on, child before it (R7, D6)."""
    return Kind.ADULT if today >= comes_of_age_on(birth_date, adult_age) else Kind.CHILD
