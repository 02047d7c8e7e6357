"""A visit to a clinic: stations in their order, what each may find, and how it ends (R28).

    waiting_registration → registering → waiting_vaccination → vaccinating → observing → done
                                  ↘ deferred                          ↘ not_vaccinated
    any before the vaccination → left, where it is given up; any of the unfinished → abandoned, when its day is over

A waiting ticket may be called to a desk and passed over (D21); it stays in its state, and `called_at` and `desk` tell.

A scan brings the person to a station, an outcome takes them on. Where an outcome is still to come, the station may scan
again: its screen may have been lost. Observation has no outcome: its timer starts with the vaccination, and the scan there
is the leave, refused until the time is over. A station mends its own last outcome until the next one has scanned (D21). All is pure;
time is passed in.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from vaxcert.aws.clock import SHANGHAI
from vaxcert.devices.model import Station
from vaxcert.visits.line import own_turn

LEAVING: Final = timedelta(minutes=30)
"""How long after its observation a visit can still be left by a scan, where the clinic's day is over."""

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
    LEFT = "left"
    ABANDONED = "abandoned"

    @property
    def ended(self) -> bool:
        """Whether the visit is over."""
        return not _AFTER[self]

    def can_transition_to(self, after: State) -> bool:
        """Whether `after` may follow at once."""
        return after in _AFTER[self]


_AFTER: Final[dict[State, frozenset[State]]] = {
    State.WAITING_REGISTRATION: frozenset({State.REGISTERING, State.LEFT, State.ABANDONED}),
    State.REGISTERING: frozenset({State.WAITING_VACCINATION, State.DEFERRED, State.LEFT, State.ABANDONED}),
    State.WAITING_VACCINATION: frozenset({State.VACCINATING, State.LEFT, State.ABANDONED}),
    State.VACCINATING: frozenset({State.OBSERVING, State.NOT_VACCINATED, State.LEFT, State.ABANDONED}),
    State.OBSERVING: frozenset({State.DONE, State.ABANDONED}),
    State.DONE: frozenset(),
    State.DEFERRED: frozenset(),
    State.NOT_VACCINATED: frozenset(),
    State.LEFT: frozenset(),
    State.ABANDONED: frozenset(),
}

WAITING: Final = frozenset({State.WAITING_REGISTRATION, State.WAITING_VACCINATION})
"""Where somebody waits to be called."""

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
    """What a station found, or did with a ticket."""

    FIT = "fit"
    DEFERRED = "deferred"
    VACCINATED = "vaccinated"
    NOT_VACCINATED = "not_vaccinated"
    LEFT = "left"
    PASSED = "passed"


OUTCOMES: Final[dict[Station, dict[Outcome, State]]] = {
    Station.TICKET: {Outcome.LEFT: State.LEFT},
    Station.REGISTRATION: {Outcome.FIT: State.WAITING_VACCINATION, Outcome.DEFERRED: State.DEFERRED},
    Station.VACCINATION: {
        Outcome.VACCINATED: State.OBSERVING,
        Outcome.NOT_VACCINATED: State.NOT_VACCINATED,
    },
}
"""The outcomes that a station may report, and where each leads; one that waits may be `passed` as well, and stays where it is."""

MENDED: Final = frozenset({Station.REGISTRATION, Station.VACCINATION})
"""Stations that may mend their own last outcome."""


