"""Whatever a clinic's desks do, in any order and at any hour, against the reference (R28, D21, invariants 2 and 4).

`VAXCERT_STATEFUL=2000 pytest tests/stateful/test_clinic_days.py -s` plays so many days on the stores over memory, and a twentieth on
the emulator.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from local.emulator.server import Emulator
from tests.counts import tell, tries
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.races.stations import Desks, Told, given
from tests.stateful.day_reference import WANTED, ClinicDay, Ticket
from tests.tables import create_tables
from vaxcert.aws.clock import SHANGHAI
from vaxcert.idempotency.model import KEPT

DAYS: Final = tries("VAXCERT_STATEFUL", 8, 300)
PEOPLE: Final = 6
SLOTS: Final = (630, 600, None, None, None, None)
"""Minutes of the day at which the first two are booked."""
CLINIC: Final = "3206000001"
DOSES: Final = given(5)["doses"]
USUAL: Final = {"registering": "fit", "vaccinating": "vaccinated"}
SAID: Final = {
    "waiting_vaccination": ("fit", "deferred"),
    "deferred": ("deferred", "fit"),
    "observing": ("vaccinated", "not_vaccinated"),
    "not_vaccinated": ("not_vaccinated", "vaccinated"),
}
STATION: Final = st.sampled_from(["", "", "registration", "vaccination"])


class Day(RuleBasedStateMachine):
    """Six families at one clinic whose day ends at 13:30."""

    answers: ClassVar[Counter[str]] = Counter()

    def desks(self) -> Desks:
        return Desks(MemoryDynamoDB(page=1000, eventual=True), TABLES)

    @initialize()
    def opens(self) -> None:
        self.made = self.desks()
        self.made.opens()
        self.people = [self.made.certificate(number) for number in range(1, PEOPLE + 1)]
        for seat, slot in enumerate(SLOTS):
            if slot is not None:
                self.made.books(self.people[seat], seat + 1, time(slot // 60, slot % 60))
        self.reference = ClinicDay(timedelta(hours=13, minutes=30))
        self.visits: dict[tuple[datetime, int], str] = {}
        self.asked = 0
        self.last: tuple[Callable[[], Told], Told, tuple[str, datetime]] | None = None
        self.turn = 0
        for who in range(1, PEOPLE):
            self._scan(who, "ticket")

    @property
    def now(self) -> datetime:
        return self.made.clock()

    @property
    def midnight(self) -> datetime:
        local = self.now.astimezone(SHANGHAI)
        return datetime.combine(local.date() + timedelta(days=1), time(), SHANGHAI)

    # ---- what the desks do

    @rule(
        who=st.integers(0, PEOPLE - 1),
        station=st.sampled_from(["ticket", "registration", "vaccination", "observation"]),
    )
    def scan(self, who: int, station: str) -> None:
        """Anybody may be scanned anywhere."""
        self._scan(who, station)

    @rule(who=st.integers(0, PEOPLE - 1), steps=st.integers(1, 4))
    def go_on(self, who: int, steps: int) -> None:
        """Somebody goes the usual way for a while: is scanned where they are wanted, is fit, is vaccinated."""
        for _ in range(steps):
            ticket = self.reference.latest(self.people[who])
            state = "" if ticket is None else ticket.standing(self.now)
            if state in USUAL:
                self._report(who, USUAL[state], who % 5, 1, corrects=False)
            else:
                self._scan(who, WANTED.get(state, "ticket"))

    @rule(
        who=st.integers(0, PEOPLE - 1),
        outcome=st.sampled_from(["fit", "fit", "deferred", "vaccinated", "vaccinated", "not_vaccinated"]),
        first=st.integers(0, 4),
        count=st.integers(1, 5),
        corrects=st.booleans(),
    )
    def report(self, who: int, outcome: str, first: int, count: int, corrects: bool) -> None:
        """Any outcome, new or mended."""
        self._report(who, outcome, first, count, corrects=corrects)

    @rule(
        who=st.integers(0, PEOPLE - 1), other=st.booleans(), first=st.integers(0, 4), count=st.integers(1, 5)
    )
    def mend(self, who: int, other: bool, first: int, count: int) -> None:
        """The station that has reported last mends it, to the same outcome or to its other one."""
        ticket = self.reference.latest(self.people[who])
        if ticket is not None and ticket.state in SAID:
            outcomes = SAID[ticket.state]
            self._report(who, outcomes[other], first, count, corrects=True)

    @rule(
        who=st.integers(0, PEOPLE - 1),
        station=STATION,
        desk=st.sampled_from(["1号台", "2号台"]),
    )
    def call(self, who: int, station: str, desk: str) -> None:
        """Mostly where it waits."""
        if (ticket := self.reference.latest(self.people[who])) is not None:
            station = station or WANTED.get(ticket.state, "registration").replace(
                "observation", "vaccination"
            )
            expected = self.reference.call(ticket, station, desk, self.now)
            self._ask("call", expected, lambda key: self.made.call(self._visit(ticket), station, key, desk))

    @rule(who=st.integers(0, PEOPLE - 1), station=STATION)
    def pass_over(self, who: int, station: str) -> None:
        """Mostly where it waits."""
        if (ticket := self.reference.latest(self.people[who])) is not None:
            station = station or WANTED.get(ticket.state, "registration").replace(
                "observation", "vaccination"
            )
            body = {"station": station, "outcome": "passed"}
            expected = self.reference.pass_over(ticket, station, self.now)
            self._ask("passed", expected, lambda key: self.made.report(self._visit(ticket), body, key))

    @rule(who=st.integers(0, PEOPLE - 1))
    def give_up(self, who: int) -> None:
        if (ticket := self.reference.latest(self.people[who])) is not None:
            body = {"station": "ticket", "outcome": "left"}
            expected = self.reference.give_up(ticket, self.now)
            self._ask("left", expected, lambda key: self.made.report(self._visit(ticket), body, key))

    @rule(minutes=st.sampled_from([1, 5, 20, 31, 31, 150, 700]))
    def wait(self, minutes: int) -> None:
        """Time goes by: an observation ends, the clinic's day, the day itself."""
        self.made.clock.advance(minutes=minutes)

    @precondition(lambda self: self.last is not None)
    @rule()
    def repeat(self) -> None:
        """What was done last is asked again: the same bytes, and nothing more is done (invariant 4)."""
        assert self.last is not None
        again, told, (code, shown) = self.last
        if self.now - shown >= KEPT:
            return
        if code and self.now - shown < timedelta(seconds=60):
            self.reference.draw(code)
        assert again() == told
        self.answers["repeat"] += 1

    # ---- what must hold after every step

    @invariant()
    def the_board_is_as_the_reference_says(self) -> None:
        expected = [
            (f"A{one.number:03d}", one.standing(self.now), one.desk if self._is_called(one) else None)
            for one in self.reference.today(self.midnight)
        ]
        tickets = self.made.get("queue").body["tickets"]
        assert [(one["ticket"], one["state"], one.get("desk")) for one in tickets] == expected

    @invariant()
    def families_read_where_they_stand(self) -> None:
        """Two after each step, in turn."""
        self.turn += 2
        for who in (self.people[(self.turn + each) % PEOPLE] for each in range(2)):
            ticket = self.reference.latest(who)
            visit = self.made.follow(who).body["visit"]
            if ticket is None or ticket.midnight != self.midnight:
                assert visit is None
                continue
            assert (visit["ticket"], visit["state"]) == (f"A{ticket.number:03d}", ticket.standing(self.now))
            assert visit.get("desk") == (ticket.desk if self._is_called(ticket) else None)
            if ticket.waits(self.now):
                assert visit["waiting_before"] == self.reference.before(ticket, self.now)
            assert [(one["vaccine_code"], one["site"]) for one in visit["given"]] == ticket.given

    @invariant()
    def refused_scans_are_counted(self) -> None:
        if self.reference.midnight == self.midnight:
            told = self.made.get("today").body["refused"]
            assert {one["reason"]: one["count"] for one in told[2:]} == dict(self.reference.refused)

    # ---- inside

    def _is_called(self, ticket: Ticket) -> bool:
        return ticket.desk is not None and ticket.standing(self.now) in WANTED

    def _visit(self, ticket: Ticket) -> str:
        return self.visits[ticket.midnight, ticket.number]

    def _scan(self, who: int, station: str) -> None:
        person = self.people[who]
        slot, minutes = SLOTS[who], self._minutes()
        in_time = slot is not None and slot - 30 <= minutes < slot + 30
        first_day = self.made.clock.now.astimezone(SHANGHAI).day == 1
        tickets = len(self.reference.tickets)
        self.asked += 1
        code = self.made.code(person, self.asked)
        slot = slot if in_time and first_day else None
        expected = self.reference.scan(person, station, code, self.now, self.midnight, slot)
        told = self._ask(
            f"scan {station}",
            expected,
            lambda key: self.made.scan(code, station, key),
            code if station == "ticket" else "",
        )
        if len(self.reference.tickets) > tickets:
            self.visits[self.midnight, self.reference.tickets[-1].number] = told.body["visit"]["visit_id"]

    def _report(self, who: int, outcome: str, first: int, count: int, *, corrects: bool) -> None:
        if (ticket := self.reference.latest(self.people[who])) is None:
            return
        doses = DOSES[first : first + count]
        sites = [(one["vaccine_code"], one["site"]) for one in doses] if outcome == "vaccinated" else []
        station = "registration" if outcome in {"fit", "deferred"} else "vaccination"
        body: dict[str, Any] = {"station": station, "outcome": outcome, "corrects": corrects}
        body |= {"doses": doses} if outcome == "vaccinated" else {}
        body |= {"reason": "发热"} if outcome == "deferred" else {}
        expected = self.reference.report(ticket, outcome, sites, self.now, corrects=corrects)
        kind = f"{outcome}{' corrects' if corrects else ''}"
        self._ask(kind, expected, lambda key: self.made.report(self._visit(ticket), body, key))

    def _minutes(self) -> int:
        local = self.now.astimezone(SHANGHAI)
        return local.hour * 60 + local.minute

    def _ask(self, kind: str, expected: str, ask: Callable[[str], Told], drawn_for: str = "") -> Told:
        self.asked += 1
        key = f"key-{self.asked:08d}"
        told = ask(key)
        assert told.code == expected, kind
        self.answers[f"{kind} {expected}"] += 1
        if expected == "done":
            self.last = (lambda: ask(key)), told, (drawn_for, self.now)
        return told


class DayInDynamo(Day):
    """Over tables of the emulator, new ones for every day."""

    answers: ClassVar[Counter[str]] = Counter()
    client: ClassVar[Any] = None

    def desks(self) -> Desks:
        return Desks(self.client, create_tables(self.client, f"d{uuid.uuid4().hex[:10]}"))


def _play(machine: type[Day], days: int, steps: int) -> None:
    chosen = settings(
        max_examples=days,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        run_state_machine_as_test(machine, settings=chosen)
    lines = [f"{machine.__name__}: {machine.answers.total()} answers in {days} days"]
    lines += [f"  {name:36} {count:6}" for name, count in sorted(machine.answers.items())]
    tell("\n".join(lines) + "\n")


@pytest.mark.timeout(3600)
def test_d21_whatever_the_desks_do_on_a_day() -> None:
    _play(Day, DAYS, 30)


@pytest.mark.emulator
@pytest.mark.timeout(3600)
def test_d21_whatever_the_desks_do_on_a_day_in_dynamodb(emulator: Emulator) -> None:
    DayInDynamo.client = emulator.client("dynamodb")
    _play(DayInDynamo, max(2, DAYS // 20), 20)
