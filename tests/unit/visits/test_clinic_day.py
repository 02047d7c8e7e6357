"""A clinic's day (D21): calling, passing over, giving up, mending, several vaccines, and when the day ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.people import GRANDMOTHER, MOTHER
from tests.fakes.waiting_room import JE, MMR, OTHER_CLINIC, WaitingRoom
from vaxcert.aws.clock import SHANGHAI
from vaxcert.clinics.week import Clinic, Session, instant
from vaxcert.devices.model import Station
from vaxcert.devices.trust import ClinicNotAllowed, StationNotAllowed
from vaxcert.errors import NotFound, Rejected
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.doses import MOST_DOSES
from vaxcert.visits.line import BEHIND, own_turn, turn_behind
from vaxcert.visits.model import LEAVING, State, Visit
from vaxcert.visits.outcomes import AlreadyCalled, WrongOrder

CLINIC = "3206000001"
DAY = date(2026, 7, 1)


def clinic(*hours: tuple[int, int]) -> Clinic:
    sessions = tuple(Session(DAY.isoweekday(), time(start), time(end), 30, 5) for start, end in hours)
    return Clinic(CLINIC, "示范接种门诊", "320600", sessions, 7, same_day=True, phone="0513-5550000")


def others(room: WaitingRoom, count: int, state: State = State.WAITING_REGISTRATION) -> list[Visit]:
    """Strangers with the tickets after A001."""
    first = next(iter(room.clinic.board.values()))
    found = []
    for number in range(2, count + 2):
        visit = replace(first.visit, certificate_id=f"other-{number}", number=number, state=state, place=None)
        room.clinic.board[visit.clinic_code, visit.day, visit.ticket] = BoardEntry(visit, "r", ())
        room.clinic.visits[visit.certificate_id] = visit
        found.append(visit)
    return found


def order(room: WaitingRoom) -> list[str]:
    return [line.visit.ticket for line in room.queue() if line.visit.in_line]


# Calling


def test_d21_a_called_ticket_tells_board_and_family_and_waits_no_more() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    after = room.call(visit_id, "registration", "2号台")
    assert (after["state"], after["desk"]) == ("waiting_registration", "2号台")
    (line,) = room.queue()
    assert (line.visit.desk, line.visit.called_at) == ("2号台", room.clock())
    followed = room.follow()
    assert followed is not None
    assert (followed.visit.desk, followed.before) == ("2号台", 0)


def test_d21_the_same_desk_calls_again_and_another_does_not() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    room.call(visit_id, "registration", "1号台")
    room.clock.advance(minutes=1)
    assert room.call(visit_id, "registration", "1号台")["called_at"] == "2026-07-01T10:01:00+08:00"
    with pytest.raises(AlreadyCalled):
        room.call(visit_id, "registration", "2号台", device="reg-2")
    with pytest.raises(WrongOrder):
        room.call(visit_id, "vaccination", "2号台", device="reg-2")


def test_d21_of_two_desks_that_call_at_once_one_gets_the_ticket() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    room.clinic.crossing.append(lambda: room.call(visit_id, "registration", "2号台", device="reg-2"))
    with pytest.raises(AlreadyCalled):
        room.call(visit_id, "registration", "1号台")
    assert room.queue()[0].visit.desk == "2号台"


def test_invariant_4_the_same_call_gets_the_same_answer() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    first = room.call(visit_id, "registration", key="the-same-key")
    room.clock.advance(minutes=1)
    assert room.call(visit_id, "registration", key="the-same-key") == first


@pytest.mark.parametrize(
    ("stage", "station"),
    [
        ("waiting_registration", "vaccination"),
        ("registering", "registration"),
        ("waiting_vaccination", "registration"),
        ("observing", "vaccination"),
        ("done", "vaccination"),
    ],
)
def test_d21_only_who_waits_there_is_called_or_passed_over(stage: str, station: str) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    with pytest.raises(WrongOrder):
        room.call(visit_id, station)
    with pytest.raises(WrongOrder):
        room.report(visit_id, station, "passed")


def test_the_scan_ends_the_call() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    room.call(visit_id, "registration")
    room.scan("registration")
    visit = room.clinic.find(visit_id)
    assert visit is not None
    assert (visit.called_at, visit.desk) == (None, None)


def test_bounds_of_calls() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    with pytest.raises(StationNotAllowed):
        room.call(visit_id, "registration", device="ticket-1")
    with pytest.raises(StationNotAllowed):
        room.call(visit_id, "registration", device="board-1")
    with pytest.raises(ClinicNotAllowed):
        room.call(visit_id, "registration", device="far-1")


# Passing over


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (0, ["A001"]),
        (1, ["A002", "A001"]),
        (3, ["A002", "A003", "A004", "A001"]),
        (5, ["A002", "A003", "A004", "A001", "A005", "A006"]),
    ],
)
def test_d21_passed_over_comes_after_the_next_three(waiting: int, expected: list[str]) -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    others(room, waiting)
    room.call(visit_id, "registration")
    assert "called_at" not in room.report(visit_id, "registration", "passed")
    assert order(room) == expected
    followed = room.follow()
    assert followed is not None
    assert followed.before == min(waiting, BEHIND)


def test_d21_who_is_called_or_has_left_is_not_counted_before_a_family() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    first, second, third, _ = others(room, 4)
    room.report(visit_id, "registration", "passed")

    def before() -> int:
        followed = room.follow()
        assert followed is not None
        return followed.before

    assert before() == 3
    room.call(first.visit_id, "registration")
    assert before() == 2
    room.report(second.visit_id, "ticket", "left")
    assert before() == 1
    room.report(third.visit_id, "registration", "passed")
    assert before() == 0, "it went behind"


@given(st.integers(2, 12), st.lists(st.integers(0, 30), max_size=12))
def test_d21_each_time_exactly_three_go_ahead(tickets: int, draws: list[int]) -> None:
    """Whoever is passed over, however often: nobody else's place changes."""
    line = {number: own_turn(None, number) for number in range(1, tickets + 1)}
    for draw in draws:
        before = sorted(line, key=lambda number: (line[number], number))
        place = draw % tickets
        moved = before[place]
        following = [line[number] for number in before[place + 1 :]]
        line[moved] = turn_behind(line[moved], following[: BEHIND + 1])
        expected = [number for number in before if number != moved]
        expected.insert(min(place + BEHIND, tickets - 1), moved)
        assert sorted(line, key=lambda number: (line[number], number)) == expected
    assert all(turn < own_turn(None, tickets + 1) for turn in line.values()), "later tickets come later"


