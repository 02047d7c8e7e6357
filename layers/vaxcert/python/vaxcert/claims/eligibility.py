"""Who may claim whose certificate, and if not, why not (R6–R10, R36, R39–R43, D1, D3, D4, D6).

Answers are values: a refusal is falsy and carries its reason. Nothing is read here; the archives of one person, the asker's
key and the day are passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal, Protocol

from vaxcert.archives.model import GONE, Archive, ArchiveStatus, System
from vaxcert.archives.persons import CLINIC_SYSTEMS, names_person
from vaxcert.archives.relations import SELF, Relation, relation_of
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    DECEASED,
    Certificate,
    Kind,
    Standing,
    StatusReason,
    kind_on,
    suspended,
)
from vaxcert.programme.vaccines import against_rabies


class Refusal(StrEnum):
    """Why a certificate cannot be claimed (R36). The words are stable; what people read is in `vaxcert.claims.notices`."""

    DECEASED = "deceased"
    ARCHIVE_VOID = "archive_void"
    BETWEEN_GROUPS = "between_groups"
    NOT_REGISTERED = "not_registered"
    WITH_OBSTETRICS = "with_obstetrics"
    CITY_NOT_PILOT = "city_not_pilot"
    OUT_OF_CARE = "out_of_care"
    NUMBER_MISSING = "identity_number_missing"
    NUMBER_MALFORMED = "identity_number_malformed"
    NUMBER_CONTRADICTS_BIRTH = "number_contradicts_birth"
    IDENTITY_CONFLICT = "identity_conflict"
    NO_RECENT_DOSE = "no_recent_dose"
    GUARDIAN_NUMBER_MISSING = "guardian_number_missing"
    GUARDIAN_NUMBER_MALFORMED = "guardian_number_malformed"
    GUARDIAN_NOT_REGISTERED = "guardian_not_registered"
    GUARDIAN_MUST_CLAIM = "guardian_must_claim"
    ADULT_CLAIMS_OWN = "adult_claims_own"
    CLAIMED_BY_OTHER = "claimed_by_other"


class RuleSettings(Protocol):
    """Where the rules are set."""

    @property
    def pilot_cities(self) -> frozenset[str]: ...

    @property
    def child_born_from(self) -> date: ...

    @property
    def adult_dose_from(self) -> date: ...

    @property
    def adult_age(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """The settings of D1. Cut-off dates are inclusive."""

    pilot_cities: frozenset[str]
    child_born_from: date
    adult_dose_from: date
    adult_age: int

    @classmethod
    def of(cls, settings: RuleSettings) -> ClaimRules:
        """The rules as an operator has set them."""
        return cls(
            settings.pilot_cities, settings.child_born_from, settings.adult_dose_from, settings.adult_age
        )


@dataclass(frozen=True, slots=True)
class Eligible:
    """The asker may claim. `chief` is the archive that speaks for the person; `relation` is the asker's to the person."""

    kind: Kind
    relation: str
    chief: Archive

    def __bool__(self) -> Literal[True]:
        return True


@dataclass(frozen=True, slots=True)
class Ineligible:
    """The asker may not claim, for one reason: the first that no other errand would cure."""

    reason: Refusal
    kind: Kind
    chief: Archive | None

    def __bool__(self) -> Literal[False]:
        return False


type Eligibility = Eligible | Ineligible


def chief_of(archives: Iterable[Archive], rules: ClaimRules) -> Archive | None:
    """The archive that speaks for a person: in care in a pilot city before others, a clinic's before obstetrics and rabies, newest first."""

    def rank(archive: Archive) -> tuple[bool, bool, bool, float, str]:
        return (
            archive.status in GONE,
            archive.system not in CLINIC_SYSTEMS,
            not _in_pilot_care(archive, rules),
            -archive.recorded_at.timestamp(),
            archive.key,
        )

    return min(archives, key=rank, default=None)


def eligibility_of(archives: Sequence[Archive], asker: str, today: date, rules: ClaimRules) -> Eligibility:
    """May `asker` (a subject) claim the certificate of the person with these archives, on the day `today` in Shanghai?

    `archives` are all of one person, gone ones may be among them. An adult claims for themselves, a child's registered
    guardian for the child (D4).
    """
    chief = chief_of(archives, rules)
    if chief is None:
        return Ineligible(Refusal.ARCHIVE_VOID, Kind.CHILD, None)
    kind = kind_on(chief.birth_date, today, rules.adult_age)
    reason = (
        _reason_of_life(archives)
        or _reason_of_age(archives, chief, asker, kind, rules)
        or _reason_of_care(archives, rules)
        or _reason_of_number(archives, chief, rules)
        or _reason_of_guardian(archives, asker, kind, rules)
        or _reason_of_doses(archives, kind, rules)
    )
    if reason is not None:
        return Ineligible(reason, kind, chief)
    relation = None if kind is Kind.ADULT else relation_to(archives, asker, rules)
    return Eligible(kind, relation or SELF, chief)


def naming(archives: Iterable[Archive], asker: str, rules: ClaimRules) -> Archive | None:
    """The archive that speaks for a person among those that name the asker, as that person or as a guardian.

    All that somebody who may not claim is told of: a parent who was taken out of the archive does not learn from a notice
    where the child is in care now, or under which name.
    """
    return chief_of((archive for archive in archives if names_person(archive, asker)), rules)


def relation_to(archives: Iterable[Archive], asker: str, rules: ClaimRules) -> str | None:
    """The asker's relation to a child by the archives in care, clinics' first: None where none of them names the asker (R10)."""
    kept = sorted(
        (archive for archive in archives if _counts(archive, rules)),
        key=lambda archive: (-archive.recorded_at.timestamp(), archive.key),
    )
    word = next((g.relation for archive in kept for g in archive.guardians if g.key == asker), None)
    return None if word is None else relation_of(word) or Relation.OTHER_GUARDIAN


