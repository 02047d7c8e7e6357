"""The rules of a visit (R28): stations in their order, whatever is scanned and reported, and in whatever order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.counts import examples
from vaxcert.aws.clock import shanghai_date
from vaxcert.devices.model import Station
from vaxcert.visits.model import (
    OUTCOMES,
    Advance,
    Arrival,
    Begin,
    ClinicDay,
    Outcome,
    Reason,
    Refused,
    State,
    Visit,
    admitted,
    begun,
    called,
    passed,
    place_of,
    reported,
    ticket_of,
)

CERTIFICATE = "c" + "a" * 13
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
ENDED = [State.DONE, State.DEFERRED, State.NOT_VACCINATED, State.LEFT, State.ABANDONED]
OPEN = [state for state in State if state not in ENDED]


def arrival(station: Station | str, *, clinic: str = "c1", now: datetime = NOW) -> Arrival:
    return Arrival(clinic, Station(station), shanghai_date(now), now)


def a_visit(state: State, **changed: Any) -> Visit:
    values: dict[str, Any] = {
        "certificate_id": CERTIFICATE,
        "clinic_code": "c1",
        "day": date(2026, 7, 1),
        "number": 1,
        "state": state,
        "version": 3,
        "changed_at": NOW,
        "observed_until": NOW + HALF_HOUR if state is State.OBSERVING else None,
    }
    return Visit(**(values | changed))


@pytest.mark.parametrize(
    ("number", "ticket"), [(1, "A001"), (12, "A012"), (999, "A999"), (1000, "A1000"), (1200, "A1200")]
)
def test_tickets_are_called_a001_and_so_on(number: int, ticket: str) -> None:
    assert ticket_of(number) == ticket


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True),
    st.dates(date(2024, 8, 10), date(2100, 1, 1)),
    st.integers(1, 99_999),
)
def test_a_visits_id_leads_to_its_place_on_the_board(clinic: str, day: date, number: int) -> None:
    visit = a_visit(State.OBSERVING, clinic_code=clinic, day=day, number=number)
    assert place_of(visit.visit_id) == (clinic, day, visit.ticket)


@pytest.mark.parametrize(
    "text",
    ["", "c1", "c1-20260701", "c1-20261301-A001", "c1-20260701-B001", "c1-20260701-A01", "-20260701-A001"],
)
def test_another_text_is_no_visits_id(text: str) -> None:
    assert place_of(text) is None


def drawn(station: Station) -> int | None:
    """The ticket that the ticket machine draws."""
    return 7 if station is Station.TICKET else None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("station", Station)
def test_r28_each_station_takes_its_own_and_refuses_the_rest(state: State, station: Station) -> None:
    found = admitted(a_visit(state), arrival(station, now=NOW + HALF_HOUR), drawn(station))
    if state in ENDED:
        if station is Station.TICKET:
            assert found == Begin(7)
        else:
            # What has ended here today is told as that; what ended before is not.
            assert found == Refused(Reason.WRONG_ORDER, a_visit(state))
    elif station is a_visit(state).station:
        assert isinstance(found, Advance)
        assert (found.visit.version, found.visit.scans) == (4, 2)
    else:
        assert isinstance(found, Refused)
        assert found.reason is Reason.WRONG_ORDER
        assert found.visit is not None
        assert found.visit.ticket == "A001"


@pytest.mark.parametrize(
    ("changed", "told"),
    [({}, True), ({"day": date(2026, 6, 30)}, False), ({"clinic_code": "c2"}, False)],
    ids=["here today", "yesterday", "elsewhere"],
)
@pytest.mark.parametrize("state", ENDED)
def test_r28_what_has_ended_is_told_here_and_today_alone(
    state: State, changed: dict[str, Any], told: bool
) -> None:
    """Else the station says that a ticket has to be drawn first."""
    visit = a_visit(state, **changed)
    expected = Refused(Reason.WRONG_ORDER, visit if told else None)
    assert admitted(visit, arrival("registration"), None) == expected


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("station", Station)
def test_a_visit_open_at_another_clinic_is_told_first(state: State, station: Station) -> None:
    found = admitted(a_visit(state), arrival(station, clinic="c2"), drawn(station))
    assert found == Refused(Reason.VISIT_ELSEWHERE)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("now", "past"),
    [
        (datetime(2026, 7, 1, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 3, 2, 0, tzinfo=UTC), True),
    ],
)
def test_a_visit_of_a_past_day_has_ended_by_itself(state: State, now: datetime, past: bool) -> None:
    """The day is Shanghai's (D2)."""
    standing = a_visit(state).standing(now)
    assert standing.state.ended is (past or state in ENDED)
    ticket = admitted(a_visit(state), arrival("ticket", clinic="c2", now=now), 7)
    assert (ticket == Begin(7)) is (past or state in ENDED)


