"""A clinic's day is counted once and whole, whatever fails on the way (D21, invariant 4)."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.test_clinic_day_items import CLINIC
from tests.contract.test_month_figures import COUNTED, DAY, TOMORROW, Files, a_day, figures
from tests.fakes.clients import stands_in
from tests.faults.faults import Client, Crash, Kind, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.races.stations import WEEK
from vaxcert.errors import Unavailable
from vaxcert.visits.month import COUNTABLE, Counts
from vaxcert.visits.month_store import MonthStore


@cache
def _day() -> dict[str, Any]:
    """A clinic's day, and every day before it counted."""
    memory = MemoryDynamoDB(eventual=True)
    a_day(memory, TABLES)
    months = MonthStore(stands_in(memory), TABLES["VisitsTable"])
    for back in range(1, COUNTABLE.days):
        months.keep(DAY - timedelta(days=back), [])
    return memory.tables


def _counted(plan: Plan) -> list[tuple[date, Counts]]:
    memory = MemoryDynamoDB(eventual=True)
    memory.tables = copy.deepcopy(_day())
    run = figures(stands_in(Client(memory, "dynamodb", plan)), TABLES, lambda: TOMORROW, Files())
    for _ in range(30):
        try:
            run({}, None)
        except (Crash, ClientError, BotoCoreError, Unavailable):
            continue  # the schedule comes again
        return list(MonthStore(stands_in(memory), TABLES["VisitsTable"]).counts(DAY))
    pytest.fail("it never came through")


@pytest.mark.parametrize("kind", Kind)
def test_invariant_4_any_call_may_fail_and_a_day_is_counted_once(kind: Kind) -> None:
    whole = Plan()
    expected = _counted(whole)
    assert expected == [(DAY, Counts(CLINIC, WEEK.name, COUNTED))]
    for plan in [Plan(kind=kind, at=at) for at in range(1, whole.calls + 1)] + [Plan(kind=kind, every=True)]:
        assert _counted(plan) == expected
        assert plan.injected.total() >= 1
