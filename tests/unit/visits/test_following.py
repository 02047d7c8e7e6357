"""What a family reads of its visit (D21)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.test_visits_store import NOW, a_ticket
from vaxcert.visits.following import _phase
from vaxcert.visits.model import State
from vaxcert.visits.words import Phase


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
