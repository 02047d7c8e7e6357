"""The frame of the steps: input, log, errors by name (invariant 7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.corrections.samples import CHILD, Context, Night, fake_night, row
from vaxcert.corrections.feed.bucket import NotVersioned
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import LeaseLost
from vaxcert.corrections.steps.frame import StepFailed, publish, step
from vaxcert.errors import VaxcertError

EVENTS = Path(__file__).resolve().parents[3] / "events"


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / name).read_text("utf-8"))
    return loaded


def ready() -> tuple[Night, str]:
    """A night with one feed open for the run of the events."""
    night = fake_night()
    feed = night.feed([row()])
    assert night.open(event("open_feed/run.json"), Context())["status"] == "open"
    return night, feed.manifest_sha256


def test_the_console_events_are_what_the_steps_take() -> None:
    night, sha256 = ready()
    mine = {"manifest_sha256": sha256}
    assert night.check(event("check_part/part.json") | mine, Context()) == {
        "index": 1,
        "rows": 1,
        "bad": 0,
        "warnings": {},
        "reasons": {},
        "fault": None,
    }
    judged = night.close(event("close_feed/judge.json") | mine, Context())
    assert (judged["status"], judged["sequence"]) == ("judged", 1)
    assert judged["figures"] == {"rows": 1, "bad": 0}
    weighed = night.apply(event("apply_corrections/weigh.json") | mine, Context())
    assert weighed["status"] == "done"
    decided = night.close(event("close_feed/decide.json") | mine, Context())
    assert (decided["status"], decided["sequence"], decided["summary"]) == ("accepted", 1, "1 rows")
    applied = night.apply(event("apply_corrections/part.json") | mine, Context())
    assert applied == event("apply_corrections/more.json") | mine | {"status": "done"}
    closed = night.close(event("close_feed/close.json") | mine, Context())
    assert (closed["status"], closed["sequence"]) == ("applied", 1)
    assert closed["summary"] == "1 rows, 1 inserted"
    assert night.close(event("close_feed/abandon.json"), Context()) == {"status": "abandoned"}


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("open_feed/run.json", {"run": ""}),
        ("open_feed/run.json", {"run": None}),
        ("check_part/part.json", {"part": {"index": 0}}),
        ("check_part/part.json", {"sequence": "1"}),
        ("check_part/part.json", {"manifest_sha256": "x"}),
        ("apply_corrections/part.json", {"part": None}),
        ("close_feed/judge.json", {"phase": "reopen"}),
    ],
)
def test_another_input_is_no_step(name: str, spoil: dict[str, Any]) -> None:
    night, _ = ready()
    handler = {"open_feed": night.open, "check_part": night.check, "apply_corrections": night.apply}.get(
        name.split("/", maxsplit=1)[0], night.close
    )
    with pytest.raises(StepFailed, match="ValidationError"):
        handler(event(name) | spoil, Context())


@pytest.mark.parametrize("named", [{}, {"sequence": 1}, {"manifest_sha256": "0" * 64}])
def test_a_phase_needs_its_feed(named: dict[str, Any]) -> None:
    night, _ = ready()
    with pytest.raises(VaxcertError, match="feed_not_named"):
        night.close({"phase": "judge", "run": "r", **named}, Context())


def test_what_is_unforeseen_is_told_by_kind_and_place_only_invariant_7(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work(_event: Any, _context: Any) -> Any:
        raise KeyError(CHILD)

    with pytest.raises(StepFailed) as failed:
        step("close_feed", work)({}, None)
    assert str(failed.value) == "KeyError"
    assert failed.value.__suppress_context__
    line = json.loads(capsys.readouterr().out)
    assert (line["error"], line["level"]) == ("KeyError", "ERROR")
    assert CHILD not in json.dumps(line)


@pytest.mark.parametrize("error", [FeedRefused("part_hash"), LeaseLost(), NotVersioned()])
def test_our_own_errors_keep_their_name_for_the_state_machine(error: VaxcertError) -> None:
    def work(_event: Any, _context: Any) -> Any:
        raise error

    with pytest.raises(type(error), match=error.code):
        step("open_feed", work)({}, None)


def test_figures_are_metrics_in_the_embedded_format(capsys: pytest.CaptureFixture[str]) -> None:
    publish("close_feed", "prod", {"rows": 3, "bad": 0}, 1772382600.5)
    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert line["_aws"]["Timestamp"] == 1772382600500
    assert directive["Dimensions"] == [["stage"]]
    assert {metric["Name"] for metric in directive["Metrics"]} <= line.keys()
    assert (line["stage"], line["feed_rows"], line["feed_bad"]) == ("prod", 3, 0)


def test_d2_a_night_that_could_not_bring_all_to_its_end_closes_nothing_and_counts_nothing_yet(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The state machine asks again; only the call that closes the feed counts it, once, at its time."""
    night = fake_night()
    night.settle([row("A1"), row("A2")])
    night.feed([row("A2", 2, op="merge", into="A1")])
    opened = night.open({"run": "run-1"}, Context())
    feed = {name: opened[name] for name in ("run", "sequence", "business_date", "manifest_sha256")}
    night.accept(feed, opened["parts"])
    night.apply({**feed, "phase": "apply", "part": opened["parts"][0]}, Context())
    before = night.runs.as_of()
    capsys.readouterr()

    def counted() -> list[dict[str, Any]]:
        return [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line]

    assert night.close({**feed, "phase": "close"}, Context([1_000])) == {"status": "more"}
    assert (night.runs.as_of(), counted()) == (before, [])
    assert night.close({**feed, "phase": "close"}, Context())["status"] == "applied"
    assert night.runs.as_of().sequence == before.sequence + 1
    (figures,) = counted()
    assert (figures["service"], figures["feed_rows"], figures["feed_relinked"]) == ("close_feed", 1, 1)
    assert figures["_aws"]["Timestamp"] == night.clock().timestamp() * 1000


def test_every_fate_has_its_figure_also_when_nothing_had_it() -> None:
    figures = fake_night().settle([])
    assert figures == {
        "rows": 0,
        "bad": 0,
        "inserted": 0,
        "replaced": 0,
        "relinked": 0,
        "skipped": 0,
        "earlier": 0,
        "held_apart": 0,
        "joined_nobody": 0,
        "bad_numbers": 0,
        "numbers_lost": 0,
        "numbers_turned_bad": 0,
        "certificates_touched": 0,
        "certificates_at_stake": 0,
        "dry_run_reads": 0,
    }


def test_the_log_tells_how_long_a_step_took(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = iter([10.0, 12.5, 20.0, 20.25])
    monkeypatch.setattr("vaxcert.corrections.steps.frame.time.perf_counter", lambda: next(at))
    assert step("a_step", lambda _event, _context: ({}, {}))({"run": "r"}, None) == {}

    def fails(_event: Any, _context: Any) -> Any:
        raise LeaseLost

    with pytest.raises(LeaseLost):
        step("a_step", fails)({"run": "r"}, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["ms"], line["level"], line["correlation_id"]) for line in lines] == [
        (2500.0, "INFO", "r"),
        (250.0, "ERROR", "r"),
    ]