def test_appointments_come_before_everybody_else_whatever_their_ticket() -> None:
    early, late = (datetime(2026, 7, 1, hour, tzinfo=SHANGHAI) for hour in (8, 9))
    assert own_turn(early, 99_999) < own_turn(late, 1) < own_turn(None, 1)
    midnight = datetime(2026, 7, 1, tzinfo=SHANGHAI)
    places = [own_turn(midnight + timedelta(minutes=minute), 1) for minute in range(24 * 60)]
    assert sorted(set(places)) == places
    assert places[-1] < own_turn(None, 1)


# Giving up


@pytest.mark.parametrize(
    "stage", ["waiting_registration", "registering", "waiting_vaccination", "vaccinating"]
)
def test_d21_a_ticket_is_given_up_and_another_clinic_can_be_visited(stage: str) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    assert room.scan("ticket", device="far-1")["reason"] == "visit_elsewhere"
    after = room.report(visit_id, "ticket", "left", device="ticket-1")
    assert (after["state"], after["station"]) == ("left", None)
    assert room.scan("ticket", device="far-1")["result"] == "accepted"


@pytest.mark.parametrize("stage", ["observing", "done"])
def test_who_was_vaccinated_cannot_give_up(stage: str) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    with pytest.raises(WrongOrder):
        room.report(visit_id, "ticket", "left")


# Several vaccines


def test_d21_two_vaccines_in_one_report() -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    room.report(visit_id, "vaccination", "vaccinated", doses=(MMR, JE))
    followed = room.follow()
    assert followed is not None
    assert followed.given == (MMR, JE)


