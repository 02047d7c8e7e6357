"""A visit to a clinic: stations in their order, what each may find, and how it ends (R28).

    waiting_registration → registering → waiting_vaccination → vaccinating → observing → done
                                  ↘ deferred                          ↘ not_vaccinated
    any of the unfinished → abandoned, when its day is over

A scan brings the person to a station, an outcome takes them on. Where an outcome is still to come, the station may scan
again: its screen may have been lost. Observation has no outcome: its timer starts with the vaccination, and the scan there
is the leave, refused until the time is over. All is pure; time is passed in.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from vaxcert.devices.model import Station

_ID_FORM: Final = re.compile(r"(?P<clinic>[A-Za-z0-9_-]{1,32})-(?P<day>[0-9]{8})-(?P<ticket>A[0-9]{3,5})")


class Reason(StrEnum):
    """Why a scan is refused, in the contract's order of precedence: code, certificate, grant, visit."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    ALREADY_USED = "already_used"
    RELEASED = "released"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    GRANT_REVOKED = "grant_revoked"
    GRANT_EXPIRED = "grant_expired"
    VISIT_ELSEWHERE = "visit_elsewhere"
    WRONG_ORDER = "wrong_order"
    OBSERVATION_NOT_OVER = "observation_not_over"


class OutOfTurn(StrEnum):
    """How a scan can be at the wrong station (`wrong_order`): each has its own next step."""

    NO_TICKET = "no_ticket"
    HAS_TICKET = "has_ticket"
    DONE_HERE = "done_here"
    NOT_YET = "not_yet"
    OVER = "over"


class State(StrEnum):
    """Where a visit is."""

    WAITING_REGISTRATION = "waiting_registration"
    REGISTERING = "registering"
    WAITING_VACCINATION = "waiting_vaccination"
    VACCINATING = "vaccinating"
    OBSERVING = "observing"
    DONE = "done"
    DEFERRED = "deferred"
    NOT_VACCINATED = "not_vaccinated"
    ABANDONED = "abandoned"

    @property
    def ended(self) -> bool:
        """Whether the visit is over."""
        return not _AFTER[self]

    def can_transition_to(self, after: State) -> bool:
        """Whether `after` may follow at once."""
        return after in _AFTER[self]


_AFTER: Final[dict[State, frozenset[State]]] = {
    State.WAITING_REGISTRATION: frozenset({State.REGISTERING, State.ABANDONED}),
    State.REGISTERING: frozenset({State.WAITING_VACCINATION, State.DEFERRED, State.ABANDONED}),
    State.WAITING_VACCINATION: frozenset({State.VACCINATING, State.ABANDONED}),
    State.VACCINATING: frozenset({State.OBSERVING, State.NOT_VACCINATED, State.ABANDONED}),
    State.OBSERVING: frozenset({State.DONE, State.ABANDONED}),
    State.DONE: frozenset(),
    State.DEFERRED: frozenset(),
    State.NOT_VACCINATED: frozenset(),
    State.ABANDONED: frozenset(),
}

_STATION: Final = {
    State.WAITING_REGISTRATION: Station.REGISTRATION,
    State.REGISTERING: Station.REGISTRATION,
    State.WAITING_VACCINATION: Station.VACCINATION,
    State.VACCINATING: Station.VACCINATION,
    State.OBSERVING: Station.OBSERVATION,
}
_SCANNED: Final = {
    State.WAITING_REGISTRATION: State.REGISTERING,
    State.REGISTERING: State.REGISTERING,
    State.WAITING_VACCINATION: State.VACCINATING,
    State.VACCINATING: State.VACCINATING,
    State.OBSERVING: State.DONE,
}


class Outcome(StrEnum):
    """What a station found."""

    FIT = "fit"
    DEFERRED = "deferred"
    VACCINATED = "vaccinated"
    NOT_VACCINATED = "not_vaccinated"


OUTCOMES: Final[dict[Station, dict[Outcome, State]]] = {
    Station.REGISTRATION: {Outcome.FIT: State.WAITING_VACCINATION, Outcome.DEFERRED: State.DEFERRED},
    Station.VACCINATION: {
        Outcome.VACCINATED: State.OBSERVING,
        Outcome.NOT_VACCINATED: State.NOT_VACCINATED,
    },
}
"""The outcomes that a station may report, and where each leads."""


