"""What the reports' table and the night bring to the functions behind them (R34, R37, R38, invariant 7)."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from functions.announce_reports.app import create as announce
from tests.integration.test_report_entry import STREAM, Bus, Desk


def _stream(*names: str) -> dict[str, Any]:
    """A batch with a change of each of these kinds to the committed event's report, from 200 on."""
    (record,) = [one for one in STREAM["Records"] if one["dynamodb"]["Keys"]["sk"]["S"].startswith("R#")]
    records = []
    for number, name in enumerate(names, start=200):
        one = deepcopy(record) | {"eventName": name}
        one["dynamodb"]["SequenceNumber"] = str(number)
        records.append(one)
    return {"Records": records}


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_r34_a_report_that_changes_is_announced_no_second_time() -> None:
    bus = Bus()
    assert announce(bus.put_events, "dev")(_stream("MODIFY", "INSERT"), None) == {"batchItemFailures": []}
    assert len(bus.entries) == 1


def test_r34_what_goes_with_a_report_is_no_report() -> None:
    batch = _stream("INSERT")
    batch["Records"][0]["dynamodb"]["Keys"]["sk"]["S"] = "N#1"
    bus = Bus()
    assert announce(bus.put_events, "dev")(batch, None) == {"batchItemFailures": []}
    assert bus.entries == []


def test_a_batch_goes_on_where_the_bus_took_no_more_and_the_log_tells_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """PutEvents takes ten at a time: of 13 reports, the twelfth is the second of the second call."""
    batch, bus = _stream(*["INSERT"] * 13), Bus(takes=10)
    put, calls = bus.put_events, list[int]()

    def counted(**given: Any) -> dict[str, Any]:
        calls.append(len(given["Entries"]))
        return put(**given) if len(calls) == 1 else Bus(takes=1).put_events(**given)

    assert announce(counted, "dev")(batch, None) == {"batchItemFailures": [{"itemIdentifier": "211"}]}
    assert calls == [10, 3]
    assert _lines(capsys) == [{"service": "announce_reports", "failed": "Throttled"}]
    assert announce(bus.put_events, "dev")(_stream("INSERT"), None) == {"batchItemFailures": []}
    assert _lines(capsys) == [{"service": "announce_reports", "announced": 1}]


@pytest.mark.parametrize("action", ["export", "", None, 1])
def test_another_action_follows_no_report_and_leaves_no_line(
    action: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    with pytest.raises(ValidationError):
        desk.follow({"action": action})
    assert _lines(capsys) == []


def test_the_log_of_following_holds_counts_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """R38."""
    desk = Desk()
    desk.send()
    capsys.readouterr()
    counts = desk.follow()
    assert _lines(capsys) == [{"service": "follow_reports", "action": "follow", **counts}]
    assert counts == {"open": 1, "corrected": 0, "unread": 0}
