"""Remembered answers in DynamoDB (invariants 4, 5, 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.conftest import Database
from tests.fakes.people import SEALER
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import Cancelled, get, single
from vaxcert.idempotency.model import Answer, KeyReused, RepeatableRequest, remember
from vaxcert.idempotency.store import AnswerStore

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
DAY, MOMENT = timedelta(hours=24), timedelta(seconds=1)
REQUEST = RepeatableRequest("k1", "d1")
FIRST, SECOND = Answer(201, '{"name":"张三"}'), Answer(200, "{}")


@pytest.fixture
def store(database: Database) -> AnswerStore:
    return AnswerStore(database.client, database.tables["IdempotencyTable"], SEALER)


def _keep(database: Database, store: AnswerStore, answer: Answer, at: datetime) -> None:
    single(database.client, store.op(remember(REQUEST, answer, at)))


def test_invariant_5_an_answer_holds_for_a_day_and_then_blocks_nothing(
    database: Database, store: AnswerStore
) -> None:
    """Its item may still be there: TTL only cleans."""
    assert store.find(REQUEST, NOW) is None
    _keep(database, store, FIRST, NOW)
    with pytest.raises(Cancelled):
        _keep(database, store, SECOND, NOW + DAY - MOMENT)
    assert store.find(REQUEST, NOW + DAY - MOMENT) == FIRST
    assert store.find(REQUEST, NOW + DAY) is None
    _keep(database, store, SECOND, NOW + DAY)
    assert store.find(REQUEST, NOW + DAY) == SECOND


def test_invariant_4_another_body_finds_no_answer_of_this_one(database: Database, store: AnswerStore) -> None:
    _keep(database, store, FIRST, NOW)
    with pytest.raises(KeyReused):
        store.find(RepeatableRequest("k1", "d2"), NOW)
    assert store.find(RepeatableRequest("k2", "d1"), NOW) is None


def test_invariant_7_what_is_kept_is_sealed_and_goes_after_a_day(
    database: Database, store: AnswerStore
) -> None:
    _keep(database, store, FIRST, NOW)
    table, key = store.key(REQUEST)
    item = get(database.client, table, key)
    assert item is not None
    assert "张三".encode() not in bytes(item.pop("body")["B"])
    assert item == {
        "pk": {"S": "I#k1"},
        "digest": {"S": "d1"},
        "status": {"N": "201"},
        "ttl": {"N": str(epoch(NOW + DAY))},
    }