def test_d21_one_after_the_other_and_the_observation_begins_anew() -> None:
    room = WaitingRoom()
    visit_id = room.until("observing")
    room.clock.advance(minutes=5)
    after = room.report(visit_id, "vaccination", "vaccinated", doses=(JE,))
    assert (after["state"], after["minutes_left"]) == ("observing", 30)
    followed = room.follow()
    assert followed is not None
    assert followed.given == (MMR, JE)


def test_d21_what_was_given_before_is_read_for_another_vaccine_alone() -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    trips = []
    for doses, corrects in (((MMR,), False), ((JE,), False), ((MMR, JE), True)):
        room.clinic.trips = 0
        room.report(visit_id, "vaccination", "vaccinated", doses=doses, corrects=corrects)
        trips.append(room.clinic.trips)
    assert trips == [0, 1, 0]


def test_d21_a_double_report_of_one_vaccine_is_a_conflict() -> None:
    room = WaitingRoom()
    visit_id = room.until("observing")
    with pytest.raises(WrongOrder):
        room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    more = tuple(replace(JE, site=f"site-{number}") for number in range(MOST_DOSES))
    with pytest.raises(WrongOrder):
        room.report(visit_id, "vaccination", "vaccinated", doses=more)
    room.report(visit_id, "vaccination", "vaccinated", doses=more[1:])
    followed = room.follow()
    assert followed is not None
    assert followed.given == (MMR, *more[1:])


# Mending


def test_d21_a_station_mends_what_was_given_and_the_observation_goes_on() -> None:
    room = WaitingRoom()
    visit_id = room.until("observing")
    room.clock.advance(minutes=10)
    right = replace(MMR, batch="B2027")
    after = room.report(visit_id, "vaccination", "vaccinated", doses=(right,), corrects=True)
    assert (after["state"], after["minutes_left"]) == ("observing", 20)
    followed = room.follow()
    assert followed is not None
    assert followed.given == (right,)


@pytest.mark.parametrize(
    ("stage", "first", "station", "mended", "state"),
    [
        ("registering", ("registration", "fit"), "registration", "deferred", "deferred"),
        ("registering", ("registration", "deferred"), "registration", "fit", "waiting_vaccination"),
        ("vaccinating", ("vaccination", "vaccinated"), "vaccination", "not_vaccinated", "not_vaccinated"),
        ("vaccinating", ("vaccination", "not_vaccinated"), "vaccination", "vaccinated", "observing"),
    ],
)
def test_d21_a_station_takes_its_own_outcome_back(
    stage: str, first: tuple[str, str], station: str, mended: str, state: str
) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    room.report(visit_id, *first, doses=(MMR,) if first[1] == "vaccinated" else ())
    doses = (MMR,) if mended == "vaccinated" else ()
    after = room.report(visit_id, station, mended, doses=doses, corrects=True)
    assert after["state"] == state
    assert ("minutes_left" in after) is (state == "observing")


@pytest.mark.parametrize(
    ("stage", "station", "outcome"),
    [
        ("registering", "registration", "fit"),
        ("vaccinating", "registration", "deferred"),
        ("vaccinating", "vaccination", "vaccinated"),
        ("observing", "registration", "deferred"),
        ("done", "vaccination", "not_vaccinated"),
        ("left", "ticket", "left"),
    ],
)
def test_d21_nothing_is_mended_before_it_was_reported_or_after_the_next_station(
    stage: str, station: str, outcome: str
) -> None:
    """What the ticket machine gave up stays so: another ticket is drawn."""
    room = WaitingRoom()
    visit_id = room.until("waiting_registration" if stage == "left" else stage)
    if stage == "left":
        room.report(visit_id, station, outcome)
    with pytest.raises(WrongOrder):
        room.report(visit_id, station, outcome, doses=(MMR,), corrects=True)


def test_nothing_is_mended_of_a_visit_that_another_has_replaced() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    room.report(visit_id, "registration", "deferred", reason="发热")
    room.scan("ticket")
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit", corrects=True)


