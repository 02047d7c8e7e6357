"""The bench of the opening hour, small: what it counts is true, and the same seed tells the same story."""

from __future__ import annotations

from bench.capacity import Call, Meter, Tables
from bench.opening_hour import Bucket, opened
from tests.fakes.clients import stands_in
from tests.faults.memory import TABLES
from vaxcert.aws.dynamodb import N, S, batch_get, check, get, put, query_all, single, transact

TABLE = TABLES["AppointmentsTable"]


def test_few_families_all_get_a_seat_and_each_asks_twice() -> None:
    figures = opened(12, seed=1)
    assert (figures.booked, figures.oversold, figures.failed, figures.throttled()) == (12, 0, 0, 0)
    assert set(figures.requests.values()) == {2}
    assert figures.peak("AppointmentsTable", "S#3206000001")[1] >= 2
    again = opened(12, seed=1)
    assert (again.lasted, again.seats) == (figures.lasted, figures.seats)


def test_the_edge_lets_in_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.admits(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.admits(0.5) for _ in range(2)] == [True, False]


def test_units_are_counted_as_dynamodb_counts_them() -> None:
    calls: list[Call] = []
    meter = stands_in(Meter(Tables(), calls.append))
    long = {"pk": S("A"), "sk": S("1"), "text": S("x" * 5000)}
    single(meter, put(TABLE, long))
    transact(
        meter,
        [
            put(TABLE, {"pk": S("A"), "sk": S("2"), "n": N(1)}),
            check(TABLE, {"pk": S("B"), "sk": S("1")}, "attribute_not_exists(pk)"),
        ],
    )
    get(meter, TABLE, {"pk": S("A"), "sk": S("1")}, consistent=False)
    batch_get(meter, [(TABLE, {"pk": S("A"), "sk": S("1")}), (TABLE, {"pk": S("C"), "sk": S("1")})])
    key = {":pk": S("A"), ":low": S("0")}
    list(
        query_all(
            meter,
            TableName=TABLE,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk > :low",
            ExpressionAttributeValues=key,
        )
    )
    assert [(call.reads, call.writes) for call in calls] == [(0, 5), (0, 4), (1.0, 0), (3.0, 0), (2.0, 0)]
