"""The run record on its own: the lease to the second, and which record a step may change (D2, D14, invariants 5 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.unit.corrections.samples import DAY
from vaxcert.corrections.feed.model import Manifest, Part
from vaxcert.corrections.run.model import AsOf, NotAccepted, PinnedPart, Run, RunState
from vaxcert.corrections.run.runs import RunStore

PARTS = (PinnedPart(1, "2026-03-01/archives-00001.ndjson.gz", "v1", 3, "a" * 64),)
MANIFEST = Manifest("f", DAY, 1, None, (Part(1, "archives-00001.ndjson.gz", 3, "a" * 64),), 3, "a" * 64)
OTHER = replace(MANIFEST, sha256="b" * 64)


class Runs:
    """The store, its clock, and feeds that have come so far."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = RunStore(stands_in(MemoryDynamoDB()), TABLES["FeedRunsTable"], self.clock)

    def decided(self, manifest: Manifest, state: RunState) -> Run:
        run = self.store.open(manifest, PARTS)
        (self.store.hold if state is RunState.HELD else self.store.accept)(run, {}, {})
        return replace(run, state=state)


@pytest.fixture
def runs() -> Runs:
    return Runs()


def test_invariant_5_a_lease_lasts_twenty_minutes(runs: Runs) -> None:
    assert runs.store.acquire("one") is True
    runs.clock.now += timedelta(minutes=20)
    assert runs.store.acquire("two") is False
    runs.clock.now += timedelta(seconds=1)
    assert runs.store.acquire("two") is True
    runs.clock.now += timedelta(minutes=19)
    runs.store.renew("two")
    runs.clock.now += timedelta(minutes=20)
    assert runs.store.acquire("one") is False
    runs.clock.now += timedelta(seconds=1)
    assert runs.store.acquire("one") is True


def test_a_record_has_the_figures_that_it_was_judged_by_and_closed_with_d2(runs: Runs) -> None:
    run = runs.store.open(MANIFEST, PARTS)
    runs.store.refuse(1, "part_hash")
    refused = runs.store.find(1)
    assert refused == replace(run, state=RunState.REFUSED, reason="part_hash")
    run = runs.store.open(MANIFEST, PARTS)
    runs.store.accept(run, {"rows": 3, "bad": 1}, {"literal_error:/op": 1})
    runs.store.close(run, None, {"rows": 3, "inserted": 2, "bad": 1})
    assert runs.store.find(1) == replace(
        run,
        state=RunState.APPLIED,
        checked={"rows": 3, "bad": 1},
        figures={"rows": 3, "inserted": 2, "bad": 1},
    )
    assert runs.store.as_of() == AsOf(DAY, 1, "a" * 64)


@pytest.mark.parametrize("decide", [RunStore.accept, RunStore.hold])
@pytest.mark.parametrize("stands", [None, RunState.ACCEPTED, RunState.HELD])
def test_invariant_6_nobody_decides_of_a_feed_that_another_has_replaced(
    runs: Runs,
    decide: Callable[[RunStore, Run, Mapping[str, int], Mapping[str, int]], None],
    stands: RunState | None,
) -> None:
    run = Run(1, DAY, "f", MANIFEST.sha256, 3, PARTS, RunState.OPEN, {})
    before = None if stands is None else runs.decided(OTHER, stands)
    with pytest.raises(NotAccepted):
        decide(runs.store, run, {"rows": 3}, {})
    assert runs.store.find(1) == before


def test_invariant_6_a_feed_is_not_closed_in_the_place_of_the_one_that_was_accepted(runs: Runs) -> None:
    accepted = runs.decided(OTHER, RunState.ACCEPTED)
    with pytest.raises(NotAccepted):
        runs.store.close(replace(accepted, manifest_sha256=MANIFEST.sha256), None, {})
    assert runs.store.as_of() is None
    assert runs.store.find(1) == accepted
