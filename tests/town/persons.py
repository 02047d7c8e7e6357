"""Who somebody is, and who may claim for whom (R6–R10, R16, R36, D1, D3, D4, D13), read again from their words."""

from __future__ import annotations

from datetime import date, datetime

from tests.town.facts import ADULT_DOSE_FROM, CHILDREN_FROM, OF_AGE, PILOT, Certificate, Paper, Visit
from tests.town.register import Person, Row, birthday


class Persons:
    """The register as of the last feed, and everything else that is so."""

    def __init__(self) -> None:
        self.archives: dict[str, Row] = {}
        self.by_who: dict[str, set[str]] = {}
        self.by_number: dict[str, set[str]] = {}
        self.certificates: dict[str, Certificate] = {}
        self.live_of: dict[str, str] = {}
        self.held: dict[str, set[str]] = {}
        self.lent: dict[str, set[str]] = {}
        self.visits: dict[str, Visit] = {}
        self.used: set[str] = set()
        self.killed: set[str] = set()
        self.papers: dict[str, Paper] = {}
        self.booked: dict[str, tuple[str, str, int]] = {}
        self.refused_before: datetime | None = None
        self.as_of: date | None = None

    # ---- who somebody is (D13)

    def person(self, who: str, certificate: Certificate | None = None) -> tuple[list[Row], list[Row]]:
        """The archives of a number that are one person, and those that are held apart (D13)."""
        rows = [self.archives[no] for no in sorted(self.by_who.get(who, ()))]
        clinics = [one for one in rows if one.clinics]
        stands_on = certificate.archives if certificate else frozenset()
        kept = [one for one in clinics if one.no in stands_on]
        if certificate:
            naming = {one.name for one in kept if names(one, certificate.holder)}
            kept = [one for one in kept if not naming or one.name in naming]
        called = {one.name for one in kept or clinics}
        contested = not kept and len(called) > 1
        apart = [one for one in clinics if contested or (one not in kept and one.name not in called)]
        if apart:
            apart += [
                one
                for one in rows
                if one.stands and one.system == "obstetrics" and (contested or one.name not in called)
            ]
        return [one for one in rows if one.stands and one not in apart], apart

    def live(self, who: str) -> Certificate | None:
        """Invariant 1: at most one."""
        found = self.live_of.get(who)
        return None if found is None else self.certificates[found]

    def linked(self, asker: Person) -> dict[str, tuple[list[Row], list[Row]]]:
        """R16: the asker's own and whose guardian they are; of what is held apart, only what names them (D13)."""
        found = {}
        for who in sorted({self.archives[no].who for no in self.by_number.get(asker.number, ())}):
            if not any(self._links(self.archives[no], asker) for no in self.by_who[who]):
                continue
            together, apart = self.person(who, self.live(who))
            if apart:
                together = together if any(_concerns(one, asker) for one in together) else []
            found[who] = together, [one for one in apart if _concerns(one, asker)]
        return {who: told for who, told in found.items() if told[0] or told[1]}

    def unbelieved(self, asker: Person) -> list[Row]:
        """D13: archives that state the asker's number against their own birth date, under the asker's name."""
        rows = (self.archives[no] for no in sorted(self.by_number.get(asker.number, ())))
        return [
            one
            for one in rows
            if one.stands and one.number == asker.number != one.who and one.name == asker.name
        ]

    def fault(self, asker: Person, own: list[Row], today: date) -> str | None:  # noqa: C901, PLR0911 - reasons in their order
        """R36: why somebody may not claim for the person with these archives; None where they may."""
        if not own:
            return "archive_void"
        if any(one.status == "deceased" for one in own):
            return "deceased"
        chief = self.chief(own)
        grown = today >= birthday(chief.born, OF_AGE)
        theirs = any(one.who == asker.number for one in own)
        if grown and not theirs:
            return _unnumbered(chief) if all(one.who.startswith("#") for one in own) else "adult_claims_own"
        if not grown and chief.born < CHILDREN_FROM:
            return "between_groups"
        if not grown and theirs:
            return "guardian_must_claim"
        clinics = [one for one in own if one.clinics]
        care = [one for one in clinics if one.status == "in_care" and one.city in PILOT]
        if not care:
            if any(one.status == "in_care" for one in clinics):
                return "city_not_pilot"
            if clinics:
                return "out_of_care"
            return "with_obstetrics" if any(one.system == "obstetrics" for one in own) else "not_registered"
        if all(one.who.startswith("#") for one in care):
            return _unnumbered(chief)
        if not grown and not any(names(one, asker) for one in care):
            return (
                "guardian_not_registered" if any(one.guardians for one in care) else "guardian_number_missing"
            )
        doses = [dose for one in own if one.system != "rabies" for dose in one.doses]
        return "no_recent_dose" if grown and not any(one.on >= ADULT_DOSE_FROM for one in doses) else None

    @staticmethod
    def chief(own: list[Row]) -> Row:
        """The archive that speaks: in care in a pilot city first, the newest of those."""
        return min(
            own,
            key=lambda one: (
                not one.clinics,
                not (one.status == "in_care" and one.city in PILOT),
                -one.recorded_on.toordinal(),
            ),
        )

    @staticmethod
    def _links(row: Row, asker: Person) -> bool:
        return row.stands and names(row, asker)


def names(row: Row, somebody: Person) -> bool:
    """As its person or as a guardian (R9, R10)."""
    return row.who == somebody.number or any(one.number == somebody.number for one in row.guardians)


def _concerns(row: Row, asker: Person) -> bool:
    return row.name == asker.name if row.who == asker.number else names(row, asker)


def _unnumbered(chief: Row) -> str:
    return "number_contradicts_birth" if chief.number else "identity_number_missing"


def numbers_of(row: Row) -> set[str]:
    return {one.number for one in row.guardians} | ({row.number} if row.number else set())
