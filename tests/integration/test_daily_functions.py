"""What the functions that run every day take and tell, beside what `tests/contract` proves of their stores (D11, D22)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

import pytest

from functions.audit_access_log.app import create as audit
from functions.erase_ended.app import create as erase_ended
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from vaxcert.aws.console import InvalidEvent


class Sweeping:
    """Port `Eraser`: so many items, once."""

    def __init__(self, found: int) -> None:
        self._found = found

    def sweep(self, _now: datetime) -> int:
        found, self._found = self._found, 0
        return found


def test_d22_what_was_erased_is_answered_and_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run = erase_ended({"certificates": Sweeping(2), "grants": Sweeping(0)}, FakeClock())
    for expected in ({"certificates": 2, "grants": 0}, {"certificates": 0, "grants": 0}):
        assert run({}, None) == expected
        assert json.loads(capsys.readouterr().out) == {"service": "erase_ended", **expected}


@pytest.mark.parametrize("member", ["officer", "reason", "accept"])
def test_d11_who_accepts_a_break_says_who_and_why_and_no_look_is_taken_instead(member: str) -> None:
    event = json.loads((EVENTS / "audit_access_log" / "accept.json").read_text("utf-8"))
    handler = audit(cast("Any", None), FakeClock(), "local")
    with pytest.raises(InvalidEvent, match=member):
        handler(event | {member: "-"}, None)