@dataclass(frozen=True, slots=True)
class Use:
    """When a code was used, at which station, and by whose scan."""

    at: datetime
    station: Station
    device_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The scan changes nothing. `minutes_left` where it is too early to leave, `visit` where the station knows it.

    `used` is the scan that came first, where one did.
    """

    reason: Reason
    visit: Visit | None = None
    minutes_left: int | None = None
    used: Use | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One certificate's visit to one clinic on one Shanghai day; `version` grows with every change.

    `number` is the ticket's, `station` where the person is or is wanted next. `observed_until` is set by a vaccination,
    `appointed_at` by a ticket that was taken for an appointment in time: who has one goes ahead (docs/appointments.md).
    `ends_at` is when the clinic's day ends (None: at midnight), `called_at` and `desk` tell of a ticket that is called now, `place` is
    that of one that was passed over, `waited` are the seconds that it has waited at earlier stations, and `scans` says how often its
    code was accepted.
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
    ends_at: datetime | None = None
    called_at: datetime | None = None
    desk: str | None = None
    place: int | None = None
    waited: int = 0
    scans: int = 1
    clinic_name: str = ""
    clinic_phone: str | None = None

    @property
    def turn(self) -> int:
        """By what visits of one day are ordered (`vaxcert.visits.line`)."""
        return own_turn(self.appointed_at, self.number) if self.place is None else self.place

    @property
    def in_line(self) -> bool:
        """Whether it waits and has not been called yet."""
        return self.state in WAITING and self.called_at is None

    @property
    def over_at(self) -> datetime:
        """When it ends by itself: with the clinic's day, at midnight at the latest (D21).

        Under observation it lasts until the observation is over and a while more, and at the vaccination desk until midnight: what has
        been given can still be reported.
        """
        midnight = datetime.combine(self.day + timedelta(days=1), time(), SHANGHAI)
        if self.ends_at is None or self.state is State.VACCINATING:
            return midnight
        ends = self.ends_at
        if self.observed_until is not None:
            ends = max(ends, self.observed_until + LEAVING)
        return min(ends, midnight)

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

    def standing(self, now: datetime) -> Visit:
        """The visit as it stands at `now`: one whose day is over has ended by itself."""
        if not self.state.ended and now >= self.over_at:
            return replace(self, state=State.ABANDONED, called_at=None, desk=None)
        return self

    def minutes_left(self, now: datetime) -> int:
        """Whole minutes of observation still to come, rounded up; 0 when it is over or never began."""
        if self.observed_until is None:
            return 0
        return max(0, math.ceil((self.observed_until - now) / timedelta(minutes=1)))

    def moved_to(self, state: State, now: datetime) -> Visit:
        """The next version, at `state`. Raises ValueError where it may not follow."""
        if state is not self.state and not self.state.can_transition_to(state):
            msg = f"{self.state} cannot become {state}"
            raise ValueError(msg)
        at = now.replace(microsecond=0)
        waited = int((at - self.changed_at).total_seconds()) if self.state in WAITING else 0
        return replace(
            self,
            state=state,
            version=self.version + 1,
            changed_at=at,
            called_at=None,
            desk=None,
            place=None,
            waited=self.waited + max(0, waited),
        )


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


@dataclass(frozen=True, slots=True)
class ClinicDay:
    """What a ticket takes from its clinic: when the day ends (None: at midnight), and whom its family can ask."""

    ends_at: datetime | None = None
    name: str = ""
    phone: str | None = None


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
    visit = None if standing is None else standing.standing(arrival.now)
    if visit is not None and not visit.state.ended:
        if visit.clinic_code != arrival.clinic_code:
            return Refused(Reason.VISIT_ELSEWHERE)
        if arrival.station is not visit.station:
            return Refused(Reason.WRONG_ORDER, visit)
        if (minutes := visit.minutes_left(arrival.now)) > 0:
            return Refused(Reason.OBSERVATION_NOT_OVER, visit, minutes)
        moved = visit.moved_to(_SCANNED[visit.state], arrival.now)
        return Advance(replace(moved, scans=visit.scans + 1))
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
    at: ClinicDay | None = None,
) -> Visit:
    """A new visit with its ticket. Its version goes on from the one before it, which it replaces.

    A ticket that is drawn when the clinic's day has ended holds until midnight.
    """
    place = at or ClinicDay()
    later = place.ends_at is not None and place.ends_at > arrival.now
    return Visit(
        certificate_id=certificate_id,
        clinic_code=arrival.clinic_code,
        day=arrival.day,
        number=number,
        state=State.WAITING_REGISTRATION,
        version=1 if after is None else after.version + 1,
        changed_at=arrival.now.replace(microsecond=0),
        appointed_at=appointed_at,
        ends_at=place.ends_at if later else None,
        clinic_name=place.name,
        clinic_phone=place.phone,
    )


def called(visit: Visit, station: Station, desk: str, now: datetime) -> Visit | None:
    """The visit once its ticket is called to a desk, by its first desk or again; None where it does not wait there (wrong order).

    Whose ticket another desk has called is asked by `called_elsewhere` first.
    """
    if visit.state not in WAITING or visit.station is not station:
        return None
    return replace(visit, version=visit.version + 1, called_at=now.replace(microsecond=0), desk=desk)


def called_elsewhere(visit: Visit, desk: str) -> bool:
    """Whether another desk has called the ticket."""
    return visit.called_at is not None and visit.desk != desk


def passed(visit: Visit, station: Station, place: int) -> Visit | None:
    """The visit once it was passed over to a place in the line; None where it does not wait at the station (wrong order)."""
    if visit.state not in WAITING or visit.station is not station:
        return None
    return replace(visit, version=visit.version + 1, called_at=None, desk=None, place=place)


def reported(
    visit: Visit,
    station: Station,
    outcome: Outcome,
    observation: timedelta,
    now: datetime,
    *,
    corrects: bool = False,
) -> Visit | None:
    """The visit after a station's outcome; None where it is not at that station (wrong order).

    Who was vaccinated may be given another vaccine until they leave: the observation begins anew then. `corrects` mends the station's
    own last outcome (D21). Raises KeyError for an outcome that the station cannot report.
    """
    state = OUTCOMES[station][outcome]
    if corrects:
        return _mended(visit, station, state, observation, now)
    another = state is State.OBSERVING and visit.state is State.OBSERVING
    if not another and not visit.state.can_transition_to(state):
        return None
    moved = visit.moved_to(state, now)
    return _observed(moved, observation, now) if state is State.OBSERVING else moved


def _mended(
    visit: Visit, station: Station, state: State, observation: timedelta, now: datetime
) -> Visit | None:
    """The visit as if the station had reported so at first.

    None where it has reported nothing, the next one has acted, or the visit would go on though its day is over.
    """
    if station not in MENDED or visit.state not in OUTCOMES[station].values():
        return None
    at = now.replace(microsecond=0)
    mended = replace(visit, version=visit.version + 1)
    if state is visit.state:
        return (
            mended  # what was given is another vaccine, or why not another reason; the shot was when it was
        )
    mended = replace(
        mended, state=state, changed_at=at, called_at=None, desk=None, place=None, observed_until=None
    )
    if state is State.OBSERVING:
        mended = _observed(mended, observation, now)
    return None if mended.standing(now).state is State.ABANDONED else mended


def _observed(visit: Visit, observation: timedelta, now: datetime) -> Visit:
    return replace(visit, observed_until=(now + observation).replace(microsecond=0))