def standing_of(
    certificate: Certificate, archives: Sequence[Archive], today: date, rules: ClaimRules
) -> Standing:
    """Where a certificate should stand by the archives of its person, for the nightly sync and for nobody else.

    Closing is final; a suspension lifts as soon as the holder could claim again (D5).
    """
    answer = eligibility_of(archives, certificate.holder, today, rules)
    if not answer and answer.reason is Refusal.DECEASED:
        return DECEASED
    if certificate.kind is Kind.CHILD and answer.kind is Kind.ADULT:
        return CAME_OF_AGE
    if answer:
        return ACTIVE if answer.kind is certificate.kind else suspended(StatusReason.NOT_ELIGIBLE)
    return suspended(_SUSPENDS.get(answer.reason, StatusReason.NOT_ELIGIBLE))


_SUSPENDS: Final = {
    Refusal.ARCHIVE_VOID: StatusReason.ARCHIVE_VOID,
    Refusal.OUT_OF_CARE: StatusReason.OUT_OF_CARE,
    Refusal.CITY_NOT_PILOT: StatusReason.OUT_OF_CARE,
    Refusal.GUARDIAN_NUMBER_MISSING: StatusReason.GUARDIAN_REMOVED,
    Refusal.GUARDIAN_NUMBER_MALFORMED: StatusReason.GUARDIAN_REMOVED,
    Refusal.GUARDIAN_NOT_REGISTERED: StatusReason.GUARDIAN_REMOVED,
}


def _in_pilot_care(archive: Archive, rules: ClaimRules) -> bool:
    return archive.status is ArchiveStatus.IN_CARE and archive.clinic.city in rules.pilot_cities


def _counts(archive: Archive, rules: ClaimRules) -> bool:
    """R8: established and in care at a vaccination unit of a pilot city; obstetrics and rabies are none (R41, R43)."""
    return archive.system in CLINIC_SYSTEMS and _in_pilot_care(archive, rules)


def _reason_of_life(archives: Sequence[Archive]) -> Refusal | None:
    standing = [archive.status for archive in archives if archive.status not in GONE]
    if ArchiveStatus.DECEASED in standing:
        return Refusal.DECEASED
    return None if standing else Refusal.ARCHIVE_VOID


def _reason_of_age(
    archives: Sequence[Archive], chief: Archive, asker: str, kind: Kind, rules: ClaimRules
) -> Refusal | None:
    """D3, D4, D6. Before anything else is told: where a grown person is in care is no longer the parents' business."""
    own = any(archive.person_key == asker for archive in archives)
    if kind is Kind.ADULT and not own:
        nobody = all(archive.person_key is None for archive in archives)
        return _fault_of_number(chief) if nobody else Refusal.ADULT_CLAIMS_OWN
    if kind is Kind.CHILD and chief.birth_date < rules.child_born_from:
        return Refusal.BETWEEN_GROUPS
    return Refusal.GUARDIAN_MUST_CLAIM if kind is Kind.CHILD and own else None


def _reason_of_care(archives: Sequence[Archive], rules: ClaimRules) -> Refusal | None:
    """R8, R39, R41: what the newest state of things is at a vaccination unit."""
    standing = [archive for archive in archives if archive.status not in GONE]
    kept = [archive for archive in standing if archive.system in CLINIC_SYSTEMS]
    if any(_counts(archive, rules) for archive in kept):
        return None
    if any(archive.status is ArchiveStatus.IN_CARE for archive in kept):
        return Refusal.CITY_NOT_PILOT
    if kept:
        return Refusal.OUT_OF_CARE
    at_birth = any(archive.system is System.OBSTETRICS for archive in standing)
    return Refusal.WITH_OBSTETRICS if at_birth else Refusal.NOT_REGISTERED


_FAULTS: Final = {
    "malformed": Refusal.NUMBER_MALFORMED,
    "contradicts_birth": Refusal.NUMBER_CONTRADICTS_BIRTH,
}


def _fault_of_number(archive: Archive) -> Refusal:
    return _FAULTS.get(archive.number_fault or "", Refusal.NUMBER_MISSING)


def _reason_of_number(archives: Sequence[Archive], chief: Archive, rules: ClaimRules) -> Refusal | None:
    """R9: the archive holds a valid identity number, a child's too."""
    held = any(archive.person_key for archive in archives if _counts(archive, rules))
    return None if held else _fault_of_number(chief)


def _reason_of_guardian(
    archives: Sequence[Archive], asker: str, kind: Kind, rules: ClaimRules
) -> Refusal | None:
    """R10: the archive in care holds the asker's number as a guardian's."""
    if kind is Kind.ADULT or relation_to(archives, asker, rules) is not None:
        return None
    guardians = [g for archive in archives if _counts(archive, rules) for g in archive.guardians]
    if any(guardian.key for guardian in guardians):
        return Refusal.GUARDIAN_NOT_REGISTERED
    if any(guardian.number_fault == "malformed" for guardian in guardians):
        return Refusal.GUARDIAN_NUMBER_MALFORMED
    return Refusal.GUARDIAN_NUMBER_MISSING


def _reason_of_doses(archives: Sequence[Archive], kind: Kind, rules: ClaimRules) -> Refusal | None:
    """R7: at least one dose on or after the cut-off date. Rabies doses never count, whichever system holds them (R43)."""
    counted = kind is Kind.CHILD or any(
        dose.date >= rules.adult_dose_from and not against_rabies(dose.vaccine_code, dose.vaccine_name)
        for archive in archives
        if archive.system is not System.RABIES and archive.status not in GONE
        for dose in archive.doses
    )
    return None if counted else Refusal.NO_RECENT_DOSE
