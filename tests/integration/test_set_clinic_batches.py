"""`set_clinic_batches` by its console event, and what the desk is warned of (D21)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.set_clinic_batches.app import create
from tests.fakes.appointments import FakeClinics, a_clinic
from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.fakes.events import EVENTS
from tests.integration.test_guide_visit import Desk, FakeRecalled
from vaxcert.aws.console import InvalidEvent
from vaxcert.clinics.batches import Batch, BatchStore
from vaxcert.errors import Unavailable

SET: dict[str, Any] = json.loads((EVENTS / "set_clinic_batches" / "set.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "changed",
    [
        {"clinic_code": "a b"},
        {"batches": None},
        {"batches": [{"vaccine_code": "9999", "batch": "B1"}]},
        {"batches": [{"vaccine_code": "1201", "batch": " "}]},
        {"batches": [{"vaccine_code": "1201", "batch": "B1 "}]},
        {"batches": [{"vaccine_code": "1201", "batch": "B\t1"}]},
        {"batches": [{"vaccine_code": "1201", "batch": "B\u200b1"}]},
        {"more": 1},
        {"officer": ""},
        {"reason": "ok"},
    ],
)
def test_a_slip_in_the_event_is_told_without_its_value(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent) as told:
        create(BatchStore(stands_in(None), ""), FakeClinics(a_clinic()), ("320600",), FakeClock())(
            SET | changed, None
        )
    assert "9999" not in str(told.value)


def test_d21_a_recalled_batch_is_recorded_and_warned_of() -> None:
    desk = Desk("vaccinating")
    desk.recalled.listed = {Batch("1201", "B202606")}
    status, body, _ = desk.send("report_vaccinated")
    assert (status, body["state"]) == (200, "observing")
    (warning,) = body["warnings"]
    assert (warning["code"], warning["batch"]) == ("batch_recalled", "B202606")
    assert "请立即停止使用" in warning["next_step"]


def test_d21_where_nothing_was_given_no_list_is_asked_for() -> None:
    """What registers and defers goes on, also where the list cannot be read."""

    class Unreadable(FakeRecalled):
        def of(self, _clinic_code: str) -> set[Batch]:
            raise Unavailable

    desk = Desk("registering", recalled=Unreadable())
    status, body, _ = desk.send("report_fit")
    assert (status, body.get("warnings")) == (200, None)
    desk = Desk("vaccinating", recalled=Unreadable())
    assert desk.send("report_vaccinated")[0] == 503
