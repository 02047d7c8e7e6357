"""`release_night` by its console event: who lets a held night go on, and why (D14)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.release_night.app import create
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from tests.unit.corrections.fakes import FakeRuns
from tests.unit.corrections.samples import DAY
from vaxcert.aws.console import InvalidEvent
from vaxcert.corrections.feed.model import Manifest, Part
from vaxcert.corrections.run.model import PinnedPart, RunState
from vaxcert.corrections.steps.releasing import NotHeld, Releasing

EVENT = json.loads((EVENTS / "release_night" / "release.json").read_text("utf-8"))
SHA = EVENT["manifest_sha256"]


class Desk:
    """The handler over a run record with one held feed."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.runs = FakeRuns(clock)
        manifest = Manifest("f", DAY, 1, None, (Part(1, "p", 3, SHA),), 3, SHA)
        run = self.runs.open(manifest, (PinnedPart(1, "p", "v1", 3, SHA),))
        self.runs.hold(run, {}, {})
        self.handler = create(Releasing(self.runs), clock)

    def run(self, **changed: Any) -> dict[str, Any]:
        return self.handler(EVENT | changed, None)


def test_a_held_night_is_released_and_the_log_says_who_when_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    answer = desk.run()
    assert (answer["status"], answer["sequence"], answer["business_date"]) == ("released", 1, "2026-03-01")
    assert "start the state machine" in answer["next_step"]
    line = json.loads(capsys.readouterr().out)
    assert (line["officer"], line["reason"]) == (EVENT["officer"], EVENT["reason"])
    assert line["manifest_sha256"] == SHA
    assert line["at"]
    assert desk.runs.records[1].state is RunState.ACCEPTED
    assert desk.run()["status"] == "released_before"


def test_a_digest_is_taken_as_it_is_copied() -> None:
    assert Desk().run(manifest_sha256=f" {SHA.upper()}\n")["status"] == "released"


def test_a_typo_is_answered_with_what_is_held() -> None:
    with pytest.raises(
        NotHeld, match=f"feed 1 of 2026-03-01 is, and its manifest_sha256 begins with {SHA[:8]}"
    ):
        Desk().run(manifest_sha256="b" * 64)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("manifest_sha256", SHA[:-1]),
        ("manifest_sha256", None),
        ("officer", ""),
        ("officer", "张伟"),  # a name; an account is asked for
        ("reason", "ok"),
        ("reason", "x" * 201),
        ("reason", "confirmed by\u202ethe province"),
        ("sequence", 1),
    ],
)
def test_an_event_of_another_form_names_the_member_and_releases_nothing(member: str, value: Any) -> None:
    desk = Desk()
    with pytest.raises(InvalidEvent, match=rf"wrong or missing: {member}(\. officer is .*)?$"):
        desk.run(**{member: value})
    assert desk.runs.records[1].state is RunState.HELD
