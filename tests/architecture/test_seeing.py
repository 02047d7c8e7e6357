"""What an operator sees: alarms with their sections, a dashboard and queries over what is really counted and logged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.architecture.deployment import FUNCTIONS, RESOURCES, TEMPLATE, of_type
from tests.tables import ROOT
from vaxcert.http import seen

ALARMS: Final = of_type("AWS::CloudWatch::Alarm") | of_type("AWS::CloudWatch::CompositeAlarm")
RUNBOOK: Final = (ROOT / "docs/runbook/alarms.md").read_text("utf-8")
DASHBOARD: Final = of_type("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Sub"]
QUERIES: Final = of_type("AWS::Logs::QueryDefinition")
SOURCE: Final = "".join(
    path.read_text("utf-8") for part in ("layers", "functions") for path in (ROOT / part).rglob("*.py")
)


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    sections = re.findall(r"(?m)^## (\w+)$", RUNBOOK)
    assert len(sections) == len(set(sections))
    assert set(sections) == set(ALARMS)
    for name, alarm in ALARMS.items():
        assert alarm["AlarmDescription"].endswith("(docs/runbook/alarms.md)"), name
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}], name
        assert RESOURCES[name]["Condition"] == "HasAlarmTopic"


def test_the_composite_is_made_of_alarms_that_are_there() -> None:
    rule = ALARMS["ServiceDownAlarm"]["AlarmRule"]["Sub"]
    assert set(re.findall(r'ALARM\("\$\{(\w+)\}"\)', rule)) < set(ALARMS)


def test_production_cannot_go_without_alarms_or_web_acl() -> None:
    needed = {
        rule["Assertions"][0]["Assert"]["Not"][0]["Equals"][0]["Ref"]
        for rule in TEMPLATE["Rules"].values()
        if rule["RuleCondition"] == {"Equals": [{"Ref": "ServiceStage"}, "prod"]}
    }
    assert needed == {"AlarmTopicArn", "WebAclArn"}


def _widgets() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(DASHBOARD)["widgets"]
    return listed


def _own_metrics() -> Iterator[str]:
    """Names of the namespace `vaxcert` that dashboard and alarms stand on."""
    for widget in _widgets():
        for metric in widget["properties"].get("metrics", ()):
            if metric[0] == "vaxcert":
                yield metric[1]
    for alarm in ALARMS.values():
        if alarm.get("Namespace") == "vaxcert":
            yield alarm["MetricName"]
        for part in alarm.get("Metrics", ()):
            metric = part.get("MetricStat", {}).get("Metric", {})
            if metric.get("Namespace") == "vaxcert":
                yield metric["MetricName"]


def test_the_dashboard_answers_four_questions_without_two_widgets_in_one_place() -> None:
    asked = [one["properties"]["markdown"] for one in _widgets() if one["type"] == "text"]
    assert len(asked) == 4
    assert all("?" in one.splitlines()[0] for one in asked)
    taken = [
        (x, y)
        for one in _widgets()
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("name", sorted(set(_own_metrics())))
def test_what_is_drawn_and_watched_is_counted(name: str) -> None:
    """A metric that nobody counts is a line at zero, and an alarm that never comes."""
    counted = {*seen.COUNTED.values(), *seen.SCANS.values(), seen.FAILED, seen.KEY_REFUSED}
    bare = name.removeprefix("feed_").removeprefix("reminders_")
    assert name in counted or f'"{name}"' in SOURCE or f'"{bare}"' in SOURCE


def test_what_families_and_clinics_do_is_drawn() -> None:
    drawn = set(_own_metrics())
    assert {
        *seen.SCANS.values(),
        "sessions",
        "claims",
        "grants",
        "codes",
        "bookings",
        "records_read",
        "papers",
    } <= drawn
    assert {"pages", "feed_missing_days", "feed_held", "reminders_sent"} <= drawn


def test_saved_queries_read_log_groups_that_are_there_and_every_function_of_the_api() -> None:
    groups = {name: {one["Ref"] for one in query["LogGroupNames"]} for name, query in QUERIES.items()}
    for name, read in groups.items():
        assert read <= set(of_type("AWS::Logs::LogGroup")), name
        assert len(read) <= 50, name  # what CloudWatch takes
    routed = {f"{name}Logs" for name, one in FUNCTIONS.items() if "Events" in one and _has_route(one)}
    assert routed <= groups["OneRequestQuery"]
    assert "ApiLogs" in groups["OneRequestQuery"]


def _has_route(function: Any) -> bool:
    return any(event["Type"] == "Api" for event in function["Events"].values())


def test_operators_logs_are_read_together() -> None:
    operated = {
        f"{name}Logs"
        for name in FUNCTIONS
        if "accountable(" in (ROOT / "functions" / _folder(name) / "app.py").read_text("utf-8")
    }
    assert {one["Ref"] for one in QUERIES["OperatorsQuery"]["LogGroupNames"]} == operated


def _folder(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def test_every_operators_function_is_named_in_the_outputs_with_its_events() -> None:
    named = {
        value["Ref"]: output["Description"]
        for output in TEMPLATE["Outputs"].values()
        if isinstance(value := output["Value"], dict) and "Ref" in value
    }
    for group in QUERIES["OperatorsQuery"]["LogGroupNames"]:
        name = group["Ref"].removesuffix("Logs")
        assert f"(events/{_folder(name)}/)" in named[name]
        events = list((ROOT / "events" / _folder(name)).glob("*.json"))
        assert any({"officer", "reason"} <= set(json.loads(one.read_text("utf-8"))) for one in events), name
