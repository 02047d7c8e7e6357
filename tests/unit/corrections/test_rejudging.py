"""Going through what stood before D13: where a call stops, and that the next goes on there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.clients import stands_in
from vaxcert.aws.dynamodb import S
from vaxcert.corrections.steps.rejudging import Rejudging, Segment, What

PLACE = {"pk": S("a1:1")}


class Table:
    """Two pages of nothing, and everything else that a call asks for on its way."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.renewed = 0

    def scan(self, **asked: Any) -> dict[str, Any]:
        return {"Items": []} if "ExclusiveStartKey" in asked else {"Items": [], "LastEvaluatedKey": PLACE}

    def renew(self, owner: str) -> None:
        assert owner == "run-1"
        self.renewed += 1

    def at(self, segment: Segment) -> tuple[Any, bool]:
        return (self.kept[-1] if self.kept else None), False

    def keep(self, segment: Segment, last: Any) -> None:
        self.kept.append(last)


@pytest.mark.parametrize(("left", "goes_on"), [(60.0, True), (59.9, False)])
@pytest.mark.parametrize("what", What)
def test_d13_a_segment_is_gone_through_while_a_minute_is_left(what: What, left: float, goes_on: bool) -> None:
    table = Table()
    unused = dict.fromkeys(("archives", "writer", "doubts", "opener", "keeper", "clock"), stands_in(table))
    rejudging = Rejudging(
        client=stands_in(table),
        tables=("archives", "certificates"),
        runs=stands_in(table),
        segments=stands_in(table),
        **unused,
    )
    done = rejudging.go_through("run-1", Segment(what, 0), lambda: left)
    assert done == ({}, goes_on)
    assert table.kept == ([PLACE, None] if goes_on else [PLACE])
    assert table.renewed == 1 + goes_on
