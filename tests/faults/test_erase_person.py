"""An erasure that is broken off goes on with the same event, and erases nobody else (D22, invariant 4)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.contract.test_erase_person import BY, CASE, NUMBER, a_home, erasing, left
from tests.fakes.clients import stands_in
from tests.faults.faults import Client, Crash, Kind, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from vaxcert.errors import Unavailable
from vaxcert.reports.cases import UnknownCase


def _erased(plan: Plan, event: dict[str, Any]) -> None:
    memory = MemoryDynamoDB(eventual=True)
    a_home(memory, TABLES)
    run = erasing(stands_in(Client(memory, "dynamodb", plan)), TABLES)
    for _ in range(60):
        try:
            run(event, None)
        except (Crash, ClientError, BotoCoreError, Unavailable):
            continue  # the operator gives the event again
        except UnknownCase:
            pass  # the case itself goes last: all is done
        break
    else:
        pytest.fail("it never came through")
    left({name: list(memory.tables[table].values()) for name, table in TABLES.items()})


@pytest.mark.parametrize("event", [NUMBER, BY | {"case_number": CASE}], ids=["by_number", "by_case"])
@pytest.mark.parametrize("kind", Kind)
def test_invariant_4_an_erasure_may_fail_at_any_call_and_goes_on(kind: Kind, event: dict[str, Any]) -> None:
    event = {**event, "erase": True}
    whole = Plan()
    _erased(whole, event)
    for plan in [Plan(kind=kind, at=at) for at in range(1, whole.calls + 1)] + [Plan(kind=kind, every=True)]:
        _erased(plan, event)
        assert plan.injected.total() >= 1
