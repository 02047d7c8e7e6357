"""`send_reminders` as its state machine calls it: the deployed definition, the committed events, the log's figures."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
import yaml
from botocore.exceptions import ReadTimeoutError

from functions.send_reminders.app import SharesFailed, create, events
from tests.fakes.events import EVENTS
from tests.fakes.reminder_desk import ReminderDesk
from tests.integration.asl import StateMachine
from tests.tables import ROOT
from vaxcert.aws.clients import made
from vaxcert.reminders.model import SHARES, share_of
from vaxcert.reminders.sending import PAGE


class Context:
    """Lambda's context with plenty of time."""

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


class Machine:
    """The state machine over a family's desk."""

    def __init__(self) -> None:
        self.desk = ReminderDesk()
        self.handler = create(self.desk.sending, self.desk.clock, "local")
        definition = yaml.safe_load((ROOT / "statemachines/reminders.asl.yaml").read_text("utf-8"))
        self.machine = StateMachine(definition, {"SendReminders": self.handler}, {}, Context)

    def run(self) -> Any:
        return self.machine.run("run-1")


def given(name: str) -> Any:
    """A committed event."""
    return json.loads((EVENTS / "send_reminders" / f"{name}.json").read_text("utf-8"))


def test_a_day_is_gone_through_once_and_the_log_holds_counts_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine = Machine()
    reminder_id = machine.desk.switch_on()
    assert machine.run() == {"shares": SHARES}
    assert machine.desk.sent() == [(reminder_id, "dose_due")]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    figures = [line for line in lines if "_aws" in line]
    assert sum(line["reminders_sent"] for line in figures) == 1
    assert {name for line in figures for name in line} == {
        "_aws", "service", "stage", "reminders_followed", "reminders_sent", "reminders_ended",
    }  # fmt: skip
    told = "".join(map(json.dumps, lines))
    assert reminder_id not in told
    assert machine.desk.certificate_id not in told
    assert machine.run() == {"shares": SHARES}
    assert len(machine.desk.sent()) == 1


def test_a_share_that_fails_keeps_no_other_from_being_sent_and_the_run_tells_of_it() -> None:
    machine = Machine()
    reminder_id = machine.desk.switch_on()
    page, failing = machine.desk.followers.page, [True]

    def breaks(share: int, last: str | None, limit: int) -> Any:
        if failing and failing.pop():
            raise ConnectionError
        return page(share, last, limit)

    machine.desk.followers.page = breaks  # type: ignore[method-assign]
    with pytest.raises(SharesFailed, match=f"1 of {SHARES}"):
        machine.run()
    assert machine.run() == {"shares": SHARES}
    assert machine.desk.sent() == [(reminder_id, "dose_due")]


def test_the_committed_events_are_taken() -> None:
    machine = Machine()
    begun = machine.handler(given("begin"), Context())
    assert begun == {"day": "2026-07-01", "shares": list(range(SHARES))}
    sent = machine.handler(given("send"), Context())
    assert sent == given("send") | {"status": "done"}
    assert machine.handler(given("end"), Context()) == {"shares": SHARES}


class Short(Context):
    """Lambda's context with so many milliseconds left."""

    def __init__(self, left: int) -> None:
        self._left = left

    def get_remaining_time_in_millis(self) -> int:
        return self._left


@pytest.mark.parametrize(("left", "status"), [(60_000, "done"), (59_999, "more")])
def test_a_share_is_gone_on_with_while_a_minute_is_left(left: int, status: str) -> None:
    machine = Machine()
    machine.desk.switch_on()
    stored = machine.desk.followers.stored
    (father,) = stored.values()
    share = share_of(father.subject)
    others = (f"v1:other-{number}" for number in range(4000))
    for subject in islice((one for one in others if share_of(one) == share), PAGE):
        stored[subject] = replace(father, subject=subject)
    event = given("send") | {"share": share}
    assert machine.handler(event, Short(left)) == event | {"status": status}


def test_a_call_of_the_bus_without_an_answer_is_not_made_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have been carried out: nobody is reminded twice of the same."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "cn-north-1")
    made.cache_clear()
    calls: list[object] = []

    def lost(request: object, **_: object) -> None:
        calls.append(request)
        raise ReadTimeoutError(endpoint_url="")

    client = events()
    client.meta.events.register("before-send.events", lost)
    with pytest.raises(ReadTimeoutError):
        client.put_events(Entries=[])
    made.cache_clear()
    assert len(calls) == 1