@dataclass(frozen=True, slots=True)
class Use:
    """When a code was used, at which station, and by whose scan."""

    at: datetime
    station: Station
    device_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The scan changes nothing. Falsy; `minutes_left` where it is too early to leave, `visit` where the station knows it.

    `used` is the scan that came first, where one did.
    """

    reason: Reason
    visit: Visit | None = None
    minutes_left: int | None = None
    used: Use | None = None

    def __bool__(self) -> Literal[False]:
        return False


@dataclass(frozen=True, slots=True)
class Visit:
    """One certificate's visit to one clinic on one Shanghai day; `version` grows with every change.

    `number` is the ticket's, `station` where the person is or is wanted next. `observed_until` is set by a vaccination,
    `appointed_at` by a ticket that was taken for an appointment in time: who has one goes ahead (docs/appointments.md).
    """

    certificate_id: str
    clinic_code: str
    day: date
    number: int
    state: State
    version: int
    changed_at: datetime
    observed_until: datetime | None = None
    appointed_at: datetime | None = None

    @property
    def turn(self) -> tuple[float, int]:
        """By what visits of one day are ordered: those with an appointment by its time, then everybody by ticket."""
        return math.inf if self.appointed_at is None else self.appointed_at.timestamp(), self.number

    @property
    def ticket(self) -> str:
        """As printed and called: A001, A002, …"""
        return ticket_of(self.number)

    @property
    def visit_id(self) -> str:
        """`<clinic_code>-<yyyymmdd>-<ticket>`."""
        return f"{self.clinic_code}-{self.day:%Y%m%d}-{self.ticket}"

    @property
    def station(self) -> Station | None:
        """Where the person is, or is wanted next; None once the visit has ended."""
        return _STATION.get(self.state)

    def on(self, today: date) -> Visit:
        """The visit as it stands on the day `today`: one of a past day has ended by itself."""
        if self.day < today and not self.state.ended:
            return replace(self, state=State.ABANDONED)
        return self

    def minutes_left(self, now: datetime) -> int:
        """Whole minutes of observation still to come, rounded up; 0 when it is over or never began."""
        if self.observed_until is None or now >= self.observed_until:
            return 0
        return math.ceil((self.observed_until - now) / timedelta(minutes=1))

    def moved_to(self, state: State, now: datetime) -> Visit:
        """The next version, at `state`. Raises ValueError where it may not follow."""
        if state is not self.state and not self.state.can_transition_to(state):
            msg = f"{self.state} cannot become {state}"
            raise ValueError(msg)
        return replace(self, state=state, version=self.version + 1, changed_at=now.replace(microsecond=0))


@dataclass(frozen=True, slots=True)
class Begin:
    """The scan begins a new visit, with the ticket `number`."""

    number: int


@dataclass(frozen=True, slots=True)
class Advance:
    """The scan takes the visit a step on: `visit` is its next version."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class Arrival:
    """A scan: at which clinic and station, on which day, when."""

    clinic_code: str
    station: Station
    day: date
    now: datetime


def ticket_of(number: int) -> str:
    """A001 to A999, then A1000: as many digits as it takes."""
    return f"A{number:03d}"


def place_of(visit_id: str) -> tuple[str, date, str] | None:
    """Clinic, day and ticket that a visit's id names; None for a text that is none."""
    found = _ID_FORM.fullmatch(visit_id)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["day"])
    except ValueError:
        return None
    return found["clinic"], day, found["ticket"]


def is_visit_id(text: str) -> bool:
    """Whether a text has the form of a visit's id."""
    return place_of(text) is not None


def admitted(standing: Visit | None, arrival: Arrival, number: int | None) -> Begin | Advance | Refused:
    """What a scan makes of the certificate's latest visit, which stands as `standing`.

    `number` is the ticket drawn for it: who comes to the ticket machine has one, and only they begin a visit. Of two refusals the
    one that sends the family elsewhere comes first.
    """
    visit = None if standing is None else standing.on(arrival.day)
    if visit is not None and not visit.state.ended:
        if visit.clinic_code != arrival.clinic_code:
            return Refused(Reason.VISIT_ELSEWHERE)
        if arrival.station is not visit.station:
            return Refused(Reason.WRONG_ORDER, visit)
        if (minutes := visit.minutes_left(arrival.now)) > 0:
            return Refused(Reason.OBSERVATION_NOT_OVER, visit, minutes)
        return Advance(visit.moved_to(_SCANNED[visit.state], arrival.now))
    if number is not None:
        return Begin(number)
    ended_here = visit is not None and (visit.day, visit.clinic_code) == (arrival.day, arrival.clinic_code)
    return Refused(Reason.WRONG_ORDER, visit if ended_here else None)


def out_of_turn(visit: Visit | None, station: Station) -> OutOfTurn:
    """How a scan at `station` is out of turn, where the visit of today stands as `visit`."""
    if visit is None:
        return OutOfTurn.NO_TICKET
    if visit.station is None:
        return OutOfTurn.OVER
    if station is Station.TICKET:
        return OutOfTurn.HAS_TICKET
    order = list(Station)
    return OutOfTurn.DONE_HERE if order.index(station) < order.index(visit.station) else OutOfTurn.NOT_YET


def begun(
    certificate_id: str,
    arrival: Arrival,
    number: int,
    after: Visit | None,
    appointed_at: datetime | None = None,
) -> Visit:
    """A new visit with its ticket. Its version goes on from the one before it, which it replaces."""
    return Visit(
        certificate_id=certificate_id,
        clinic_code=arrival.clinic_code,
        day=arrival.day,
        number=number,
        state=State.WAITING_REGISTRATION,
        version=1 if after is None else after.version + 1,
        changed_at=arrival.now.replace(microsecond=0),
        appointed_at=appointed_at,
    )


def reported(
    visit: Visit, station: Station, outcome: Outcome, observation: timedelta, now: datetime
) -> Visit | None:
    """The visit after a station's outcome; None where it is not at that station (wrong order).

    Raises KeyError for an outcome that the station cannot report.
    """
    state = OUTCOMES[station][outcome]
    if not visit.state.can_transition_to(state):
        return None
    moved = visit.moved_to(state, now)
    if state is not State.OBSERVING:
        return moved
    return replace(moved, observed_until=(now + observation).replace(microsecond=0))
