"""How EventBridge is asked again for what it refuses (docs/reminders.md)."""

from __future__ import annotations

import pytest

from tests.fakes.reminders import FakeEvents
from tests.faults.memory import client_error
from vaxcert.reminders.bus import EventBus
from vaxcert.reminders.model import Kind, Reminder

REMINDERS = [Reminder(f"m{number}", Kind.DOSE_DUE) for number in range(3)]


@pytest.mark.parametrize(("drawn", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_each_pause_is_twice_the_one_before_by_a_share_that_is_drawn_and_none_is_behind_the_last(
    drawn: float, share: float
) -> None:
    events, paused = FakeEvents(), list[float]()
    events.faults = [client_error("PutEvents", "ThrottlingException")] * 5
    bus = EventBus(events.put_events, "default", sleep=paused.append, rng=lambda: drawn)
    assert bus.send(REMINDERS) == {"m0", "m1", "m2"}
    assert events.calls == 5
    assert paused == pytest.approx([share * seconds for seconds in (0.2, 0.4, 0.8, 1.6)])


def test_what_was_taken_is_not_asked_for_again() -> None:
    events, paused = FakeEvents(), list[float]()
    events.faults = [{0, 2}, {1}]
    bus = EventBus(events.put_events, "default", sleep=paused.append, rng=lambda: 0.0)
    assert bus.send(REMINDERS) == frozenset()
    assert (events.calls, len(events.entries), len(paused)) == (3, 3, 2)
