"""The reference of a clinic's day: tickets, stations and the line, in the plainest words and without a store (R28, D21)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

OBSERVED = timedelta(minutes=30)
TO_LEAVE = timedelta(minutes=30)
BEHIND, MOST = 3, 5
WANTED = {
    "waiting_registration": "registration",
    "registering": "registration",
    "waiting_vaccination": "vaccination",
    "vaccinating": "vaccination",
    "observing": "observation",
}
SCANNED = {
    "waiting_registration": "registering",
    "registering": "registering",
    "waiting_vaccination": "vaccinating",
    "vaccinating": "vaccinating",
    "observing": "done",
}
REPORTED = {
    "fit": ("registering", "waiting_vaccination"),
    "deferred": ("registering", "deferred"),
    "vaccinated": ("vaccinating", "observing"),
    "not_vaccinated": ("vaccinating", "not_vaccinated"),
}
MENDED = {
    "fit": {"waiting_vaccination", "deferred"},
    "deferred": {"waiting_vaccination", "deferred"},
    "vaccinated": {"observing", "not_vaccinated"},
    "not_vaccinated": {"observing", "not_vaccinated"},
}


@dataclass
class Ticket:
    """One ticket. `own` is its place by appointment and number, `place` where it stands now."""

    who: str
    number: int
    midnight: datetime
    ends: datetime
    own: Fraction
    state: str = "waiting_registration"
    desk: str | None = None
    passed: Fraction | None = None
    observed_until: datetime | None = None
    given: list[tuple[str, str]] = field(default_factory=list)

    @property
    def place(self) -> Fraction:
        return self.own if self.passed is None else self.passed

    def standing(self, now: datetime) -> str:
        """Its state, or `abandoned` where its day is over."""
        if self.state not in WANTED:
            return self.state
        over = self.midnight if self.state == "vaccinating" else self.ends
        if self.observed_until is not None:
            over = max(over, self.observed_until + TO_LEAVE)
        return "abandoned" if now >= min(over, self.midnight) else self.state

    def waits(self, now: datetime) -> str | None:
        """Where it waits and is not called."""
        state = self.standing(now)
        return WANTED[state] if state.startswith("waiting_") and self.desk is None else None


class ClinicDay:
    """One clinic, day after day; every answer is a problem's code, a scan's reason, or `done`."""

    def __init__(self, day_ends: timedelta) -> None:
        self._day_ends = day_ends
        self.tickets: list[Ticket] = []
        self.refused: Counter[str] = Counter()
        self._drawn, self._drawn_for = 0, ""
        self.midnight: datetime | None = None

    def latest(self, who: str) -> Ticket | None:
        """Somebody's last ticket, of whatever day."""
        return next((one for one in reversed(self.tickets) if one.who == who), None)

    def today(self, midnight: datetime) -> list[Ticket]:
        """The day's tickets as the board has them."""
        found = (one for one in self.tickets if one.midnight == midnight)
        return sorted(found, key=lambda one: (one.place, one.number))

    def before(self, ticket: Ticket, now: datetime) -> int:
        """How many wait before it."""
        return len([one for one in self._line(ticket, now) if (one.place, one.number) < _of(ticket)])

    def scan(
        self, who: str, station: str, code: str, now: datetime, midnight: datetime, slot: int | None
    ) -> str:
        """A scan at a station; `slot` is the minute of an appointment in time."""
        if self.midnight != midnight:
            self.midnight, self._drawn, self._drawn_for = midnight, 0, ""
            self.refused.clear()
        if station == "ticket":
            self.draw(code)
        reason = self._scanned(who, station, now, midnight, slot)
        if reason != "done":
            self.refused[reason] += 1
        return reason

    def draw(self, code: str) -> None:
        """The number is drawn while it is looked, for a code that is asked for again as well; not twice in a row for one."""
        self._drawn += code != self._drawn_for
        self._drawn_for = code

    def call(self, ticket: Ticket, station: str, desk: str, now: datetime) -> str:
        """A desk calls."""
        if ticket.standing(now) != f"waiting_{station}":
            return "wrong_order"
        if ticket.desk not in (None, desk):
            return "already_called"
        ticket.desk = desk
        return "done"

    def pass_over(self, ticket: Ticket, station: str, now: datetime) -> str:
        """It comes after the next three that wait, after all if they are fewer; later tickets come later."""
        if ticket.standing(now) != f"waiting_{station}":
            return "wrong_order"
        behind = sorted(one.place for one in self._line(ticket, now) if _of(one) > _of(ticket))
        if not behind:
            ticket.passed = ticket.place
        elif len(behind) > BEHIND:
            ticket.passed = (behind[BEHIND - 1] + behind[BEHIND]) / 2
        else:
            ticket.passed = (behind[-1] + int(behind[-1]) + 1) / 2
        ticket.desk = None
        return "done"

    def give_up(self, ticket: Ticket, now: datetime) -> str:
        """Until something was given."""
        if ticket.standing(now) not in {*WANTED} - {"observing"}:
            return "wrong_order"
        self._move(ticket, "left")
        return "done"

    def report(
        self, ticket: Ticket, outcome: str, given: list[tuple[str, str]], now: datetime, *, corrects: bool
    ) -> str:
        """What a station found, or what it should have said at first."""
        state, (at, becomes) = ticket.standing(now), REPORTED[outcome]
        if corrects:
            return (
                self._mend(ticket, state, becomes, given, now) if state in MENDED[outcome] else "wrong_order"
            )
        if outcome == "vaccinated" and state == "observing":
            known = ticket.given + given
            if len(known) > MOST or len(set(known)) < len(known):
                return "wrong_order"
            ticket.given, ticket.observed_until = known, now + OBSERVED
            return "done"
        if state != at:
            return "wrong_order"
        self._move(ticket, becomes)
        if becomes == "observing":
            ticket.given, ticket.observed_until = given, now + OBSERVED
        return "done"

    def _scanned(self, who: str, station: str, now: datetime, midnight: datetime, slot: int | None) -> str:
        ticket = self.latest(who)
        state = "" if ticket is None else ticket.standing(now)
        if ticket is not None and state in WANTED:
            if station != WANTED[state]:
                return "wrong_order"
            if ticket.observed_until is not None and now < ticket.observed_until:
                return "observation_not_over"
            self._move(ticket, SCANNED[state])
            return "done"
        if station != "ticket":
            return "wrong_order"
        ends = midnight - timedelta(days=1) + self._day_ends
        own = Fraction((24 * 60 if slot is None else slot) * 1000 + self._drawn)
        self.tickets.append(Ticket(who, self._drawn, midnight, ends if now < ends else midnight, own))
        return "done"

    def _mend(
        self, ticket: Ticket, state: str, becomes: str, given: list[tuple[str, str]], now: datetime
    ) -> str:
        if becomes != state:
            after = Ticket(ticket.who, ticket.number, ticket.midnight, ticket.ends, ticket.own, becomes)
            after.observed_until = now + OBSERVED if becomes == "observing" else None
            if after.standing(now) == "abandoned":
                return "wrong_order"
            self._move(ticket, becomes)
            ticket.observed_until = after.observed_until
        ticket.given = given if becomes == "observing" else []
        return "done"

    @staticmethod
    def _move(ticket: Ticket, state: str) -> None:
        if state != ticket.state:
            ticket.state, ticket.desk, ticket.passed = state, None, None

    def _line(self, ticket: Ticket, now: datetime) -> list[Ticket]:
        """Who else waits where it does."""
        here = WANTED[ticket.standing(now)]
        return [
            one
            for one in self.tickets
            if one is not ticket and one.midnight == ticket.midnight and one.waits(now) == here
        ]


def _of(ticket: Ticket) -> tuple[Fraction, int]:
    return ticket.place, ticket.number
