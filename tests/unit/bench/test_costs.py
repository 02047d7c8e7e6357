"""The benches of the register and of cost: units as DynamoDB itself counts them, and sums that follow from the prices."""

from __future__ import annotations

import pytest

from bench import cost, register
from bench.operations import Counted, Town
from bench.prices import PRICES
from tests.contract.test_records_cost import HOLDER


@pytest.fixture(scope="module")
def counted() -> list[Counted]:
    return Town(20).counted()


def test_d11_a_look_at_the_records_takes_what_dynamodb_says_it_takes(counted: list[Counted]) -> None:
    records = next(one for one in counted if one.name == "records")
    assert len(records.calls) == len(HOLDER)
    assert records.reads + records.writes == sum(units for _, units in HOLDER)


def test_invariant_3_a_code_is_one_read_and_a_scan_three_calls(counted: list[Counted]) -> None:
    calls = {one.name: sorted(one.calls) for one in counted}
    assert calls["code"] == ["batch_get_item"]
    assert calls["scan, ticket machine"] == ["batch_get_item", "transact_write_items", "update_item"]


def test_no_operation_grows_with_the_register(counted: list[Counted]) -> None:
    target = register.result({20: counted, 200: Town(200).counted()}).targets[0]
    assert target.seen == 1.0


def test_a_bill_is_its_units_times_the_prices(counted: list[Counted]) -> None:
    bill = cost.Bill(requests=1e6, reads=2e6, writes=3e6, gb_seconds=1e6, kms=1e4)
    assert bill.dollars == pytest.approx(3.50 + 0.40 + 13.3334 + 0.25 + 1.875 + 0.03)
    assert PRICES["million write request units, on demand"] * 3 == 1.875
    bills = {one.name: cost.bill_of(one) for one in counted}
    assert cost.month(bills, 2_000_000).dollars == pytest.approx(2 * cost.month(bills, 1_000_000).dollars)
    assert cost.month(bills, 1_000_000).writes > 0
