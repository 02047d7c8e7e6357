"""Which feed of a number the run record judges and closes, in memory and on DynamoDB, and what tells of it (D2, D14, invariant 6)."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Database, asked_of
from tests.contract.test_corrections_store import (
    OTHER_SHA,
    PARTS,
    SHA,
    FakeStores,
    RealStores,
    Stores,
    manifest,
)
from tests.unit.corrections.samples import DAY
from vaxcert.corrections.run.as_of import feed_dates_of
from vaxcert.corrections.run.model import NotAccepted, Run, RunState
from vaxcert.corrections.run.progress import dry_run_of

RUN = Run(1, DAY, "f", SHA, 3, PARTS, RunState.OPEN, {})


class Contract:
    """The suite that fake and real stores pass alike."""

    @pytest.mark.parametrize("judge", ["accept", "hold"])
    def test_only_the_feed_that_stands_is_judged_invariant_6(self, stores: Stores, judge: str) -> None:
        with pytest.raises(NotAccepted):
            getattr(stores.runs, judge)(RUN, {}, {})
        again = stores.runs.open(manifest(sha256=OTHER_SHA), PARTS)
        for _ in range(2):
            getattr(stores.runs, judge)(again, {"rows": 3}, {})
        with pytest.raises(NotAccepted):
            getattr(stores.runs, judge)(RUN, {}, {})
        assert stores.runs.find(1).checked == {"rows": 3}

    def test_only_the_manifest_that_was_accepted_is_closed_invariant_6(self, stores: Stores) -> None:
        replaced = stores.runs.open(manifest(), PARTS)
        accepted = stores.runs.open(manifest(sha256=OTHER_SHA), PARTS)
        stores.runs.accept(accepted, {}, {})
        with pytest.raises(NotAccepted):
            stores.runs.close(replaced, None, {})
        assert stores.runs.as_of() is None
        stores.runs.close(accepted, None, {})
        assert stores.runs.as_of().manifest_sha256 == OTHER_SHA


class TestFakes(Contract):
    @pytest.fixture
    def stores(self) -> Stores:
        return FakeStores()


class TestDynamoDB(Contract):
    @pytest.fixture
    def stores(self, database: Database) -> RealStores:
        return RealStores(database)

    def test_records_are_as_of_the_last_feed_at_half_the_price_d2(self, database: Database) -> None:
        stores = RealStores(database)
        dates = feed_dates_of({"RUNS_TABLE": database.tables["FeedRunsTable"]}, database.client)
        assert dates.as_of() is None
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.accept(run, {}, {})
        stores.runs.close(run, None, {})
        with asked_of(database.client) as asked:
            assert dates.as_of() == DAY
        assert [(name, params["ConsistentRead"]) for name, params in asked] == [("GetItem", False)]


def test_a_dry_run_that_began_before_a_deployment_is_found_after_it_d14() -> None:
    assert dry_run_of(RUN) == f"000000001#{16 * 'a'}"
