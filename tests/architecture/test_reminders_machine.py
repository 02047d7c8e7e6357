"""The reminders' state machine, as it is written and as it is deployed (invariant 7)."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from tests.architecture.deployment import RESOURCES, of_type, statements
from tests.tables import ROOT

STATE_MACHINE: Final = ROOT / "statemachines" / "reminders.asl.yaml"
MACHINE: Final[dict[str, Any]] = yaml.safe_load(STATE_MACHINE.read_text("utf-8"))
SHARE: Final[dict[str, Any]] = MACHINE["States"]["SendShares"]["ItemProcessor"]["States"]
TASKS: Final = [state for state in (*MACHINE["States"].values(), *SHARE.values()) if state["Type"] == "Task"]


def test_every_task_is_bounded_and_retried_with_jitter() -> None:
    timeout = RESOURCES["SendReminders"]["Properties"]["Timeout"]
    for task in TASKS:
        assert timeout < task["TimeoutSeconds"], (
            "else the next attempt begins while the one before is at work"
        )
        assert task["Retry"][-1]["ErrorEquals"] == ["States.ALL"]
        assert task["Retry"][-1]["JitterStrategy"] == "FULL"
    assert MACHINE["TimeoutSeconds"] <= 8 * 3600, "by day"


def test_a_share_that_is_given_up_is_counted_and_stops_no_other() -> None:
    assert SHARE["SendShare"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "ShareFailed"}
    ]
    assert (SHARE["ShareFailed"]["Result"], SHARE["ShareDone"]["Result"]) == ("failed", "done")


def test_the_machine_is_given_everything_that_it_names_and_logs_no_payload() -> None:
    reminders = RESOURCES["Reminders"]["Properties"]
    named = set(re.findall(r"\$\{(\w+)\}", STATE_MACHINE.read_text("utf-8")))
    assert set(reminders["DefinitionSubstitutions"]) == named
    invoking = next(s for s in statements("RemindersRole") if s["Action"] == "lambda:InvokeFunction")
    assert invoking["Resource"] == reminders["DefinitionSubstitutions"]["SendReminders"]
    assert (reminders["Logging"]["Level"], reminders["Logging"]["IncludeExecutionData"]) == ("ERROR", False)


def test_reminders_are_sent_by_day_at_the_hour_that_is_set() -> None:
    schedule = of_type("AWS::Scheduler::Schedule")["ReminderSchedule"]
    assert schedule["ScheduleExpression"] == {"Sub": "cron(0 ${ReminderHour} * * ? *)"}