def test_each_change_is_the_next_version() -> None:
    """Stations move a visit by the version that they read: a gap would be a step that nobody took."""
    waiting, vaccinated = a_visit(State.WAITING_REGISTRATION), a_visit(State.OBSERVING)
    observed = OUTCOMES[Station.VACCINATION]
    for after in (
        called(waiting, Station.REGISTRATION, "1", NOW),
        passed(waiting, Station.REGISTRATION, 7),
        reported(a_visit(State.REGISTERING), Station.REGISTRATION, Outcome.FIT, HALF_HOUR, NOW),
        *(
            reported(vaccinated, Station.VACCINATION, outcome, HALF_HOUR, NOW, corrects=True)
            for outcome in observed
            if observed[outcome] in {State.OBSERVING, State.NOT_VACCINATED}
        ),
        reported(vaccinated, Station.VACCINATION, Outcome.VACCINATED, HALF_HOUR, NOW),
    ):
        assert after is not None
        assert after.version == 4


def test_every_time_of_a_visit_is_a_whole_second() -> None:
    """As it is kept, so that what is answered and what is read again are the same (invariant 4)."""
    later = NOW + timedelta(microseconds=700_001)
    waiting, at_desk, vaccinated = (
        a_visit(state) for state in (State.WAITING_REGISTRATION, State.VACCINATING, State.OBSERVING)
    )
    given_now = reported(at_desk, Station.VACCINATION, Outcome.VACCINATED, HALF_HOUR, later)
    taken_back = reported(
        vaccinated, Station.VACCINATION, Outcome.NOT_VACCINATED, HALF_HOUR, later, corrects=True
    )
    came = called(waiting, Station.REGISTRATION, "1", later)
    assert given_now is not None
    assert taken_back is not None
    assert came is not None
    times = [
        begun(CERTIFICATE, arrival("ticket", now=later), 1, None).changed_at,
        waiting.moved_to(State.REGISTERING, later).changed_at,
        came.called_at,
        given_now.changed_at,
        taken_back.changed_at,
    ]
    assert times == [NOW] * 5
    assert given_now.observed_until == NOW + HALF_HOUR


@pytest.mark.parametrize(
    ("state", "after", "waited"),
    [
        (State.WAITING_REGISTRATION, State.REGISTERING, 40 + 90),
        (State.WAITING_VACCINATION, State.VACCINATING, 40 + 90),
        (State.REGISTERING, State.WAITING_VACCINATION, 40),
        (State.REGISTERING, State.REGISTERING, 40),
        (State.VACCINATING, State.OBSERVING, 40),
        (State.OBSERVING, State.DONE, 40),
    ],
)
def test_d21_only_who_waits_to_be_called_waits(state: State, after: State, waited: int) -> None:
    """The time at a desk and under observation is no waiting; what was waited before is added to."""
    moved = a_visit(state, waited=40).moved_to(after, NOW + timedelta(seconds=90, microseconds=7))
    assert (moved.waited, moved.changed_at) == (waited, NOW + timedelta(seconds=90))


def test_d21_a_clock_that_was_set_back_takes_no_waiting_away() -> None:
    waits = a_visit(State.WAITING_REGISTRATION, waited=40)
    assert waits.moved_to(State.REGISTERING, NOW - timedelta(seconds=5)).waited == 40


def test_a_new_visit_goes_on_counting_versions() -> None:
    """So that a transaction of the visit before it can never hold again (invariant 4)."""
    old = a_visit(State.DONE)
    new = begun(CERTIFICATE, arrival("ticket"), 7, old)
    assert (new.version, new.number, new.state) == (4, 7, State.WAITING_REGISTRATION)
    assert begun(CERTIFICATE, arrival("ticket"), 1, None).version == 1


