"""The rules as the requirements write them, read again: what must be true of a town, and what each request is answered.

Nothing here is the product's: archives are rows, a certificate is an entry, a grant is an entry; nothing is versioned or half done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from tests.town.facts import (
    LIFE,
    LIMIT,
    NEXT,
    OBSERVED,
    OF_AGE,
    REPORTED,
    SCANNED,
    Certificate,
    Grant,
    Paper,
    Shown,
    Visit,
)
from tests.town.persons import Persons, names, numbers_of
from tests.town.register import Person, Row, birthday

_SUSPENDS: Final = {
    "archive_void": "archive_void",
    "out_of_care": "out_of_care",
    "city_not_pilot": "out_of_care",
    "guardian_number_missing": "guardian_removed",
    "guardian_not_registered": "guardian_removed",
}
"""D5."""
_TAKES_BACK: Final = frozenset({"suspended archive_void", "suspended identity_conflict"})
"""D20."""


class Rules(Persons):
    """Everything that is so."""

    # ---- what citizens are answered

    def offers(self, asker: Person, today: date) -> tuple[set[str], set[tuple[str, str]]]:
        """R16, R36: whom they may claim, and for everybody else linked to them the reason why not."""
        claimable, told = set(), set()
        for who, (together, apart) in self.linked(asker).items():
            live = self.live(who)
            mine = live is not None and live.holder.number == asker.number
            told |= {(f"#{one.no}", "identity_conflict") for one in apart}
            if not together or (live and mine and not live.ended(today)):
                continue
            reason = self.fault(asker, together, today)
            if reason is None and not (live and live.usable(today)):
                claimable.add(who)
            elif reason != "deceased" or not self._mourned(asker, who):
                told.add((who, reason or "claimed_by_other"))
        told |= {(f"#{one.no}", "number_contradicts_birth") for one in self.unbelieved(asker)}
        return claimable, told

    def meant(self, asker: Person, who: str) -> str:
        """Whom an archive's own id means that somebody was shown before: by now it may have a number, or be held apart no more."""
        row = self.archives.get(who[1:]) if who.startswith("#") else None
        return row.who if row and row.stands and names(row, asker) else who

    def claim(self, asker: Person, who: str, today: date) -> str:
        """R20, D4, D13."""
        row = self.archives.get(who[1:]) if who.startswith("#") else None
        who = self.meant(asker, who)
        told = self.linked(asker).get(who)
        if told is None:
            return "not_eligible" if row in self.unbelieved(asker) else "not_found"
        together, apart = told
        if not together or row in apart:
            return "not_eligible"
        live = self.live(who)
        if live and live.holder.number == asker.number and not live.ended(today):
            return "already_claimed"
        if self.fault(asker, together, today):
            return "not_eligible"
        return "already_claimed" if live and live.usable(today) else "done"

    def claimed(self, certificate_id: str, asker: Person, who: str, today: date) -> None:
        """It was: what was live before makes way (D5, D6)."""
        who = self.meant(asker, who)
        own, _ = self.person(who, self.live(who))
        if live := self.live(who):
            self._stand(live, "closed came_of_age" if live.ended(today) else "released replaced")
        chief = self.chief(own)
        grown = today >= birthday(chief.born, OF_AGE)
        nos = frozenset(one.no for one in own)
        made = Certificate(certificate_id, who, asker, grown, chief.born, nos, chief.name)
        self.certificates[certificate_id] = made
        self.held.setdefault(asker.number, set()).add(certificate_id)
        self.live_of[who] = certificate_id

    def granted(self, one: Certificate, grant: Grant) -> None:
        """It was."""
        one.grants[grant.grant_id] = grant
        self.lent.setdefault(grant.delegate.number, set()).add(one.certificate_id)

    def of(self, who: Person) -> list[Certificate]:
        """What somebody holds or held, and what they are or were authorised for."""
        found = self.held.get(who.number, set()) | self.lent.get(who.number, set())
        return [self.certificates[one] for one in sorted(found) if one in self.certificates]

    def release(self, asker: Person, one: Certificate, today: date) -> str:
        """D5: the claimant's alone; final."""
        if one.holder.number != asker.number or (one.ended(today) and one.standing != "released"):
            return "not_found"
        self._stand(one, "released")
        return "done"

    def authorize(self, asker: Person, one: Certificate, delegate: Person, today: date) -> str:  # noqa: PLR0911 - reasons in their order
        """R24–R27, D7."""
        if one.holder.number != asker.number or one.standing.startswith("released"):
            return "not_found"
        if one.adult:
            return "adult_not_grantable"
        if not one.usable(today):
            return "not_found" if one.ended(today) else "certificate_suspended"
        if delegate.number == asker.number:
            return "delegate_is_self"
        if today < birthday(delegate.born, OF_AGE):
            return "delegate_underage"
        if one.lent_to(delegate, today):
            return "already_authorized"
        return "done" if len(one.lent(today)) < LIMIT else "grant_limit_reached"

    def right(self, asker: Person, one: Certificate, today: date, *, name: str | None = None) -> str:
        """Who may read, show and book: `holder`, a grant's id, or the problem's code (D5, D7, D16)."""
        if one.holder.number == asker.number and not one.ended(today):
            return "holder" if one.usable(today) else "certificate_suspended"
        if not one.usable(today):
            return "not_found"
        grant = one.lent_to(asker, today)
        if grant is None:
            return "not_found"
        grant.mismatch = (name or asker.name) != grant.delegate.name
        return "not_found" if grant.mismatch else grant.grant_id

    def says(self, one: Certificate) -> tuple[str, date, tuple[str, ...]]:
        """What the certificate shows: name, birth date, doses newest first (R1, R2, R38)."""
        own = [self.archives[no] for no in sorted(one.archives) if self.archives[no].who == one.who]
        chief = self.chief(own)
        doses = [dose for row in own for dose in row.doses]
        ordered = sorted(doses, key=lambda dose: (-dose.on.toordinal(), dose.dose_id))
        return chief.name, chief.born, tuple(dose.dose_id for dose in ordered)

    def prints(self, one: Certificate) -> object:
        """What a paper of it depends on (D20)."""
        own = [self.archives[no] for no in sorted(one.archives) if self.archives[no].who == one.who]
        shown = [row for row in own if row.system in {"child", "adult"}]
        return [
            (row.no, row.name, row.who, row.born, row.clinic, frozenset(row.doses))
            for row in shown
            if row.stands
        ]

    def paper(self, paper: Paper) -> str:
        """D20: withdrawn if its key was killed or its archive is void; superseded once the records have changed."""
        one = self.certificates[paper.certificate_id]
        if paper.key in self.killed or one.taken_back or one.standing in _TAKES_BACK:
            return "withdrawn"
        return "current" if self.prints(one) == paper.said else "superseded"

    # ---- at the clinic

    def scan(self, code: Shown, clinic: str, station: str, cti: str, now: datetime, today: date) -> str:  # noqa: C901, PLR0911 - reasons in their order
        """Reasons in their order of precedence: key, time, used, certificate, grant, visit (invariants 2 and 3, R28)."""
        if code.key in self.killed:
            return "unknown_key"
        if not code.at <= now < code.at + LIFE or (self.refused_before and code.at < self.refused_before):
            return "expired"
        if cti in self.used:
            return "already_used"
        one = self.certificates.get(code.certificate_id)
        status = "released" if one is None else one.on(today).split()[0]
        if one is None or status != "active":
            return status
        if code.grant_id is not None:
            grant = one.grants.get(code.grant_id)
            if grant is None or grant.over or grant.mismatch:
                return "grant_revoked"
            if not grant.holds(today):
                return "grant_expired"
        visit = self.visits.get(code.certificate_id)
        if visit and visit.day == today and visit.state in NEXT:
            if visit.clinic != clinic:
                return "visit_elsewhere"
            if NEXT[visit.state] != station:
                return "wrong_order"
            return (
                "observation_not_over" if visit.observed_until and now < visit.observed_until else "accepted"
            )
        return "accepted" if station == "ticket" else "wrong_order"

    def scanned(self, code: Shown, clinic: str, station: str, cti: str, visit_id: str, today: date) -> None:
        """It was accepted: burned, and one step on."""
        self.used.add(cti)
        if station == "ticket":
            self.visits[code.certificate_id] = Visit(visit_id, clinic, today)
        else:
            visit = self.visits[code.certificate_id]
            visit.state = SCANNED[visit.state]

    def report(self, visit: Visit, outcome: str, now: datetime) -> str:
        """R28: a station reports on who stands there, once."""
        becomes = REPORTED.get((visit.state, outcome))
        if becomes is None:
            return "wrong_order"
        visit.state = becomes
        visit.observed_until = now + OBSERVED if becomes == "observing" else None
        return "done"

    # ---- the night (D2, D5, D6, D13)

    def night(self, rows: Iterable[Row], today: date) -> None:
        """A feed is applied: the highest version of each archive stands, certificates follow."""
        before: dict[str, Row | None] = {}
        for row in rows:
            stands = self.archives.get(row.no)
            if stands is None or row.version > stands.version:
                before.setdefault(row.no, stands)
                self._put(row)
        moved: list[Certificate] = []
        for who in sorted({one.who for no, was in before.items() for one in (was, self.archives[no]) if one}):
            live = self.live(who)
            if live and not self._settle(live, today):
                moved.append(live)
        for live in moved:
            self._follow(live, today)

    def _settle(self, one: Certificate, today: date) -> bool:
        """Where it should stand by its own archives; False where it has none any more."""
        if one.on(today) == "closed came_of_age":
            self._stand(one, "closed came_of_age")
            return True
        own = self._own(one)
        if not any(row.system != "rabies" for row in own):
            return False
        chief = self.chief(own)
        if any(names(row, one.holder) for row in own):  # D16: who has lost the right sees nothing newer
            one.born = chief.born
            one.name = one.name if one.name in {row.name for row in own} else chief.name
        one.archives = frozenset(row.no for row in own)
        fault = self.fault(one.holder, own, today)
        if fault == "deceased":
            self._stand(one, "closed deceased")
        elif not one.adult and today >= birthday(chief.born, OF_AGE):
            self._stand(one, "closed came_of_age")
        elif fault is None:
            self._stand(one, "active")
        else:
            self._stand(one, f"suspended {_SUSPENDS.get(fault, 'not_eligible')}")
        return True

    def _own(self, one: Certificate) -> list[Row]:
        """D13: it stays with its archives; others of the number are its person only under a name that it had."""
        together, _ = self.person(one.who, one)
        clinics = [row for row in together if row.clinics]
        had = {one.name, *(self.archives[no].name for no in one.archives)}
        if (
            not clinics
            or any(row.no in one.archives or row.name in had for row in clinics)
            or (one.adult and one.who == one.holder.number)
        ):
            return together
        return [row for row in together if row.no in one.archives]

    def _follow(self, one: Certificate, today: date) -> None:
        """Merged into another archive, or under another number now; void where there is nothing to follow (D5)."""
        target = None
        for no in sorted(one.archives):
            row = self.archives[no]
            while row.op == "merge" and row.into in self.archives:
                row = self.archives[row.into]
            target = row if row.stands else target
        there = None if target is None else self.live(target.who)
        if (
            target is None
            or (there is not None and there is not one)
            or (one.adult and target.who != one.holder.number)
        ):
            self._stand(one, "suspended archive_void")
            return
        del self.live_of[one.who]
        one.who, one.archives = target.who, frozenset({target.no})
        self.live_of[one.who] = one.certificate_id
        self._settle(one, today)

    def _stand(self, one: Certificate, standing: str) -> None:
        ends = not standing.startswith(("active", "suspended"))
        one.taken_back = ends and (one.taken_back or one.standing in _TAKES_BACK)
        one.standing = standing
        if not one.live and self.live_of.get(one.who) == one.certificate_id:
            del self.live_of[one.who]

    def _put(self, row: Row) -> None:
        stands = self.archives.get(row.no)
        if stands is not None:
            self.by_who[stands.who].discard(row.no)
            for number in numbers_of(stands):
                self.by_number[number].discard(row.no)
        self.archives[row.no] = row
        self.by_who.setdefault(row.who, set()).add(row.no)
        for number in numbers_of(row):
            self.by_number.setdefault(number, set()).add(row.no)

    def _mourned(self, asker: Person, who: str) -> bool:
        """D16: nothing more is said of one whose certificate was closed because they have died."""
        return any(
            one.who == who and one.holder.number == asker.number and one.standing == "closed deceased"
            for one in self.of(asker)
        )
