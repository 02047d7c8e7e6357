"""The seat of an ended certificate is freed whatever fails on the way (D5, D6, invariants 1 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.end_appointments.app import create
from tests.contract.test_appointments_store import an_appointment
from tests.contract.test_certificates_store import certificate
from tests.fakes.clients import stands_in
from tests.faults.faults import Client, Crash, Kind, Plan
from tests.faults.memory import TABLES, MemoryDynamoDB
from vaxcert.appointments import items
from vaxcert.appointments.model import Status
from vaxcert.appointments.seat_store import SeatStore
from vaxcert.claims.items import to_item
from vaxcert.claims.model import RELEASED

TABLE = TABLES["AppointmentsTable"]
NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
BATCH_OF = ("c1", "c2", "c3")


def _batch() -> dict[str, Any]:
    records = []
    for number, certificate_id in enumerate(BATCH_OF):
        item = to_item(certificate(certificate_id).moved_to(RELEASED, NOW))
        records.append({"eventName": "MODIFY", "dynamodb": {"NewImage": item, "SequenceNumber": str(number)}})
    return {"Records": records}


def _world() -> MemoryDynamoDB:
    memory = MemoryDynamoDB()
    for number, certificate_id in enumerate((*BATCH_OF, "c-another"), start=1):
        appointment = an_appointment(f"a{number}", certificate_id, seat=number)
        for item in (items.to_item(appointment), items.to_seat_item(appointment)):
            memory.put_item(TableName=TABLE, Item=item)
    return memory


def _poll(handler: Callable[..., dict[str, Any]]) -> None:
    """As Lambda reads a stream: what has failed comes again, with all that follow it."""
    left = _batch()["Records"]
    for _ in range(20):
        try:
            failed = handler({"Records": left}, None)["batchItemFailures"]
        except Crash:
            continue
        if not failed:
            return
        first = min(int(one["itemIdentifier"]) for one in failed)
        left = [record for record in left if int(record["dynamodb"]["SequenceNumber"]) >= first]
    pytest.fail("it never came through")


def _statuses(memory: MemoryDynamoDB) -> dict[str, str]:
    return {
        one.certificate_id: str(one.status)
        for (pk, _), item in memory.tables[TABLE].items()
        if pk.startswith("C#")
        for one in [items.from_item(item)]
    }


@pytest.mark.parametrize("kind", Kind)
def test_invariant_4_any_call_may_fail_and_the_seats_are_free_and_no_others(kind: Kind) -> None:
    whole = Plan()
    _poll(create(SeatStore(stands_in(Client(_world(), "dynamodb", whole)), TABLE), lambda: NOW))
    assert whole.calls == 2 * len(BATCH_OF)
    for plan in [Plan(kind=kind, at=at) for at in range(1, whole.calls + 1)] + [Plan(kind=kind, every=True)]:
        memory = _world()
        _poll(create(SeatStore(stands_in(Client(memory, "dynamodb", plan)), TABLE), lambda: NOW))
        assert plan.injected.total() >= 1
        assert _statuses(memory) == dict.fromkeys(BATCH_OF, Status.CANCELLED) | {"c-another": Status.BOOKED}
        assert [sk for pk, sk in memory.tables[TABLE] if pk.startswith("S#")] == ["20260702-0800#004"]
