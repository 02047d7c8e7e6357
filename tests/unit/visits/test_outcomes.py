"""What stations report (R28), and that a dose never comes from there (R1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.fakes.devices import an_enrolment
from tests.fakes.waiting_room import CHILD, MMR, OTHER_CLINIC, WaitingRoom
from vaxcert.devices.model import Station
from vaxcert.devices.trust import ClinicNotAllowed, DeviceDisabled, StationNotAllowed
from vaxcert.errors import FieldError, NotFound, Rejected, Unauthorized, Unavailable
from vaxcert.idempotency.model import Answer, KeyReused, repeatable
from vaxcert.idempotency.turn import Asked
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits import board
from vaxcert.visits.model import Outcome, State, Visit
from vaxcert.visits.outcomes import Report, WrongOrder


def test_a_deferral_ends_the_visit_with_its_reason() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    after = room.report(visit_id, "registration", "deferred", reason="发热")
    assert (after["state"], after["station"]) == ("deferred", None)
    assert room.clinic.reports[0].reason == "发热"


def test_not_vaccinated_needs_no_observation() -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    after = room.report(visit_id, "vaccination", "not_vaccinated")
    assert after["state"] == "not_vaccinated"
    assert "minutes_left" not in after


def test_r1_an_outcome_adds_no_dose() -> None:
    room = WaitingRoom()
    room.until("observing")
    assert room.home.register.stored[CHILD.key].doses == CHILD.doses


def test_invariant_4_the_same_report_gets_the_same_answer() -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    first = room.report(visit_id, "vaccination", "vaccinated", key="the-same-key", doses=(MMR,))
    room.clock.advance(minutes=10)
    again = room.report(visit_id, "vaccination", "vaccinated", key="the-same-key", doses=(MMR,))
    assert first == again
    assert len(room.clinic.reports) == 2, "fit, and one vaccination"
    with pytest.raises(KeyReused):
        room.report(visit_id, "vaccination", "not_vaccinated", key="the-same-key")


def test_invariant_4_what_was_written_is_not_looked_for_again() -> None:
    """One look before the deed, for a call as for an outcome; another only where it may have been lost."""
    room = WaitingRoom()
    visit_id = room.until("waiting_registration")
    deeds: list[Callable[[], object]] = [
        lambda: room.call(visit_id, "registration"),
        lambda: room.report(visit_id, "registration", "passed"),
        lambda: room.report(visit_id, "ticket", "left"),
    ]
    for deed in deeds:
        before = room.home.answers.looks
        deed()
        assert room.home.answers.looks == before + 1


@pytest.mark.parametrize(
    ("stage", "station", "outcome"),
    [
        ("waiting_registration", "registration", "fit"),
        ("waiting_vaccination", "registration", "fit"),
        ("waiting_vaccination", "vaccination", "vaccinated"),
        ("observing", "vaccination", "not_vaccinated"),
        ("done", "vaccination", "vaccinated"),
        ("done", "vaccination", "not_vaccinated"),
    ],
)
def test_an_outcome_out_of_order_is_a_conflict(stage: str, station: str, outcome: str) -> None:
    room = WaitingRoom()
    visit_id = room.until(stage)
    with pytest.raises(WrongOrder):
        room.report(visit_id, station, outcome)


def test_a_visit_of_yesterday_takes_no_outcome() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    room.clock.now = datetime(2026, 7, 1, 16, 0, tzinfo=UTC)
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit")


def test_a_visit_that_another_has_replaced_takes_no_outcome() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    room.clock.advance(days=1)
    room.scan("ticket")
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit")


def test_stations_and_clinics_are_bounds() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    with pytest.raises(StationNotAllowed):
        room.report(visit_id, "registration", "fit", device="ticket-1")
    with pytest.raises(ClinicNotAllowed):
        room.report(visit_id, "registration", "fit", device="far-1")


def test_a_clinics_code_may_have_hyphens_as_a_visits_id_has() -> None:
    room = WaitingRoom()
    room.enrolments.stored["reg-2"] = an_enrolment("reg-2", clinic_code="south-1")
    ticket: Any = room.scan("ticket", device="reg-2")
    visit_id = ticket["visit"]["visit_id"]
    assert visit_id == "south-1-20260701-A001"
    assert room.report(visit_id, "ticket", "left", device="reg-2")["state"] == "left"


def test_d21_a_report_mends_nothing_and_lists_its_doses_unless_it_says_so() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")

    def tell(report: Report) -> Answer:
        asked = Asked[Visit](
            repeatable("reg-1", "outcomes", room.home.key(), ""), lambda visit: Answer(200, visit.state)
        )
        return room.outcomes.report(room.device(), visit_id, report, asked, room.clock())

    assert tell(Report(Station.REGISTRATION, Outcome.FIT)).body == "waiting_vaccination"
    room.scan("vaccination")
    with pytest.raises(Rejected) as refused:
        tell(Report(Station.VACCINATION, Outcome.VACCINATED, doses=(replace(MMR, vaccine_code="9999"),)))
    assert [one.pointer for one in refused.value.fields] == ["/doses/0/vaccine_code"]


@pytest.mark.parametrize("code", list(LISTED))
def test_every_code_of_the_list_is_taken(code: str) -> None:
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    room.report(visit_id, "vaccination", "vaccinated", doses=(replace(MMR, vaccine_code=code),))
    assert room.clinic.reports[-1].doses[0].vaccine_code == code


@given(
    st.text(min_size=1, max_size=32)
    | st.sampled_from(["9999", "HepB", "1201 ", "乙肝疫苗", "bcg", "１２０１"])
    | st.sampled_from(list(LISTED)).map(lambda code: f" {code}")
)
def test_no_other_code_is_taken(code: str) -> None:
    assume(code not in LISTED)
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    before = room.clinic.reports[:]
    with pytest.raises(Rejected) as refused:
        room.report(visit_id, "vaccination", "vaccinated", doses=(replace(MMR, vaccine_code=code),))
    assert refused.value.fields == (FieldError("/vaccine_code", "unknown", "vaccine"),)
    assert room.clinic.reports == before
    assert room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))["state"] == "observing"


@pytest.mark.parametrize("number", ["A002", "A999", "B001", ""])
def test_what_is_not_there_is_not_found(number: str) -> None:
    room = WaitingRoom()
    room.until("registering")
    with pytest.raises(NotFound):
        room.report(f"3206000001-20260701-{number}", "registration", "fit")


def test_a_report_counts_whatever_became_of_the_certificate() -> None:
    """What was done to a person was done."""
    room = WaitingRoom()
    visit_id = room.until("vaccinating")
    room.home.claims.release(room.home.citizen(), room.certificate_id, room.clock())
    assert room.report(visit_id, "vaccination", "vaccinated", doses=(MMR,))["state"] == "observing"


def disabled(room: WaitingRoom) -> None:
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], enabled=False)


def moved(room: WaitingRoom) -> None:
    room.enrolments.stored["reg-1"] = replace(room.enrolments.stored["reg-1"], version=2)


@pytest.mark.parametrize(("change", "error"), [(disabled, DeviceDisabled), (moved, Unauthorized)])
@pytest.mark.parametrize("crossing", [False, True])
def test_invariant_3_a_changed_device_reports_nothing(
    change: Callable[[WaitingRoom], None], error: type[Exception], crossing: bool
) -> None:
    room = WaitingRoom()
    visit_id, device = room.until("registering"), room.device()
    if crossing:
        room.clinic.crossing.append(lambda: change(room))
    else:
        change(room)
    with pytest.raises(error):
        room.report(visit_id, "registration", "fit", device=device)
    assert not room.clinic.reports


def test_two_reports_at_once_are_one() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")
    room.clinic.crossing.append(lambda: room.report(visit_id, "registration", "deferred", device="reg-2"))
    with pytest.raises(WrongOrder):
        room.report(visit_id, "registration", "fit")
    assert [report.outcome for report in room.clinic.reports] == ["deferred"]


def test_what_never_settles_is_unavailable() -> None:
    room = WaitingRoom()
    visit_id = room.until("registering")

    def restless() -> None:
        visit = room.clinic.visits[room.certificate_id]
        room.clinic.visits[room.certificate_id] = replace(visit, version=visit.version + 1)

    room.clinic.crossing += [restless] * 10
    with pytest.raises(Unavailable):
        room.report(visit_id, "registration", "fit")


# The board


def test_the_board_shows_masked_names_and_where_each_is_wanted() -> None:
    room = WaitingRoom()
    room.until("waiting_vaccination")
    (line,) = room.queue()
    assert (line.visit.ticket, line.visit.station, line.name) == ("A001", Station.VACCINATION, "周**")


def test_the_board_keeps_todays_ended_visits_and_forgets_yesterdays() -> None:
    room = WaitingRoom()
    room.until("done")
    assert [line.visit.state for line in room.queue()] == [State.DONE]
    room.clock.advance(days=1)
    assert room.queue() == []


def test_a_board_read_again_reads_no_archive_again() -> None:
    room = WaitingRoom()
    room.scan("ticket")
    room.queue()
    reads = room.home.register.reads
    assert room.queue()[0].name == "周**"
    assert room.home.register.reads == reads


def test_r28_a_board_names_everybody_though_more_have_come_than_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One process shows the boards of many clinics: who is forgotten is the one met first, and is read again when shown again."""
    monkeypatch.setattr(board, "_REMEMBERED", 2)
    room = WaitingRoom()
    room.scan("ticket")
    ((place, first),) = room.clinic.board.items()
    for number in range(2, 5):
        visit = replace(first.visit, certificate_id=f"other-{number}", number=number)
        room.clinic.board[visit.clinic_code, visit.day, visit.ticket] = replace(first, visit=visit)
    assert [line.name for line in room.queue()] == ["周**"] * 4
    reads = room.clinic.archives_read
    for gone in sorted(room.clinic.board)[:2]:
        del room.clinic.board[gone]
    assert [line.name for line in room.queue()] == ["周**"] * 2
    assert room.clinic.archives_read == reads, "those met last are remembered"
    room.clinic.board[place] = first
    assert [line.name for line in room.queue()] == ["周**"] * 3
    assert room.clinic.archives_read > reads


def test_a_board_without_its_archive_still_shows_tickets() -> None:
    room = WaitingRoom()
    room.scan("ticket")
    archive = room.home.register.stored.pop(CHILD.key)
    assert [line.name for line in room.queue()] == [None]
    room.home.register.store(archive)
    assert [line.name for line in room.queue()] == ["周**"]


def test_a_board_is_its_own_clinics_only() -> None:
    room = WaitingRoom()
    with pytest.raises(ClinicNotAllowed):
        room.queue(OTHER_CLINIC)
    with pytest.raises(ClinicNotAllowed):
        room.queue(device="far-1")
    disabled(room)
    with pytest.raises(DeviceDisabled):
        room.queue()