@pytest.mark.parametrize(("left", "ends"), [(-1, False), (0, False), (1, True)])
def test_d21_a_ticket_drawn_when_the_day_has_ended_holds_until_midnight(left: int, ends: bool) -> None:
    closes = NOW + timedelta(seconds=left)
    new = begun(CERTIFICATE, arrival("ticket"), 1, None, at=ClinicDay(ends_at=closes))
    assert new.over_at == (closes if ends else datetime(2026, 7, 1, 16, tzinfo=UTC))
    assert new.standing(NOW) == new


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(0, 30), (1, 30), (60, 29), (1739, 2), (1740, 1), (1799, 1), (1800, 0), (9000, 0)],
)
def test_leaving_early_is_refused_with_the_minutes_left(seconds: int, minutes: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    found = admitted(a_visit(State.OBSERVING), arrival("observation", now=now), None)
    if minutes:
        assert isinstance(found, Refused)
        assert (found.reason, found.minutes_left) == (Reason.OBSERVATION_NOT_OVER, minutes)
    else:
        assert isinstance(found, Advance)
        assert found.visit.state is State.DONE


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("station", OUTCOMES)
def test_an_outcome_counts_only_at_its_station(state: State, station: Station) -> None:
    """Given up before the vaccination (D21); and who is observed may be given another vaccine."""
    before_it = {State.WAITING_REGISTRATION, State.REGISTERING, State.WAITING_VACCINATION, State.VACCINATING}
    here = {
        Station.TICKET: before_it,
        Station.REGISTRATION: {State.REGISTERING},
        Station.VACCINATION: {State.VACCINATING},
    }[station]
    for outcome, leads_to in OUTCOMES[station].items():
        after = reported(a_visit(state), station, outcome, HALF_HOUR, NOW)
        another = outcome is Outcome.VACCINATED and state is State.OBSERVING
        if state in here or another:
            assert after is not None
            assert after.state is leads_to
        else:
            assert after is None


def test_only_a_vaccination_starts_the_timer() -> None:
    given_now = reported(a_visit(State.VACCINATING), Station.VACCINATION, Outcome.VACCINATED, HALF_HOUR, NOW)
    assert given_now is not None
    assert given_now.observed_until == NOW + HALF_HOUR
    not_given = reported(
        a_visit(State.VACCINATING), Station.VACCINATION, Outcome.NOT_VACCINATED, HALF_HOUR, NOW
    )
    assert not_given is not None
    assert (not_given.observed_until, not_given.station) == (None, None)


def test_no_state_but_the_next_may_follow() -> None:
    for before in State:
        for after in State:
            if before is after or before.can_transition_to(after):
                a_visit(before).moved_to(after, NOW)
            else:
                with pytest.raises(ValueError, match="cannot become"):
                    a_visit(before).moved_to(after, NOW)


def test_every_open_visit_can_be_abandoned_and_every_ended_one_has_no_station() -> None:
    assert all(state.can_transition_to(State.ABANDONED) for state in OPEN)
    assert all(a_visit(state).station is None for state in ENDED)
    assert all(a_visit(state).station is not None for state in OPEN)


class Walk(RuleBasedStateMachine):
    """Anything may be scanned and reported in any order, at two clinics, over days (R28)."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.visit: Visit | None = None
        self.given = 0
        self.numbers: dict[tuple[str, date], int] = {}
        self.seen: list[tuple[str, int]] = []

    @rule(station=st.sampled_from(Station), clinic=st.sampled_from(["c1", "c2"]))
    def scan(self, station: Station, clinic: str) -> None:
        at = arrival(station, clinic=clinic, now=self.now)
        number = self.numbers.get((clinic, at.day), 0) + 1
        match admitted(self.visit, at, number if station is Station.TICKET else None):
            case Begin(ticket):
                assert ticket == number
                self.numbers[clinic, at.day] = number
                self.visit = begun(CERTIFICATE, at, number, self.visit)
            case Advance(visit):
                if visit.state is State.DONE:
                    assert visit.observed_until is not None
                    assert self.now >= visit.observed_until
                self.visit = visit
            case Refused():
                return

    @precondition(lambda self: self.visit is not None)
    @rule(station=st.sampled_from(sorted(OUTCOMES)), index=st.integers(0, 1))
    def report(self, station: Station, index: int) -> None:
        assert self.visit is not None
        standing = self.visit.standing(self.now)
        outcomes = list(OUTCOMES[station])
        outcome = outcomes[index % len(outcomes)]
        after = reported(standing, station, outcome, HALF_HOUR, self.now)
        if after is not None:
            self.visit = after

    @rule(minutes=st.sampled_from([1, 29, 30, 31, 600, 1440]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def versions_only_grow_and_a_step_is_one_version(self) -> None:
        if self.visit is None:
            return
        here = (self.visit.visit_id, self.visit.version)
        if self.seen and self.seen[-1] == here:
            return
        assert not self.seen or here[1] == self.seen[-1][1] + 1
        self.seen.append(here)

    @invariant()
    def nobody_is_observed_who_was_not_vaccinated(self) -> None:
        if self.visit is not None and self.visit.state in {State.OBSERVING, State.DONE}:
            assert self.visit.observed_until is not None


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=examples(60), stateful_step_count=30)
