"""Reminders while AWS fails: one a day and person at most, and what could be told is told by the next day (D7, invariant 4)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.fakes.clients import stands_in
from tests.fakes.people import FATHER, GRANDMOTHER
from tests.fakes.reminder_desk import OFFER, REPEAT_DAYS, ReminderDesk
from tests.fakes.reminders import FakeEvents
from tests.faults.faults import Client, Crash, Kind, Part, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from vaxcert.aws.clock import shanghai_date
from vaxcert.errors import VaxcertError
from vaxcert.reminders.bus import EventBus
from vaxcert.reminders.items import to_item
from vaxcert.reminders.model import Follow, share_of
from vaxcert.reminders.sending import SendService
from vaxcert.reminders.service import Given, ReminderService
from vaxcert.reminders.store import FollowerStore, OwnFollowerStore

TABLE: Final = TABLES["RemindersTable"]
SHARES: Final = sorted({share_of(FATHER), share_of(GRANDMOTHER)})
FAILURES: Final = (Crash, ClientError, BotoCoreError, VaxcertError)


class Day:
    """Two people who follow, in a table and on a bus whose calls fail as planned."""

    def __init__(self, plan: Plan) -> None:
        self.desk = ReminderDesk()
        self.desk.booking.grandmother()
        self.ids = {self.desk.switch_on(), self.desk.switch_on(GRANDMOTHER)}
        self.memory, self.events, self.plan = MemoryDynamoDB(), FakeEvents(), plan
        for follower in self.desk.followers.stored.values():
            self.memory.put_item(TableName=TABLE, Item=to_item(follower))
        self._drawn = 0
        bus: Any = Client(self.events, "events", plan)
        self.sending = SendService(
            followers=FollowerStore(stands_in(Client(self.memory, "dynamodb", plan)), TABLE),
            looking=self.desk.looking,
            bus=EventBus(bus.put_events, "default", sleep=lambda _: None),
            repeat_days=REPEAT_DAYS,
            random_bytes=self._draw,
        )

    def run(self) -> None:
        """As the state machine: each share is asked for again until it comes through."""
        now = self.desk.clock()
        for share in SHARES:
            for _ in range(40):
                try:
                    _, done = self.sending.send(share, shanghai_date(now), now, lambda: 600.0)
                except FAILURES:
                    continue
                if done:
                    break
            else:
                pytest.fail("a share never came through")

    def sent(self) -> Counter[str]:
        """How often each id has gone out so far."""
        return Counter(json.loads(entry["Detail"])["reminder_id"] for entry in self.events.entries)

    def _draw(self, count: int) -> bytes:
        # A call that is made again has to be the same call where each distinct one fails once.
        self._drawn += not self.plan.every
        return self._drawn.to_bytes(count)


def _day(plan: Plan) -> Counter[str]:
    """A day with faults, run twice, and the day after without any."""
    day = Day(plan)
    day.run()
    day.run()
    first = day.sent()
    assert max(first.values(), default=0) <= 1, "nothing twice on a day"
    plan.kind, plan.at, plan.every = None, None, False
    day.desk.clock.advance(days=1)
    day.run()
    both = day.sent()
    assert set(both) == day.ids, "nothing is lost for longer than a day"
    assert max((both - first).values(), default=0) <= 1
    return first


def _calls() -> int:
    plan = Plan()
    Day(plan).run()
    return plan.calls


@pytest.mark.parametrize("kind", Kind)
def test_any_call_may_fail_and_nobody_is_reminded_twice_on_a_day_nor_never(kind: Kind) -> None:
    # An answer that botocore lost and asked for again is none of EventBridge's kinds: its client makes one attempt.
    for at in range(1, _calls() + 1):
        plan = Plan(kind=kind, at=at)
        if kind is not Kind.LOST_ANSWER or _operation(at) != "put_events":
            _day(plan)
            assert plan.injected.total() == 0 or plan.injected[kind] == 1


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.LOST_ANSWER])
def test_every_distinct_call_may_fail_once(kind: Kind) -> None:
    _day(Plan(kind=kind, every=True))


@pytest.mark.parametrize("kind", [Kind.THROTTLE, Kind.TIMEOUT_BEFORE, Kind.SERVER_ERROR])
def test_where_nothing_crashes_and_eventbridge_says_what_it_did_everybody_is_reminded_on_the_day(
    kind: Kind,
) -> None:
    for at in range(1, _calls() + 1):
        if kind is Kind.THROTTLE or _operation(at) != "put_events":
            day = Day(Plan(kind=kind, at=at))
            day.run()
            assert day.sent() == Counter(day.ids), at


def _operation(at: int) -> str:
    """Which call is made at a place."""
    made: list[str] = []
    plan = Plan()
    fault: Callable[[str, Any], Kind | Part | None] = plan.fault

    def noted(operation: str, request: Any) -> Kind | Part | None:
        made.append(operation)
        return fault(operation, request)

    plan.fault = noted  # type: ignore[method-assign]
    Day(plan).run()
    return made[at - 1]


class Switching:
    """A family's own switch over a table whose calls fail as planned."""

    def __init__(self, plan: Plan) -> None:
        self.desk, self.memory = ReminderDesk(), MemoryDynamoDB()
        client: Any = stands_in(Client(self.memory, "dynamodb", plan))
        self.service = ReminderService(
            followers=OwnFollowerStore(client, TABLE, TABLES["SessionsTable"]),
            certificates=self.desk.home.certificates,
            rights=self.desk.home.rights,
            offer=OFFER,
            random_bytes=lambda count: b"\7" * count,
        )

    def on(self) -> Follow:
        """Switch on."""
        given = Given(OFFER.consent.version, ("reminders",), "zh")
        now = self.desk.clock()
        return self.service.switch_on(self.desk.home.citizen(FATHER), self.desk.certificate_id, given, now)

    def off(self) -> Follow | None:
        """Switch off."""
        now = self.desk.clock()
        return self.service.switch_off(self.desk.home.citizen(FATHER), self.desk.certificate_id, now)

    def until[Answer](self, act: Callable[[], Answer]) -> Answer:
        """As a page that repeats what got no answer."""
        for _ in range(10):
            try:
                return act()
            except FAILURES:
                self.desk.clock.advance(seconds=1)
        pytest.fail("it never came through")


@pytest.mark.parametrize("kind", Kind)
def test_a_switch_that_is_repeated_after_any_fault_ends_where_it_should(kind: Kind) -> None:
    for at in range(1, 8):
        switch = Switching(Plan(kind=kind, at=at))
        on, again, off = (switch.until(act) for act in (switch.on, switch.on, switch.off))
        assert on == again
        assert off is not None
        assert on is not None
        assert (on.on, off.on, off.reminder_id) == (True, False, on.reminder_id)
