"""The reference: what must be true of claims and grants, in the plainest words and without a store.

Archives are a dict, a person's live certificate is a dict entry, a grant is a dict entry; nothing is versioned, nothing can be
half done, and every answer is worked out from the archives as they stand (R6–R10, R20, R24, R27, D4–D7, invariant 1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tests.stateful.universe import born, person

LIMIT = 10


@dataclass(frozen=True, slots=True)
class Row:
    """An archive as the last feed states it."""

    number: str | None
    guardians: tuple[str, ...]
    status: str = "in_care"
    op: str = "upsert"
    into: str | None = None

    @property
    def stands(self) -> bool:
        return self.op == "upsert"


@dataclass(slots=True)
class Grant:
    """A grant that was not revoked: who, until when, and whether their last visit was under another name."""

    grant_id: str
    delegate: str
    expires_on: date | None
    mismatch: bool = False

    def holds(self, today: date) -> bool:
        return self.expires_on is None or today <= self.expires_on


@dataclass(slots=True)
class Certificate:
    """A certificate: `standing` as the last night or its holder left it, age not yet counted."""

    certificate_id: str
    who: str
    holder: str
    adult: bool
    archives: frozenset[str]
    standing: str = "active"
    grants: dict[str, Grant] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    @property
    def live(self) -> bool:
        return self.standing.split()[0] in {"active", "suspended"}

    def standing_on(self, today: date) -> str:
        """D6: a child's closes on the 18th birthday by itself."""
        return (
            "closed came_of_age" if self.live and not self.adult and grown(self.who, today) else self.standing
        )

    def usable(self, today: date) -> bool:
        return self.standing_on(today) == "active"

    def ended(self, today: date) -> bool:
        return self.standing_on(today).split()[0] in {"closed", "released"}

    def occupied(self, today: date) -> dict[str, Grant]:
        """Delegate → grant, of those that take up one of the ten."""
        return {each: grant for each, grant in self.grants.items() if grant.holds(today)}


def birthday(born_on: date) -> date:
    """The 18th; 28 February for those born on the 29th."""
    try:
        return born_on.replace(year=born_on.year + 18)
    except ValueError:
        return date(born_on.year + 18, 2, 28)


def grown(who: str, today: date) -> bool:
    """18 or over."""
    return today >= birthday(born(who))


