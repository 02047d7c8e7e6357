"""The town itself: who lives there, what is written down, and how what is seen is compared with the rules."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from tests.town.facts import Certificate, Shown
from tests.town.register import Person, Province, Row, clinic_code, day_after
from tests.town.rules import Rules
from tests.town.world import Told, World, record_of

START: Final = date(2034, 12, 22)
"""The first of those whom R6 lets in come of age from 2035-01-01 on."""
_KEY_KEPT: Final = timedelta(hours=1)
_PLAIN: Final = frozenset({"day", "disable", "pepper", "restore", "sweep", "deploy"})


class Broken(AssertionError):
    """A rule does not hold; the requirement, and what was seen."""


@dataclass
class Family:
    """Two parents, their children and relatives; what a clinic still has to mend."""

    clinic: str
    parents: tuple[Person, Person]
    relatives: list[Person]
    children: list[tuple[Person, str]] = field(default_factory=list)
    busy: bool = False
    """A clinic has still to mend something of theirs: one thing at a time."""

    @property
    def adults(self) -> list[Person]:
        return [*self.parents, *self.relatives[:3]]


@dataclass
class Streets:
    """A town by its seed: so many families and clinics; `rough` where AWS fails, feeds come late and tables are restored."""

    seed: int
    families: int
    clinics: int
    rough: bool = True

    def __post_init__(self) -> None:
        self.dice = random.Random(f"town/{self.seed}")
        self.codes = [clinic_code(one) for one in range(self.clinics)]
        self.world = World(self.seed, START, self.codes)
        self.rules, self.province = Rules(), Province()
        self.today = START
        self.homes: list[Family] = []
        self.home_of: dict[str, Family] = {}
        self.later: dict[date, list[Callable[[], object]]] = {}
        self.held: list[tuple[date, dict[str, bytes], list[Row]]] = []
        self.counts: Counter[str] = Counter()
        self.checks = self.events = self.nights = 0
        self.journal = hashlib.sha256()
        self.lines: list[str] = []
        self.kept: list[tuple[Shown, str]] = []
        self.offered: list[str] = []
        self.disabled: set[str] = set()
        self.seats: dict[str, set[int]] = {}
        self.open_appointments: dict[str, tuple[str, str]] = {}
        self.appointed: dict[str, int] = {}
        self.closed: set[str] = set()
        for _ in range(self.families):
            self._settle_in()

    def note(self, what: str, told: str) -> None:
        """A line of the journal."""
        self.events += 1
        kind, *more = what.split()
        self.counts[
            f"{kind} {more[0] if kind == 'register' else told.split(maxsplit=1)[0] if told and kind not in _PLAIN else ''}"
        ] += 1
        line = f"{self.world.clock().isoformat()} {what} -> {told}"
        self.journal.update(line.encode() + b"\n")
        self.lines.append(line)

    def expect(self, rule: str, what: str, seen: object, expected: object) -> None:
        """One check."""
        self.checks += 1
        if seen != expected:
            told = (
                f"{rule}: {what} on {self.today}, seed {self.seed}: seen {seen!r}, by the rules {expected!r}"
            )
            raise Broken(told + self._dossier(what))

    def _dossier(self, what: str) -> str:
        """Of the certificates that `what` names: what the rules hold, the rows of their person, and their lines of the journal."""
        told = []
        for one in (one for key, one in self.rules.certificates.items() if key in what):
            beside = [
                other
                for other in self.rules.certificates.values()
                if other.who == one.who and other is not one
            ]
            rows = [
                row for no, row in self.rules.archives.items() if no in one.archives or row.who == one.who
            ]
            into = [self.rules.archives[row.into] for row in rows if row.into in self.rules.archives]
            held = [row for _, _, late in self.held for row in late if row.no in one.archives]
            names = {one.certificate_id, *one.archives}
            lines = [line for line in self.lines if any(name in line for name in names)]
            told += [one, *beside, *rows, *into, *held, *lines]
        return "".join(f"\n  {line}" for line in told)

    def _page(self, who: Person, one: Certificate) -> None:
        right = self.rules.right(who, one, self.today)
        told = self.world.page(self.world.citizen(who), one.certificate_id)
        allowed = right == "holder" or right in one.grants
        self.expect(
            "D7, D16", f"{who.name} reads {one.certificate_id}", told.code, "done" if allowed else right
        )
        if not allowed:
            return
        page = told.answer
        self.expect("D2", "as of", page.as_of, self.rules.as_of)
        name, born, doses = self.rules.says(one)
        days = [dose.date for dose in page.doses]
        self.expect("R2", "newest first", days, sorted(days, reverse=True))
        seen = page.person.name, page.person.birth_date, tuple(sorted(dose.dose_id for dose in page.doses))
        self.expect("R38", f"records of {one.certificate_id}", seen, (name, born, tuple(sorted(doses))))

    def _looks(self, who: Person, name: str | None = None) -> None:
        """R16, R36, D7: exactly what is theirs, and for everybody else of theirs the reason why not."""
        seen, today, rules = self.world.overview(self.world.citizen(who, name=name)), self.today, self.rules
        asker = Person(who.number, name or who.name, who.born)
        claimable, told = rules.offers(asker, today)
        everything = rules.of(who)
        lent = set()
        for one in everything:
            if one.lent_to(who, today):
                grant = one.lent_to(who, today)
                assert grant is not None
                grant.mismatch = asker.name != grant.delegate.name
                lent |= set() if grant.mismatch or not one.usable(today) else {one.certificate_id}
        self.expect("D7", f"lent to {who.name}", {one.certificate_id for one in seen.authorized}, lent)
        self.expect(
            "R16",
            f"{who.name} may claim",
            {one.record_id for one in seen.claimable},
            set(map(record_of, claimable)),
        )
        held = {one.certificate_id: _words(one) for one in seen.claimed}
        theirs = [
            one
            for one in everything
            if one.holder.number == who.number and not one.standing.startswith("released")
        ]
        self.expect(
            "R22, D16", f"held by {who.name}", held, {one.certificate_id: one.on(today) for one in theirs}
        )
        notices = sorted((str(one.record_id), one.code) for one in seen.notices if one.record_id)
        because = [
            (record_of(one), "archive_status_changed" if code == "deceased" else code) for one, code in told
        ]
        because += [
            (record_of(one.who), f"suspended_{one.on(today).split()[1]}")
            for one in theirs
            if one.on(today).startswith("suspended")
        ]
        self.expect("R36", f"told to {who.name}", notices, sorted(because))

    def _checks(self, document_id: str) -> None:
        paper = self.rules.papers[document_id]
        if paper.certificate_id in self.rules.certificates:
            status = self.rules.paper(paper)
            self.expect("D20", f"paper {document_id}", self.world.check(document_id), status)

    def _some[One](self, among: list[One], most: int) -> list[One]:
        return among if len(among) <= most else self.dice.sample(among, most)

    def _child(self, home: Family) -> Person:
        return self.dice.choice(home.children)[0]

    def _subject(self, who: Person) -> str:
        found: str = self.world.citizen(who).subject
        return found

    def _certificate(self) -> Certificate | None:
        """One of those that there are, live ones before others."""
        found = list(self.rules.certificates.values())
        some = [self.dice.choice(found) for _ in range(3)] if found else []
        return next((one for one in some if one.live), some[0] if some else None)

    def _caller(self, one: Certificate) -> Person:
        """Mostly somebody who may; a stranger at times, or one whose grant has ended."""
        dice, grants = self.dice, list(one.grants.values())
        chosen = dice.random()
        if grants and chosen < 0.45:
            return dice.choice(grants).delegate
        return one.holder if chosen < 0.9 else dice.choice(dice.choice(self.homes).adults)

    def _home_of(self, one: Certificate) -> Family:
        return self.home_of.get(one.holder.number, self.homes[0])

    def _settle_in(self) -> None:
        dice, province = self.dice, self.province
        clinic = dice.choice(self.codes)
        ages = [date(dice.randint(1985, 2005), dice.randint(1, 12), dice.randint(1, 28)) for _ in range(14)]
        people = [province.person(born) for born in ages]
        home = Family(clinic, (people[0], people[1]), people[2:])
        self.homes.append(home)
        self.home_of |= dict.fromkeys((one.number for one in home.parents), home)
        for _ in range(dice.choice((1, 1, 2, 2, 3))):
            self._joins(home, province.person(self._birth()))
        if dice.random() < 0.3:
            parent = province.establish(home.parents[0], (), clinic, system="adult")
            province.dose(
                parent, date(dice.choice((2019, 2020, 2033)), dice.choice((1, 11, 12)), 1), clinic, 3
            )

    def _birth(self) -> date:
        dice = self.dice
        if dice.random() < 0.35:
            return day_after(date(2016, 12, 20), dice.randint(0, 60))
        return day_after(date(2017, 3, 1), dice.randint(0, 6400))

    def _joins(self, home: Family, child: Person, **more: Any) -> Row:
        row = self.province.establish(child, home.parents, home.clinic, **more)
        home.children.append((child, row.no))
        for vaccine in range(self.dice.randint(0, 3)):
            on = day_after(max(child.born, date(2033, 1, 1)), self.dice.randint(0, 300))
            row = self.province.dose(row, min(on, day_after(self.today, -1)), home.clinic, vaccine)
        return row

    def _shown(self, who: Person, one: Certificate) -> tuple[Shown, str] | None:
        """A code, if the rules let them show one; compared with whether they could."""
        right = self.rules.right(who, one, self.today)
        told = self.world.code(self.world.citizen(who), one.certificate_id)
        allowed = right == "holder" or right in one.grants
        self.expect(
            "R28, D7", f"{who.name} shows {one.certificate_id}", told.code, "done" if allowed else right
        )
        if not allowed:
            return None
        at = self.world.clock().replace(microsecond=0)
        grant_id = None if right == "holder" else right
        return Shown(one.certificate_id, grant_id, at, self.world.signing_key("code")), told.answer

    def _scan(
        self, code: tuple[Shown, str], kind: str, clinic: str, station: str, key: str | None = None
    ) -> Told:
        """One scan at one device, as the rules have it."""
        shown, text = code
        device, now = f"{kind}-{clinic}", self.world.clock()
        expected = self.rules.scan(shown, clinic, station, text, now, self.today)
        before = self.rules.refused_before is not None and shown.at < self.rules.refused_before
        if device in self.disabled and expected != "unknown_key" and not before:
            expected = "device_disabled"
        told = self.world.scan(device, text, station, key or self.world.key())
        if (told.code, expected) == ("unknown_key", "expired") and now >= shown.at + _KEY_KEPT:
            expected = "unknown_key"  # a key goes once its last code has expired
        self.note(f"scan {shown.certificate_id} {device} {station}", told.code)
        self.expect(
            "R28, D5-D8, invariants 2, 3",
            f"{shown.certificate_id} at {device}, {station}",
            told.code,
            expected,
        )
        if expected == "accepted":
            visit = told.answer["visit"]
            self.rules.scanned(shown, clinic, station, text, visit["visit_id"], self.today)
            self.expect(
                "R28", "state of the visit", visit["state"], self.rules.visits[shown.certificate_id].state
            )
        return told


def _words(view: Any) -> str:
    return f"{view.status} {view.status_reason}" if view.status_reason else str(view.status)
