"""What a family reads of its visit (D21)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.test_visits_store import NOW, a_ticket
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.visits.following import _phase
from vaxcert.visits.model import State
from vaxcert.visits.words import Phase
from vaxcert.wording import Language


@pytest.mark.parametrize(
    "state",
    [State.REGISTERING, State.VACCINATING, State.DEFERRED, State.NOT_VACCINATED, State.LEFT, State.ABANDONED],
)
def test_d21_a_visit_without_a_shot_is_never_told_as_done(state: State) -> None:
    assert _phase(replace(a_ticket(), state=state), 0, NOW) == Phase(state)


@pytest.mark.parametrize(
    ("state", "phases"),
    [
        (State.WAITING_REGISTRATION, [Phase.NEXT_REGISTRATION, Phase.WAITING_REGISTRATION]),
        (State.WAITING_VACCINATION, [Phase.NEXT_VACCINATION, Phase.WAITING_VACCINATION]),
    ],
)
def test_d21_who_has_nobody_before_them_is_next(state: State, phases: list[Phase]) -> None:
    waits = replace(a_ticket(), state=state, called_at=None)
    assert [_phase(waits, before, NOW) for before in (0, 1)] == phases


@pytest.mark.parametrize(
    ("name", "phone", "language", "whom"),
    [
        ("示范门诊", "0513-5550000", "zh", "并告知示范门诊（0513-5550000）（疑似"),
        ("示范门诊", "0513-5550000", "en", "tell 示范门诊 (0513-5550000) (suspected"),
        ("示范门诊", None, "zh", "并告知示范门诊（疑似"),
        ("示范门诊", None, "en", "tell 示范门诊 (suspected"),
        ("", None, "zh", "并告知接种门诊（疑似"),
        ("", None, "en", "tell the clinic (suspected"),
    ],
)
def test_r28_whom_to_tell_afterwards_is_named_as_far_as_it_is_known(
    name: str, phone: str | None, language: Language, whom: str
) -> None:
    """In brackets of the language that is read; a ticket that version 0.2.0 drew names no clinic."""
    room = WaitingRoom()
    room.until("done")
    visit = room.clinic.visits[room.certificate_id]
    room.clinic.visits[room.certificate_id] = replace(visit, clinic_name=name, clinic_phone=phone)
    followed = room.follow(language=language)
    assert followed is not None
    assert whom in followed.said.next_step


@pytest.mark.parametrize(
    ("seconds", "title"), [(1, "留观中，还需 30 分钟"), (1799, "留观中，还需 1 分钟"), (1800, "留观时间已到")]
)
def test_d21_under_observation_the_family_reads_how_long_and_then_that_it_is_over(
    seconds: int, title: str
) -> None:
    room = WaitingRoom()
    room.until("observing")
    room.clock.advance(seconds=seconds)
    followed = room.follow()
    assert followed is not None
    assert followed.said.title == title
