"""The town's days: what happens is drawn from the seed, the night applies the feed, and all that must be true is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from tests.faults.night import ExecutionFailed
from tests.town.citizens import Citizens
from tests.town.desks import Desks
from tests.town.facts import Certificate
from tests.town.operators import Operators
from tests.town.register import day_after
from tests.town.registrars import Registrars
from tests.town.streets import START, Broken
from tests.town.world import instant, record_of


class Town(Citizens, Desks, Registrars, Operators):
    """A town that can be lived in day by day."""

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
        self._until_done()
        for when, _, told in self.held:
            self.rules.night(told, self.today)
            self.rules.as_of = when
        self.nights += 1
        self.note(f"night {len(self.held)}", f"applied {len(rows)}")
        self.held = []

    def _until_done(self) -> None:
        """A night that fails is run again each hour. The weather clears by six: the families' day does not begin on half a night."""
        morning = instant(self.today, 6)
        while True:
            try:
                self.world.nights.execute()
            except ExecutionFailed:
                self.world.clock.advance(hours=1)
                if self.world.clock() >= morning:
                    self.world.weather.share = 0.0
            else:
                return

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
        self.note(
            "day",
            f"{len(live)} {sorted(Counter(one.on(today) for one in rules.certificates.values()).items())}",
        )

    def _check_grants(self, expected: Certificate) -> None:
        found = [one for one in self.world.grants(expected.certificate_id) if one.occupies(self.today)]
        self.expect("R27", "grants of one certificate", len(found) <= 10, True)
        lent = {one.grant_id: self._subject(one.delegate) for one in expected.lent(self.today)}
        seen = {one.grant_id: one.delegate for one in found}
        self.expect("D7", f"grants of {expected.certificate_id}", seen, lent)

    def _reads(self, one: Certificate) -> None:
        """The claimant sees the register as of the last accepted feed, and nobody else sees anything (R38, D2, D16)."""
        self._page(one.holder, one)


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

__all__ = ["START", "Broken", "Town"]
