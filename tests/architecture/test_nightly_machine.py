"""The nightly state machine, as it is written and as it is deployed (R38, invariants 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from tests.architecture.deployment import RESOURCES, Node, of_type, statements
from tests.tables import ROOT
from vaxcert.corrections.run.runs import LEASE_SECONDS

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
        *before, other = state["Retry"]
        assert other["ErrorEquals"] == ["States.ALL"], name
        assert other["JitterStrategy"] == "FULL", name
        if name != "Abandon":
            assert before[0] == {"ErrorEquals": ["FeedRefused", "LeaseLost", "NotAccepted"], "MaxAttempts": 0}


def test_a_function_ends_before_its_state_does() -> None:
    """Else the next attempt would begin while the one before is still writing."""
    for name, state, _ in _states(MACHINE):
        if state["Type"] == "Task" and name != "Abandon":
            function = RESOURCES[state["Resource"].strip("${}")]["Properties"]
            assert function.get("Timeout", 10) < state["TimeoutSeconds"] < LEASE_SECONDS, name


def test_a_part_waits_for_its_turn_where_the_account_has_few_functions() -> None:
    for name in ("CheckPart", "WeighPart", "ApplyCorrections"):
        (task,) = (state for inner, state, _ in _states(MACHINE) if inner == name)
        busy = next(r for r in task["Retry"] if r["ErrorEquals"] == ["Lambda.TooManyRequestsException"])
        waits = [
            min(busy["IntervalSeconds"] * busy["BackoffRate"] ** attempt, busy["MaxDelaySeconds"])
            for attempt in range(busy["MaxAttempts"])
        ]
        assert sum(waits) / 2 > 3000, name  # full jitter waits half of it


def test_no_failed_part_is_tolerated_invariant_6() -> None:
    for name in ("CheckParts", "WeighParts", "ApplyParts"):
        assert not [word for word in MACHINE["States"][name] if word.startswith("Tolerated")]


def test_every_failure_ends_the_run_with_its_reason() -> None:
    for name, state in MACHINE["States"].items():
        if state["Type"] in {"Task", "Map"}:
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
    assert MACHINE["States"]["Failed"]["CausePath"] == "$.failure.Cause"
    assert MACHINE["States"]["Refused"]["CausePath"] == "$.reason.errorMessage"


def test_parts_are_worked_on_as_children_and_leave_nothing_in_the_state() -> None:
    for name in ("CheckParts", "WeighParts", "ApplyParts"):
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


def test_a_night_that_does_not_happen_at_all_is_told_d2() -> None:
    """Neither a failed run nor a dead letter tells of a schedule that is switched off, or of a run that never comes to its end."""
    missing, silent = (
        RESOURCES["FeedMissingAlarm"]["Properties"],
        RESOURCES["NightlySilentAlarm"]["Properties"],
    )
    assert missing["MetricName"] == silent["MetricName"] == "feed_missing_days"
    assert missing["Namespace"] == silent["Namespace"] == "vaxcert"
    assert (silent["TreatMissingData"], silent["Statistic"]) == ("breaching", "SampleCount")
    assert (silent["ComparisonOperator"], silent["Threshold"]) == ("LessThanThreshold", 1)
    # The schedules look every hour; from midnight on, silence is told before 06:00.
    assert 1 < silent["EvaluationPeriods"] * silent["Period"] / 3600 <= 5


def test_schedules_run_by_the_clock_of_shanghai_and_lose_nothing() -> None:
    schedules = of_type("AWS::Scheduler::Schedule")
    assert schedules["NightlySchedule"]["ScheduleExpression"] == "cron(30 0-8 * * ? *)"
    assert schedules["LateFeedSchedule"]["ScheduleExpression"] == "cron(30 9-23 * * ? *)"
    for name, schedule in schedules.items():
        assert schedule["ScheduleExpressionTimezone"] == "Asia/Shanghai", name
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, name
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": {"GetAtt": "DeadLetters.Arn"}}, name