class Reference:
    """Everything that is so."""

    def __init__(self) -> None:
        self.archives: dict[str, Row] = {}
        self.certificates: dict[str, Certificate] = {}

    # ---- what archives say

    def standing_of(self, who: str) -> dict[str, Row]:
        """A person's archives that stand."""
        return {no: row for no, row in self.archives.items() if row.stands and person(no, row.number) == who}

    def linked_to(self, asker: str) -> set[str]:
        """The persons that somebody is shown: themselves and whose guardian they are (R16)."""
        return {
            person(no, row.number)
            for no, row in self.archives.items()
            if row.stands and (row.number == asker or asker in row.guardians)
        }

    def fault(self, asker: str, who: str, today: date) -> str | None:
        """Why somebody may not claim for a person; None where they may (R36)."""
        own = self.standing_of(who).values()
        kept = [row for row in own if row.status == "in_care"]
        adult = grown(who, today)
        if any(row.status == "deceased" for row in own):
            return "deceased"
        if adult != (asker == who):
            return "not_theirs_to_claim"
        if not kept:
            return "out_of_care"
        if who.startswith("#"):
            return "number_missing"
        if not adult and not any(asker in row.guardians for row in kept):
            return "not_a_guardian"
        return None

    # ---- what citizens do

    def live(self, who: str) -> Certificate | None:
        """The person's one live certificate."""
        found = [each for each in self.certificates.values() if each.live and each.who == who]
        assert len(found) <= 1
        return found[0] if found else None

    def claim(self, asker: str, who: str, today: date) -> str:
        """The answer to a claim: `claimed`, or the problem's code."""
        if who not in self.linked_to(asker):
            return "not_found"
        live = self.live(who)
        if live and not live.ended(today) and live.holder == asker:
            return "already_claimed"
        if self.fault(asker, who, today):
            return "not_eligible"
        return "already_claimed" if live and live.usable(today) else "claimed"

    def claimed(self, certificate_id: str, asker: str, who: str, today: date) -> None:
        """The claim took place: what was live before it made way."""
        if live := self.live(who):
            live.standing = "closed came_of_age" if live.ended(today) else "released replaced"
        archives = frozenset(self.standing_of(who))
        self.certificates[certificate_id] = Certificate(
            certificate_id, who, asker, grown(who, today), archives
        )

    def release(self, asker: str, certificate_id: str, today: date) -> str:
        """The answer to a release; carried out where it is `released`."""
        found = self.certificates[certificate_id]
        if found.holder != asker:
            return "not_found"
        if not found.ended(today):
            found.standing = "released"
        return "released" if found.standing == "released" else "not_found"

    def authorize(self, asker: str, certificate_id: str, delegate: str, today: date) -> str:
        """The answer to a grant: `authorized`, or the problem's code."""
        found = self.certificates[certificate_id]
        if found.holder != asker or found.standing.startswith("released"):
            return "not_found"
        if found.adult:
            return "adult_not_grantable"
        if not found.usable(today):
            return "not_found" if found.ended(today) or not found.live else "certificate_suspended"
        if delegate == asker or not grown(delegate, today):
            return "delegate_is_self" if delegate == asker else "delegate_underage"
        occupied = found.occupied(today)
        if delegate in occupied:
            return "already_authorized"
        return "authorized" if len(occupied) < LIMIT else "grant_limit_reached"

    def revoke(self, asker: str, certificate_id: str, grant_id: str) -> str:
        """The answer to a revocation; carried out where it is `revoked`."""
        found = self.certificates[certificate_id]
        if found.holder != asker or found.standing.startswith("released"):
            return "not_found"
        for delegate, grant in found.grants.items():
            if grant.grant_id == grant_id:
                found.revoked.add(grant_id)
                del found.grants[delegate]
                break
        return "revoked"

    def lent_to(self, delegate: str, today: date) -> set[str]:
        """What a delegate sees under their own name: exactly what is theirs."""
        return {
            each.certificate_id
            for each in self.certificates.values()
            if each.usable(today) and delegate in each.occupied(today)
        }

    # ---- what a night does

    def night(self, no: str, after: Row, today: date) -> None:
        """One archive is another now; the certificates of whom it was and of whom it is follow (D5, D6)."""
        before, self.archives[no] = self.archives.get(no), after
        touched = [person(no, after.number)]
        if before is not None and person(no, before.number) != touched[0]:
            touched.append(person(no, before.number))
        for who in touched:
            if live := self.live(who):
                self._settle(live, today, no if after.op == "merge" else None)

    def _settle(self, live: Certificate, today: date, merged: str | None) -> None:
        if live.ended(today):
            live.standing = "closed came_of_age"
            return
        own = self.standing_of(live.who)
        if own:
            live.archives = frozenset(own)
            live.standing = self._in_step(live, today)
            return
        target = self._followed(live, merged)
        # An adult's is their own: it follows no archive that turned out to be somebody else's (R9).
        if target is None or self.live(target) is not None or (live.adult and target != live.holder):
            live.standing = "suspended archive_void"
            return
        live.who = target
        self._settle(live, today, None)

    def _followed(self, live: Certificate, merged: str | None) -> str | None:
        """Whose the archive is by which a certificate was left: merged into another, or under another number now.

        A person's archive that is merged this night leads before all others, also where it was merged before.
        """
        for own in (*([merged] if merged else []), *live.archives):
            no = own
            while (into := self.archives[no].into) is not None:
                no = into
            if self.archives[no].stands:
                return person(no, self.archives[no].number)
        return None

    def _in_step(self, live: Certificate, today: date) -> str:
        fault = self.fault(live.holder, live.who, today)
        if fault == "deceased":
            return "closed deceased"
        if not live.adult and grown(live.who, today):
            return "closed came_of_age"
        if fault is None:
            return "active"
        reasons = {"out_of_care": "out_of_care", "not_a_guardian": "guardian_removed"}
        return f"suspended {reasons.get(fault, 'not_eligible')}"