def test_of_two_desks_that_report_at_once_one_is_told_the_order() -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    other = lambda: room.report(visit_id, "vaccination", "not_vaccinated", device="reg-2")  # noqa: E731
    room.clinic.crossing.append(other)
    with pytest.raises(WrongOrder):
        room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))
    assert room.clinic.reports[-1].outcome == "not_vaccinated"


# The end of the day


def test_d21_a_clinics_day_ends_two_hours_after_its_last_slot() -> None:
    assert clinic((8, 11), (13, 16)).day_ends(DAY) == instant(DAY, time(18))
    assert clinic((8, 11)).day_ends(DAY + timedelta(days=1)) is None
    closed = replace(clinic((8, 11), (13, 16)), closed=frozenset({instant(DAY, time(13))}))
    assert closed.day_ends(DAY) == instant(DAY, time(13))


def at(room: WaitingRoom, hour: int, minute: int = 0) -> None:
    room.clock.now = datetime(2026, 7, 1, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("minute", "elsewhere"), [(59, "visit_elsewhere"), (60, None)])
def test_d21_a_visit_ends_with_the_clinics_own_day(minute: int, elsewhere: str | None) -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 11))
    room.until("waiting_vaccination")
    at(room, 12 + minute // 60, minute % 60)
    assert room.scan("ticket", device="far-1")["reason"] == elsewhere


def test_d21_never_before_an_observation_ends() -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 11))
    visit_id = room.until("vaccinating")
    at(room, 13, 30)
    assert room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))["state"] == "observing"
    at(room, 14)
    assert room.scan("observation")["result"] == "accepted"


def test_d21_at_midnight_at_the_latest() -> None:
    visit = Visit("c", CLINIC, DAY, 1, State.OBSERVING, 3, instant(DAY, time(23, 50)))
    late = replace(visit, ends_at=instant(DAY, time(13)), observed_until=instant(DAY, time(23, 55)))
    midnight = instant(DAY + timedelta(days=1), time())
    assert late.over_at == midnight
    assert replace(late, observed_until=instant(DAY, time(14))).over_at == instant(DAY, time(14)) + LEAVING
    assert replace(visit, state=State.WAITING_REGISTRATION).over_at == midnight


def test_a_ticket_drawn_after_the_end_of_the_day_holds_until_midnight() -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 9))
    at(room, 12)
    room.until("waiting_registration")
    assert room.scan("registration")["result"] == "accepted"


# Following


def test_d7_a_delegate_follows_and_a_stranger_does_not() -> None:
    room = WaitingRoom()
    room.until("waiting_registration")
    room.grandmother()
    followed = room.follow(GRANDMOTHER)
    assert followed is not None
    assert followed.visit.ticket == "A001"
    with pytest.raises(NotFound):
        room.follow(MOTHER)


def test_whom_to_call_is_the_clinic_with_its_own_number() -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 16))
    room.until("done")
    followed = room.follow()
    assert followed is not None
    assert "示范接种门诊（0513-5550000）" in followed.said.next_step


def test_who_never_scanned_to_leave_is_told_what_to_look_out_for() -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 9))
    room.until("observing")
    at(room, 20)
    followed = room.follow()
    assert followed is not None
    assert (followed.visit.state, "疑似预防接种异常反应" in followed.said.next_step) == (
        State.ABANDONED,
        True,
    )


@pytest.mark.parametrize(
    ("stage", "trips"), [("waiting_registration", 2), ("registering", 1), ("observing", 2), ("done", 2)]
)
def test_following_is_two_round_trips_at_most_and_one_at_a_desk(stage: str, trips: int) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    room.clinic.trips = 0
    room.follow()
    assert room.clinic.trips == trips
    if stage == "waiting_registration":
        room.call(visit_id, "registration")
        room.clinic.trips = 0
        room.follow()
        assert room.clinic.trips == 1, "who is called has nobody before them"


# Boards, and the day in numbers


