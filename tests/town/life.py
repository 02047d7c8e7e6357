"""What happens in the town on a day, drawn from the seed; each answer is compared with the rules at once."""

from __future__ import annotations

import copy
import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from tests.town.register import Person, Province, Row, birthday, city_of, clinic_code, day_after
from tests.town.rules import NEXT, Certificate, Grant, Paper, Rules, Shown
from tests.town.world import Told, World, instant, record_of

START: Final = date(2034, 12, 22)
"""The first of those whom R6 lets in come of age from 2035-01-01 on."""
_OUTSIDE: Final = "3205000001"
_KEY_KEPT: Final = timedelta(hours=1)
_PLAIN: Final = frozenset({"day", "disable", "pepper", "restore", "sweep", "deploy"})
_STATIONS: Final = ("ticket", "registration", "vaccination", "observation")


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
class Town:
    """A town that can be lived in day by day."""

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

    # ---- what is written down

    def note(self, what: str, told: str) -> None:
        """A line of the journal."""
        self.events += 1
        kind, *more = what.split()
        self.counts[f"{kind} {more[0] if kind == 'register' else told.split()[0] if told and kind not in _PLAIN else ''}"] += 1
        line = f"{self.world.clock().isoformat()} {what} -> {told}"
        self.journal.update(line.encode() + b"\n")
        self.lines.append(line)

    def expect(self, rule: str, what: str, seen: object, expected: object) -> None:
        """One check."""
        self.checks += 1
        if seen != expected:
            raise Broken(f"{rule}: {what} on {self.today}, seed {self.seed}: seen {seen!r}, by the rules {expected!r}")

    # ---- days

    def live(self, days: int) -> None:
        """So many days."""
        for _ in range(days):
            self.day()

    def day(self) -> None:
        """Clinics, families and operators until the evening; then the night, and what must be true after it."""
        clock, world = self.world.clock, self.world
        world.weather.share = 0.02 if self.rough and self.today.day % 5 == 2 else 0.0
        clock.now = instant(self.today, 8)
        world.rotate()
        saved = self._backup() if self.today.day % 9 == 4 and self.rough else None
        for act in self.later.pop(self.today, ()):
            act()
        self._mornings()
        acts = max(6, int(self.families * 0.12))
        for _ in range(acts):
            clock.advance(seconds=1)
            self._one_of(_FAMILY)(self)
        for _ in range(max(2, int(self.families * 0.01))):
            self._one_of(_CLINIC)(self)
        if self.dice.random() < 0.25:
            self._one_of(_OPERATOR)(self)
        if saved is not None:
            self._restore(saved)
        self._night()
        self.check()

    def _one_of(self, weighed: dict[Callable[[Town], object], int]) -> Callable[[Town], object]:
        return self.dice.choices(list(weighed), list(weighed.values()))[0]

    def _night(self) -> None:
        day, self.today = self.today, day_after(self.today)
        again = []
        if self.province.told and self.dice.random() < 0.4:
            older = [one[-2] for one in self.province.told.values() if len(one) > 1]
            again = self.dice.sample(older, min(2, len(older)))
        feed, rows = self.province.feed(day, again)
        self.held.append((day, dict(feed.files), rows))
        late = self.rough and self.dice.random() < 0.06
        if late:
            self.world.clock.now = instant(self.today, 0, 30)
            return
        for when, files, _ in self.held:
            self.world.cloud.drop(when, files)
        self.world.cloud.until_day_after(day)
        self.world.nights.settle()
        for when, _, told in self.held:
            self.rules.night(told, self.today)
            self.rules.as_of = when
        self.nights += 1
        self.note(f"night {len(self.held)}", f"applied {len(rows)}")
        self.held = []

    # ---- what must be true after each day

    def check(self) -> None:
        """Everything that is stored, and what families see of it."""
        today, rules, world = self.today, self.rules, self.world
        stored = {one.certificate_id: one for one in world.certificates()}
        self.expect("invariant 1", "certificates", stored.keys(), rules.certificates.keys())
        live: Counter[str] = Counter()
        for certificate_id, expected in rules.certificates.items():
            one = stored[certificate_id]
            standing = one.standing_on(today, 18)
            words = f"{standing.status} {standing.reason}" if standing.reason else str(standing.status)
            self.expect("D5, D6", f"standing of {certificate_id}", words, expected.on(today))
            self.expect("R20", f"claimant of {certificate_id}", one.holder, self._subject(expected.holder))
            if words.startswith(("closed", "released")):
                self.closed.add(certificate_id)
                continue
            self.expect("D5", f"{certificate_id} came back", certificate_id in self.closed, False)
            live[one.record_id] += 1
            self.expect("D13", f"person of {certificate_id}", one.record_id, record_of(expected.who))
            self._check_grants(expected)
        self.expect("R20", "live certificates of one person", max(live.values(), default=0) <= 1, True)
        for certificate_id in self._some(sorted(rules.certificates), 12):
            self._reads(rules.certificates[certificate_id])
        for home in self._some(self.homes, 12):
            for person in (*home.parents, self.dice.choice(home.relatives), self._child(home)):
                self._looks(person)
        for document_id in self._some(sorted(rules.papers), 6):
            self._checks(document_id)
        self.note("day", f"{len(live)} {sorted(Counter(one.on(today) for one in rules.certificates.values()).items())}")

    def _some[One](self, among: list[One], most: int) -> list[One]:
        return among if len(among) <= most else self.dice.sample(among, most)

    def _check_grants(self, expected: Certificate) -> None:
        found = [one for one in self.world.grants(expected.certificate_id) if one.occupies(self.today)]
        self.expect("R27", "grants of one certificate", len(found) <= 10, True)
        lent = {one.grant_id: self._subject(one.delegate) for one in expected.lent(self.today)}
        seen = {one.grant_id: one.delegate for one in found}
        self.expect("D7", f"grants of {expected.certificate_id}", seen, lent)

    def _reads(self, one: Certificate) -> None:
        """The claimant sees the register as of the last accepted feed, and nobody else sees anything (R38, D2, D16)."""
        self._page(one.holder, one)

    def _page(self, who: Person, one: Certificate) -> None:
        right = self.rules.right(who, one, self.today)
        told = self.world.page(self.world.citizen(who), one.certificate_id)
        allowed = right == "holder" or right in one.grants
        self.expect("D7, D16", f"{who.name} reads {one.certificate_id}", told.code, "done" if allowed else right)
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
        everything = self.rules.certificates.values()
        lent = set()
        for one in everything:
            if one.lent_to(who, today):
                grant = one.lent_to(who, today)
                assert grant is not None
                grant.mismatch = asker.name != grant.delegate.name
                lent |= set() if grant.mismatch or not one.usable(today) else {one.certificate_id}
        self.expect("D7", f"lent to {who.name}", {one.certificate_id for one in seen.authorized}, lent)
        self.expect("R16", f"{who.name} may claim", {one.record_id for one in seen.claimable}, set(map(record_of, claimable)))
        held = {one.certificate_id: _words(one) for one in seen.claimed}
        theirs = [one for one in everything if one.holder.number == who.number and not one.standing.startswith("released")]
        self.expect("R22, D16", f"held by {who.name}", held, {one.certificate_id: one.on(today) for one in theirs})
        notices = sorted((str(one.record_id), one.code) for one in seen.notices if one.record_id)
        because = [(record_of(one), "archive_status_changed" if code == "deceased" else code) for one, code in told]
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

    # ---- families

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
            province.dose(parent, date(dice.choice((2019, 2020, 2033)), dice.choice((1, 11, 12)), 1), clinic, 3)

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

    def look(self) -> None:
        """Somebody enters, now and then under another name."""
        home = self.dice.choice(self.homes)
        who = self.dice.choice([*home.adults, self._child(home)])
        self._looks(who, "旁人" if self.dice.random() < 0.1 else None)
        self.note(f"look {who.name}", "seen")

    def claim(self) -> None:
        """Whatever is offered to somebody of a family, or what is not."""
        home, dice = self.dice.choice(self.homes), self.dice
        asker = dice.choice([*home.parents, self._child(home), home.relatives[0]])
        claimable, _ = self.rules.offers(asker, self.today)
        child = self.province.archives[dice.choice(home.children)[1]]
        who = dice.choice(sorted(claimable)) if claimable and dice.random() < 0.9 else child.who
        expected = self.rules.claim(asker, who, self.today)
        key, citizen = self.world.key(), self.world.citizen(asker)
        told = self.world.claim(citizen, record_of(who), key)
        self.note(f"claim {asker.name} {who}", f"{told.code} {told.answer or ''}")
        self.expect("R20, R36", f"{asker.name} claims {who}", told.code, expected)
        if told.code == "done":
            self.expect("D5", "another certificate id", told.answer in self.rules.certificates, False)
            self.rules.claimed(told.answer, asker, who, self.today)
            if dice.random() < 0.4:
                purposes = tuple(self.world.certificate(told.answer).agreement.purposes)  # type: ignore[union-attr]
                desk = self.world.desk
                again = self.world.ask(lambda: desk.claim_at_once(citizen, record_of(who), key, purposes))
                self.expect("invariant 4", "the same request", again, told)

    def release(self) -> None:
        """The claimant, or somebody else tries to."""
        if (one := self._certificate()) is None or self.dice.random() < 0.5:
            return
        asker = one.holder if self.dice.random() < 0.8 else self._caller(one)
        expected = self.rules.release(asker, one, self.today)
        citizen = self.world.citizen(asker)
        told = self.world.ask(lambda: self.world.desk.release(citizen, one.certificate_id))
        self.note(f"release {one.certificate_id}", told.code)
        self.expect("D5", f"{asker.name} releases {one.certificate_id}", told.code, expected)

    def authorize(self) -> None:
        """One relative or, now and then, one after another: the tenth is the last."""
        if (one := self._certificate()) is None:
            return
        dice = self.dice
        home = self._home_of(one)
        for relative in dice.sample(home.relatives, 12 if dice.random() < 0.25 else 1):
            delegate = dice.choice([*home.parents, self._child(home)]) if dice.random() < 0.08 else relative
            self._authorize(one, delegate, dice.choice((None, None, None, self.today, day_after(self.today, 2))))

    def _authorize(self, one: Certificate, delegate: Person, until: date | None) -> None:
        asker = one.holder if self.dice.random() < 0.95 else self._caller(one)
        expected = self.rules.authorize(asker, one, delegate, self.today)
        key, citizen = self.world.key(), self.world.citizen(asker)
        told = self.world.authorize(citizen, one.certificate_id, delegate, until, key)
        self.note(f"authorize {one.certificate_id} {delegate.name} {until}", f"{told.code} {told.answer or ''}")
        self.expect("R24-R27, D7", f"{delegate.name} for {one.certificate_id}", told.code, expected)
        if told.code == "done":
            one.grants[told.answer] = Grant(told.answer, delegate, until)

    def _home_of(self, one: Certificate) -> Family:
        return self.home_of.get(one.holder.number, self.homes[0])

    def revoke(self) -> None:
        """A grant ends: its claimant revokes it, or its delegate leaves; a code that was shown before ends with it."""
        one = self._certificate()
        lent = [] if one is None else one.lent(self.today)
        if one is None or not lent:
            return
        grant = self.dice.choice(lent)
        code = self._shown(grant.delegate, one)
        if self.dice.random() < 0.7:
            expected = "done" if not one.standing.startswith("released") else "not_found"
            citizen = self.world.citizen(one.holder)
            told = self.world.ask(lambda: self.world.desk.revoke(citizen, one.certificate_id, grant.grant_id))
        else:
            citizen = self.world.citizen(grant.delegate)
            expected = "done"
            told = self.world.ask(
                lambda: self.world.desk.granting.leave(citizen, one.certificate_id, self.world.clock())
            )
        self.note(f"revoke {grant.grant_id}", told.code)
        self.expect("D7", f"{grant.grant_id} ends", told.code, expected)
        if told.code == "done":
            grant.over = "revoked"
            if self.dice.random() < 0.6:
                self._authorize(one, self.dice.choice(self._home_of(one).relatives), None)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
            self.kept.append(code)

    def read(self) -> None:
        """Records."""
        if one := self._certificate():
            who = self._caller(one)
            self._page(who, one)
            self.note(f"read {one.certificate_id} {who.name}", "seen")

    def issue(self) -> None:
        """A paper."""
        if (one := self._certificate()) is None:
            return
        who = self._caller(one)
        right = self.rules.right(who, one, self.today)
        told = self.world.issue(self.world.citizen(who), one.certificate_id, self.world.key())
        allowed = right == "holder" or right in one.grants
        self.note(f"issue {one.certificate_id}", told.code)
        if told.code == "document_limit_reached":
            return
        self.expect("D7, D20", f"{who.name} issues of {one.certificate_id}", told.code, "done" if allowed else right)
        if told.code == "done":
            document_id, key, _ = told.answer
            said = self.rules.prints(one)
            self.rules.papers[document_id] = Paper(document_id, one.certificate_id, key, said)
            self._checks(document_id)

    def book(self) -> None:
        """A seat at a clinic, of which there are two; or what was booked is cancelled."""
        if (one := self._certificate()) is None:
            return
        who, world = self._caller(one), self.world
        right = self.rules.right(who, one, self.today)
        allowed = right == "holder" or right in one.grants
        standing = self._appointment(one)
        if standing and self.dice.random() < 0.5:
            if not allowed:
                return
            told = world.cancel(world.citizen(who), one.certificate_id, standing[0])
            self.note(f"cancel {one.certificate_id}", told.code)
            self.expect("R2", "an appointment is cancelled", told.code, "done")
            self.seats[standing[1]].discard(self.appointed.pop(standing[0]))
            del self.open_appointments[one.certificate_id]
            return
        self._book(one, who, self.dice.choice(self.codes), day_after(self.today, self.dice.randint(1, 2)))

    def rush(self) -> None:
        """Several want the same seats."""
        clinic, day = self.dice.choice(self.codes), day_after(self.today, 1)
        for _ in range(6):
            if one := self._certificate():
                self._book(one, one.holder, clinic, day)

    def _book(self, one: Certificate, who: Person, clinic: str, day: date) -> None:
        world, slot = self.world, f"{clinic}-{day:%Y%m%d}-0800"
        right = self.rules.right(who, one, self.today)
        allowed = right == "holder" or right in one.grants
        standing = self._appointment(one)
        taken = self.seats.setdefault(slot, set())
        if not allowed:
            expected = right
        elif not one.usable(day):
            expected = "slot_closed"
        elif standing:
            expected = "already_booked"
        else:
            expected = "slot_full" if len(taken) >= 2 else "done"
        told = world.book(world.citizen(who), one.certificate_id, clinic, slot, world.key())
        self.note(f"book {one.certificate_id} {slot}", f"{told.code} {told.answer or ''}")
        self.expect("R2", f"{slot} for {one.certificate_id}", told.code, expected)
        if told.code == "done":
            appointment_id, seat = told.answer.split()
            self.expect("R2", f"a seat of {slot} once", int(seat) in taken, False)
            taken.add(int(seat))
            self.open_appointments[one.certificate_id] = (appointment_id, slot)
            self.appointed[appointment_id] = int(seat)

    def _appointment(self, one: Certificate) -> tuple[str, str] | None:
        """The one that is still to come."""
        standing = self.open_appointments.get(one.certificate_id)
        if standing and standing[1][11:19] <= f"{self.today:%Y%m%d}":
            del self.open_appointments[one.certificate_id]
            return None
        return standing

    # ---- at the clinic

    def _shown(self, who: Person, one: Certificate) -> tuple[Shown, str] | None:
        """A code, if the rules let them show one; compared with whether they could."""
        right = self.rules.right(who, one, self.today)
        told = self.world.code(self.world.citizen(who), one.certificate_id)
        allowed = right == "holder" or right in one.grants
        self.expect("R28, D7", f"{who.name} shows {one.certificate_id}", told.code, "done" if allowed else right)
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
        self.expect("R28, D5-D8, invariants 2, 3", f"{shown.certificate_id} at {device}, {station}", told.code, expected)
        if expected == "accepted":
            visit = told.answer["visit"]
            self.rules.scanned(shown, clinic, station, text, visit["visit_id"], self.today)
            self.expect("R28", "state of the visit", visit["state"], self.rules.visits[shown.certificate_id].state)
        return told

    def _mornings(self) -> None:
        """Visits through the four stations; half an hour later the observed leave (R28)."""
        observed = []
        for _ in range(max(2, int(self.families * 0.03))):
            if one := self._certificate():
                self.world.clock.advance(seconds=2)
                if clinic := self._visit(one):
                    observed.append((one, clinic))
        self._at_observation(observed, again=True)
        self.world.clock.advance(minutes=31)
        self._at_observation(observed, again=False)

    def _visit(self, one: Certificate) -> str | None:
        dice = self.dice
        clinic = dice.choice(self.codes)
        who = self._caller(one)
        for station, outcome in (
            ("ticket", None),
            ("registration", dice.choice(("fit", "fit", "fit", "deferred"))),
            ("vaccination", dice.choice(("vaccinated", "vaccinated", "not_vaccinated"))),
        ):
            self._misstep(who, one, clinic)
            code = self._shown(who, one)
            if code is None:
                return None
            key = self.world.key()
            told = self._scan(code, "desk", clinic, station, key)
            self._again(code, clinic, station, key, told)
            if told.code != "accepted":
                return None
            if outcome is not None and not self._outcome(one, clinic, station, outcome):
                return None
        return clinic

    def _again(self, code: tuple[Shown, str], clinic: str, station: str, key: str, told: Told) -> None:
        """The same request has the same answer; anybody else's is refused (invariant 2)."""
        chosen = self.dice.random()
        if chosen < 0.15 and told.code == "accepted":
            text = code[1]
            again = self.world.scan(f"desk-{clinic}", text, station, key)
            self.expect("invariant 4", "the same scan again", again, told)
        elif chosen < 0.4:
            self._scan(code, self.dice.choice(("desk", "gate")), self.dice.choice(self.codes), "ticket")

    def _misstep(self, who: Person, one: Certificate, clinic: str) -> None:
        """Another station, another clinic, or a code that has ended."""
        chosen = self.dice.random()
        if chosen > 0.45:
            return
        code = self._shown(who, one)
        if code is None:
            return
        if chosen < 0.1:
            self.world.clock.advance(seconds=self.dice.choice((59, 60, 61)))
            self._scan(code, "desk", clinic, self.dice.choice(_STATIONS))
        elif chosen < 0.25:
            self._scan(code, "desk", clinic, self.dice.choice(_STATIONS[1:]))
        elif chosen < 0.4:
            elsewhere = self.dice.choice(self.codes)
            self._scan(code, "desk", elsewhere, self.dice.choice(_STATIONS[1:]))
        else:
            self.kept.append(code)

    def _outcome(self, one: Certificate, clinic: str, station: str, outcome: str) -> bool:
        visit = self.rules.visits[one.certificate_id]
        if visit.state not in NEXT:
            return False
        now = self.world.clock()
        if self.dice.random() < 0.1:  # the other desk's
            other = "vaccinated" if station == "registration" else "fit"
            wrong = "vaccination" if station == "registration" else "registration"
            told = self.world.report(f"desk-{clinic}", visit.visit_id, wrong, other, self.world.key())
            self.expect("R28", "a step out of turn", told.code, self.rules.report(visit, other, now))
        key = self.world.key()
        told = self.world.report(f"desk-{clinic}", visit.visit_id, station, outcome, key)
        self.note(f"report {visit.visit_id} {outcome}", told.code)
        if f"desk-{clinic}" in self.disabled:
            self.expect("invariant 3", "a disabled device", told.code, "device_disabled")
            return False
        self.expect("R28", f"{outcome} of {visit.visit_id}", told.code, self.rules.report(visit, outcome, now))
        again = self.world.report(f"desk-{clinic}", visit.visit_id, station, outcome, key)
        self.expect("invariant 4", "the same report again", again, told)
        if outcome == "vaccinated":
            self._given(one, clinic)
        return visit.state in NEXT

    def _given(self, one: Certificate, clinic: str) -> None:
        """What was given comes with tonight's feed (R1, R38)."""
        for no in sorted(one.archives):
            row = self.province.archives[no]
            if row.stands and row.system == "child":
                self.province.dose(row, self.today, clinic, len(row.doses))
                return

    def _at_observation(self, observed: list[tuple[Certificate, str]], *, again: bool) -> None:
        for one, clinic in observed:
            if again and self.dice.random() < 0.6:
                continue
            self.world.clock.advance(seconds=1)
            code = self._shown(one.holder, one)
            if code is not None:
                self._scan(code, "desk", clinic, "observation")

    def present(self) -> None:
        """A code of before comes again."""
        if self.kept:
            code = self.kept.pop(self.dice.randrange(len(self.kept)))
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")

    def replaced(self) -> None:
        """A code is shown, and its certificate released before it is scanned (invariant 3)."""
        one = self._certificate()
        if one is None or not one.usable(self.today) or self.dice.random() < 0.6:
            return
        code = self._shown(one.holder, one)
        expected = self.rules.release(one.holder, one, self.today)
        citizen = self.world.citizen(one.holder)
        told = self.world.ask(lambda: self.world.desk.release(citizen, one.certificate_id))
        self.note(f"release {one.certificate_id} shown", told.code)
        self.expect("D5", "released while shown", told.code, expected)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")

    # ---- what clinics write

    def _pick(self, *, known: bool = True) -> tuple[Family, Person, Row] | None:
        for _ in range(4):
            home = self.dice.choice(self.homes)
            child, no = self.dice.choice(home.children)
            row = self.province.archives[no]
            if not home.busy and row.stands and row.status != "deceased" and row.system == "child":
                return home, child, row
        return None

    def _mends(self, home: Family, no: str, days: int | None = None, **changes: Any) -> None:
        """A clinic puts it right, some days later (R37)."""
        home.busy = True
        on = day_after(self.today, days or self.dice.randint(1, 5))

        def mend() -> None:
            home.busy = False
            self._write(self.province.archives[no], "mend", **changes)

        self.later.setdefault(on, []).append(mend)

    def _write(self, row: Row, why: str, **changes: Any) -> Row:
        self.note(f"register {why}", row.no)
        return self.province.change(row, recorded_on=self.today, **changes)

    def born(self) -> None:
        """A child is born, with obstetrics at first; twins at times, and the clinic types the one's number for the other's (R41, D13)."""
        home = self.dice.choice(self.homes)
        if home.busy or len(home.children) > 5:
            return
        children = [self.province.person(self.today) for _ in range(1 + (self.dice.random() < 0.5))]
        rows = [self._joins(home, one, number=None, system="obstetrics") for one in children]
        self.note("register born", " ".join(one.no for one in rows))
        home.busy = True
        at = day_after(self.today, self.dice.randint(1, 3))
        first = children[0].number

        def to_the_clinic() -> None:
            for child, row in zip(children, rows, strict=True):
                number = first if len(children) > 1 and self.seed % 3 != 1 else child.number
                stands = self.province.archives[row.no]
                self._write(stands, "transferred", number=number, system="child")
            home.busy = False
            for child, row in zip(children, rows, strict=True):
                if len(children) > 1:
                    self._mends(home, row.no, number=child.number)

        self.later.setdefault(at, []).append(to_the_clinic)

    def mistyped(self) -> None:
        """A number that is nobody's, none, or one of another birth date; put right some days later (R9, D13)."""
        if found := self._pick():
            home, child, row = found
            wrong = self.dice.choice(("nobody", "none", "other", "birth", "sibling"))
            changes: dict[str, Any] = {"number": None}
            if wrong == "nobody":
                changes = {"number": self.province.person(child.born).number}
            elif wrong == "other":
                changes = {"number": home.parents[1].number}
            elif wrong == "birth":
                changes = {"born": day_after(child.born, 1)}
            elif wrong == "sibling":
                changes = {"number": self.dice.choice(home.children)[0].number}
            self._mends(home, row.no, number=child.number, born=child.born)
            self._write(row, f"mistyped_{wrong}", **changes)

    def guardians(self) -> None:
        """A guardian is taken out, and put in again later (R10, D5)."""
        if found := self._pick():
            home, _, row = found
            left = self.dice.choice((home.parents[:1], home.parents[1:], ()))
            self._mends(home, row.no, guardians=home.parents)
            self._write(row, "guardians", guardians=left)

    def moves(self) -> None:
        """To another clinic, out of care, or out of the pilot cities; some come back (R8, R39)."""
        if found := self._pick():
            home, _, row = found
            where = self.dice.choice(("near", "near", "out", "far"))
            clinic = self.dice.choice(self.codes)
            if where != "near":
                self._mends(home, row.no, clinic=row.clinic, city=row.city, status="in_care")
            if where == "near":
                self._write(row, "moves", clinic=clinic, city=city_of(clinic))
            elif where == "out":
                self._write(row, "moves_out", status="transferred_out")
            else:
                self._write(row, "moves_far", clinic=_OUTSIDE, city=city_of(_OUTSIDE))

    def renamed(self) -> None:
        """Another name, which is a correction (D13)."""
        if found := self._pick():
            home, child, row = found
            named = Person(child.number, self.province.person(child.born).name, child.born)
            home.children = [(named, no) if no == row.no else (one, no) for one, no in home.children]
            self._write(row, "renamed", name=named.name)

    def dies(self) -> None:
        """Quietly (D16)."""
        if self.dice.random() < 0.35 and (found := self._pick()):
            self._write(found[2], "dies", status="deceased")

    def doubled(self) -> None:
        """A second archive of one child (重卡), later merged into the first or voided (D5)."""
        if found := self._pick():
            home, child, row = found
            if row.who != child.number:
                return
            clinic, unnumbered = self.dice.choice(self.codes), self.dice.random() < 0.5
            number = None if unnumbered else child.number
            twice = self.province.establish(child, home.parents, clinic, number=number, recorded_on=self.today)
            self.note("register doubled", twice.no)
            into_first = {"op": "merge", "into": row.no}
            into_second = {"op": "merge", "into": twice.no}
            first = unnumbered or self.dice.random() < 0.3
            no, end = (row.no, into_second) if first else (twice.no, self.dice.choice((into_first, {"op": "void"})))
            if first:
                home.children = [(one, twice.no if each == row.no else each) for one, each in home.children]
            self._mends(home, no, 3, **end)
            if unnumbered:  # the one that stays gets its number another day
                self._mends(home, twice.no, self.dice.choice((3, 5)), number=child.number)

    def dose(self) -> None:
        """A dose is recorded, or one given elsewhere is filled in (R33)."""
        if found := self._pick():
            home, _, row = found
            self.note("register dose", row.no)
            on = day_after(self.today, -self.dice.choice((0, 0, 1, 40)))
            self.province.dose(row, max(on, row.born), home.clinic, len(row.doses))

    # ---- operators

    def kill_key(self) -> None:
        """A key was lost: what it signed opens nothing from half a minute later on (invariant 3)."""
        one = self._certificate()
        code = self._shown(one.holder, one) if one and one.usable(self.today) else None
        purpose = self.dice.choice(("code", "code", "document"))
        kid = self.world.signing_key(purpose)
        self.world.rotate(kid)
        self.world.clock.advance(seconds=31)
        self.rules.killed.add(kid)
        self.note("kill", purpose)
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")
        for document_id in self._some(sorted(self.rules.papers), 6):
            self._checks(document_id)

    def pepper(self) -> None:
        """Another pepper, once or twice in a life (D23)."""
        if len(self.world.peppers) < 3 and self.dice.random() < 0.2 and self.today > day_after(START, 5):
            self.world.change_pepper()
            self.note("pepper", str(len(self.world.peppers)))

    def disable(self) -> None:
        """A ticket machine is taken out of use."""
        device = f"gate-{self.dice.choice(self.codes)}"
        self.world.disable(device)
        self.disabled.add(device)
        self.note("disable", device)

    def sweep(self) -> None:
        """TTL cleans at last (invariant 5)."""
        self.note("sweep", str(self.world.memory.sweep(int(self.world.clock().timestamp()))))

    def deploy(self) -> None:
        """New processes."""
        self.world.start()
        self.note("deploy", "")

    def _backup(self) -> tuple[Any, Any]:
        return self.world.backup(), copy.deepcopy((self.rules.certificates, self.rules.live_of))

    def _restore(self, saved: tuple[Any, Any]) -> None:
        """This morning's tables come back; what ended since stays ended, what was shown before is refused (docs/runbook/restore.md)."""
        exported, (certificates, live_of) = saved
        one = self._certificate()
        code = self._shown(one.holder, one) if one and one.usable(self.today) else None
        if code is not None:
            visit = self.rules.visits.get(code[0].certificate_id)
            clinic = visit.clinic if visit and visit.day == self.today else self.codes[0]
            self._scan(code, "desk", clinic, NEXT.get(visit.state, "ticket") if visit and visit.day == self.today else "ticket")
        self.world.restore(exported)
        rules, now = self.rules, self.rules.certificates
        for certificate_id, kept in certificates.items():
            since = now[certificate_id]
            kept.standing = since.standing
            for grant_id, grant in kept.grants.items():
                grant.over = since.grants[grant_id].over
        rules.certificates = certificates
        rules.live_of = {who: one for who, one in live_of.items() if certificates[one].live}
        rules.papers = {one: paper for one, paper in rules.papers.items() if paper.certificate_id in certificates}
        self.open_appointments = {one: at for one, at in self.open_appointments.items() if one in certificates}
        rules.refused_before = self.world.issued_from
        self.world.clock.advance(seconds=2)
        self.note("restore", str(len(certificates)))
        if code is not None:
            self._scan(code, "desk", self.dice.choice(self.codes), "ticket")


def _words(view: Any) -> str:
    return f"{view.status} {view.status_reason}" if view.status_reason else str(view.status)


_FAMILY: Final[dict[Callable[[Town], object], int]] = {
    Town.look: 2,
    Town.claim: 6,
    Town.authorize: 5,
    Town.revoke: 3,
    Town.read: 3,
    Town.issue: 2,
    Town.book: 3,
    Town.rush: 1,
    Town.present: 1,
    Town.release: 1,
    Town.replaced: 1,
}
_CLINIC: Final[dict[Callable[[Town], object], int]] = {
    Town.born: 2,
    Town.mistyped: 5,
    Town.guardians: 3,
    Town.moves: 3,
    Town.renamed: 2,
    Town.dies: 1,
    Town.doubled: 2,
    Town.dose: 3,
}
_OPERATOR: Final[dict[Callable[[Town], object], int]] = {
    Town.kill_key: 4,
    Town.pepper: 2,
    Town.disable: 1,
    Town.sweep: 2,
    Town.deploy: 2,
}

__all__ = ["START", "Broken", "Town", "birthday", "datetime", "timedelta"]
