"""The nightly state machine, as it is written and as it is deployed (R38, invariants 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from tests.architecture.deployment import RESOURCES, Node, of_type, statements
from tests.tables import ROOT

STATE_MACHINE: Final = ROOT / "statemachines" / "nightly_sync.asl.yaml"


def _states(machine: Node) -> Iterator[tuple[str, Node, Node]]:
    for name, state in machine["States"].items():
        yield name, state, machine
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _following(state: Node) -> Iterator[str]:
    for branch in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        yield from (branch[word] for word in ("Next", "Default") if word in branch)


class _Strict(yaml.SafeLoader):
    """Refuses a name that stands twice: YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key) for key, _ in node.value]
        assert len(names) == len(set(names)), names
        return super().construct_mapping(node, deep)


MACHINE: Final = yaml.load(STATE_MACHINE.read_text("utf-8"), Loader=_Strict)  # noqa: S506 - a safe loader


def test_every_state_is_reached_and_leads_somewhere() -> None:
    for machine in (MACHINE, *(s["ItemProcessor"] for _, s, _ in _states(MACHINE) if "ItemProcessor" in s)):
        reached = {machine["StartAt"]}.union(*map(_following, machine["States"].values()))
        assert reached == set(machine["States"])
    ends = {"Succeed", "Fail"}
    for name, state, _ in _states(MACHINE):
        assert state["Type"] in ends or state.get("End") or list(_following(state)), name


def test_every_task_is_bounded_and_does_not_repeat_a_final_no() -> None:
    for name, state, _ in _states(MACHINE):
        if state["Type"] != "Task":
            continue
        assert state["TimeoutSeconds"] > 0, name
        *final, other = state["Retry"]
        assert other["ErrorEquals"] == ["States.ALL"], name
        assert other["JitterStrategy"] == "FULL", name
        if name != "Abandon":
            assert final == [{"ErrorEquals": ["FeedRefused", "LeaseLost", "NotAccepted"], "MaxAttempts": 0}]


def test_every_failure_ends_the_run_with_its_reason() -> None:
    for name, state in MACHINE["States"].items():
        if state["Type"] in {"Task", "Map"}:
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
    assert MACHINE["States"]["Failed"]["CausePath"] == "$.failure.Cause"
    assert MACHINE["States"]["Refused"]["CausePath"] == "$.reason.errorMessage"


def test_parts_are_worked_on_as_children_and_leave_nothing_in_the_state() -> None:
    for name in ("CheckParts", "ApplyParts"):
        state = MACHINE["States"][name]
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        assert state["ResultPath"] is None
        last = [s for _, s, _ in _states(state["ItemProcessor"]) if s.get("End")]
        assert [s["OutputPath"] for s in last] == [None]


def test_the_machine_is_given_everything_that_it_names() -> None:
    named = set(re.findall(r"\$\{(\w+)\}", STATE_MACHINE.read_text("utf-8")))
    nightly = RESOURCES["NightlySync"]["Properties"]
    assert set(nightly["DefinitionSubstitutions"]) == named
    callable_ = next(s for s in statements("NightlySyncRole") if s["Action"] == "lambda:InvokeFunction")
    assert {arn["Ref"] for arn in callable_["Resource"]} == {
        value["Ref"] for value in nightly["DefinitionSubstitutions"].values() if ".Alias" in value["Ref"]
    }


def test_the_night_logs_no_payload() -> None:
    """Invariant 7."""
    logging = RESOURCES["NightlySync"]["Properties"]["Logging"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)


def test_schedules_run_by_the_clock_of_shanghai_and_lose_nothing() -> None:
    schedules = of_type("AWS::Scheduler::Schedule")
    assert schedules["NightlySchedule"]["ScheduleExpression"] == "cron(30 0-8 * * ? *)"
    for name, schedule in schedules.items():
        assert schedule["ScheduleExpressionTimezone"] == "Asia/Shanghai", name
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"GetAtt": "DeadLetters.Arn"}}, name