def test_a_board_reads_the_queue_and_nothing_else() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    assert [line.name for line in room.queue(device="board-1")] == ["周**"]
    board = room.device("board-1")
    for station in Station:
        with pytest.raises(StationNotAllowed):
            room.scan(station, device="board-1")
    with pytest.raises(StationNotAllowed):
        room.report(visit_id, "ticket", "left", device="board-1")
    with pytest.raises(StationNotAllowed):
        room.days.today(board, CLINIC, room.clock())
    with pytest.raises(StationNotAllowed):
        room.days.booked(board, CLINIC, DAY, room.clock())


def test_the_days_figures() -> None:
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    others(room, 3)
    room.report(f"{CLINIC}-20260701-A002", "ticket", "left")
    room.clock.advance(minutes=4)
    room.scan("registration")
    room.report(visit_id, "registration", "deferred", reason="发热")
    found = room.days.today(room.device(), CLINIC, room.clock())
    assert (found.waiting, found.left, found.refused) == (2, 1, (("deferred", 1), ("not_vaccinated", 0)))
    assert (found.average_wait, found.booked, found.no_shows) == (240, 0, 0)
    with pytest.raises(ClinicNotAllowed):
        room.days.today(room.device(), OTHER_CLINIC, room.clock())


def test_d21_refused_scans_stand_in_the_days_figures_by_reason() -> None:
    """Of genuine codes, each request once, a double that was handed in among them; of this clinic and day alone."""
    room = WaitingRoom()

    def refused() -> dict[str, int]:
        return dict(room.days.today(room.device(), CLINIC, room.clock()).refused)

    none = {"deferred": 0, "not_vaccinated": 0}
    assert refused() == none
    room.scan("vaccination", "junk")
    assert refused() == none, "what is no code of ours costs no call"
    code = room.code()
    for _ in range(2):
        room.scan("vaccination", code, key="the-same-key")
    room.scan("registration", code)
    room.scan("ticket", code)
    room.scan("ticket", code, device="reg-2")
    room.scan("registration", device="far-1")
    room.hand_in("registration", code, room.clock())
    assert refused() == none | {"wrong_order": 2, "already_used": 2}
    far = room.days.today(room.device("far-1"), OTHER_CLINIC, room.clock())
    assert dict(far.refused) == none | {"visit_elsewhere": 1}
    room.clock.advance(days=1)
    assert refused() == none


def test_d21_one_report_gives_nothing_twice() -> None:
    """At first and when it is mended; another site is another dose."""
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    for corrects in (False, True):
        with pytest.raises(Rejected) as refused:
            room.report(visit_id, "vaccination", "vaccinated", doses=(MMR, JE, MMR), corrects=corrects)
        assert [(one.pointer, one.code) for one in refused.value.fields] == [("/doses/2", "invalid")]
        if not corrects:
            other = replace(MMR, site="right_arm")
            room.report(visit_id, "vaccination", "vaccinated", doses=(MMR, other))


@pytest.mark.parametrize("hours", [4, 20, 24 * 20])
def test_d21_a_visit_whose_day_is_over_is_not_taken_up_again(hours: int) -> None:
    """The clinic's day ended at 13:00: who was deferred is not sent to vaccination any more, only the reason can be mended."""
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 11))
    visit_id = room.until("registering")
    room.report(visit_id, "registration", "deferred", reason="发热")
    room.clock.advance(hours=hours)
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit", corrects=True)
    mended = room.report(visit_id, "registration", "deferred", reason="咳嗽", corrects=True)
    assert mended["state"] == "deferred"


def test_d21_what_was_given_can_be_mended_until_midnight() -> None:
    room = WaitingRoom()
    room.clinic.weeks[CLINIC] = clinic((8, 11))
    visit_id = room.until("vaccinating")
    room.report(visit_id, "vaccination", "not_vaccinated")
    room.clock.advance(hours=13)
    assert (
        room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,), corrects=True)["state"]
        == "observing"
    )
    room.report(visit_id, "vaccination", "not_vaccinated", corrects=True)
    room.clock.advance(hours=1)
    with pytest.raises(WrongOrder):
        room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,), corrects=True)
