"""Visits through the four stations, with missteps (R28, invariants 2 to 4)."""

from __future__ import annotations

from typing import Final

from tests.town.facts import NEXT, Certificate, Shown
from tests.town.register import Person
from tests.town.streets import Streets
from tests.town.world import Told

_STATIONS: Final = ("ticket", "registration", "vaccination", "observation")


class Desks(Streets):
    """Clinics by day."""

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
        self.expect(
            "R28", f"{outcome} of {visit.visit_id}", told.code, self.rules.report(visit, outcome, now)
        )
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
