"""What a night's record and progress promise beside their course, in memory and on DynamoDB (R38, D2, D13, D14, invariant 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.conftest import Database, asked_of
from tests.contract.test_corrections_store import (
    NEXT_DAY,
    OTHER_SHA,
    PARTS,
    SHA,
    FakeStores,
    RealStores,
    Stores,
    archive,
    manifest,
)
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.unit.corrections.samples import CHILD, DAY, FATHER, MOTHER, guardian, record_of, subject
from vaxcert.corrections.run.as_of import feed_dates_of
from vaxcert.corrections.run.model import NotAccepted, PartCheck, PersonRef, Run, RunState
from vaxcert.corrections.run.progress import Doubt, PendingFollow, PendingLook, Progress, dry_run_of

RUN = Run(1, DAY, "f", SHA, 3, PARTS, RunState.OPEN, {})
REF = PersonRef("r1", "v1:p", "a1:x")


class Contract:
    """The suite that fake and real stores pass alike."""

    def test_a_lease_lasts_twenty_minutes(self, stores: Stores) -> None:
        assert stores.runs.acquire("one")
        stores.clock.advance(seconds=1200)
        assert not stores.runs.acquire("two")
        stores.clock.advance(seconds=1)
        assert stores.runs.acquire("two")

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

    def test_the_record_tells_why_a_feed_was_refused_and_what_became_of_its_rows_r38(
        self, stores: Stores
    ) -> None:
        stores.runs.open(manifest(), PARTS)
        stores.runs.refuse(1, "part_hash")
        assert stores.runs.find(1).reason == "part_hash"
        run = stores.runs.open(manifest(), PARTS)
        stores.runs.accept(run, {"rows": 3, "bad": 1}, {"name_blank": 1})
        stores.runs.close(run, None, {"inserted": 2, "bad": 1})
        found = stores.runs.find(1)
        assert (found.reason, found.checked, found.figures) == (
            None,
            {"rows": 3, "bad": 1},
            {"inserted": 2, "bad": 1},
        )

    def test_a_check_is_kept_with_all_that_it_counted(self, stores: Stores) -> None:
        check = PartCheck(1, "v1", 3, 2, {"number_missing": 2}, None, {"name_blank": 1, "other": 1})
        stores.progress.put_check(1, check)
        assert stores.progress.checks(1) == {1: check}

    def test_the_progress_of_a_replaced_upload_begins_anew(self, stores: Stores) -> None:
        start, part = Progress(0, {}), PARTS[0]
        stores.progress.advance(1, part, start, Progress(3, {"inserted": 3}, done=True))
        newer, after = replace(part, version_id="v2"), Progress(1, {"inserted": 1})
        stores.progress.advance(1, newer, start, after)
        assert stores.progress.progress(1, newer) == after

    @pytest.mark.parametrize("deeds", [{}, {"certificates_followed": 1}])
    def test_a_follow_is_kept_with_what_was_done(self, stores: Stores, deeds: dict[str, int]) -> None:
        follow = PendingFollow(
            "a1:x", 7, (("r1", None),), merged=True, outcome="merges_followed", deeds=deeds
        )
        stores.progress.keep_follow(1, follow)
        assert list(stores.progress.follows(1)) == [follow]

    @pytest.mark.parametrize("ref", [REF, replace(REF, person_key=None)])
    def test_a_look_is_kept_with_what_was_done_and_nothing_done_is_no_look_to_come_d14(
        self, stores: Stores, ref: PersonRef
    ) -> None:
        for deeds in (None, {}, {"certificates_suspended": 1}):
            stores.progress.keep_look(1, PendingLook(ref, deeds))
            assert list(stores.progress.looks(1)) == [PendingLook(ref, deeds)]

    def test_a_doubt_is_of_a_number_or_of_a_gone_archive_that_brought_a_name_d13(
        self, stores: Stores
    ) -> None:
        doubts = [Doubt("v1:p", "r1"), Doubt("v1:p", "r1", "a1:x"), Doubt("v1:q", "r2")]
        for doubt in doubts:
            stores.progress.keep_doubt(doubt)
        assert list(stores.progress.doubts()) == doubts
        stores.progress.drop_doubt(doubts[1])
        assert list(stores.progress.doubts()) == [doubts[0], doubts[2]]


class TestFakes(Contract):
    @pytest.fixture
    def stores(self) -> Stores:
        return FakeStores()


class Real(Contract):
    """The suite of what nothing stands in for: a number that is not believed any more."""

    def test_d13_an_archive_whose_number_is_not_believed_stands_by_itself(self, stores: RealStores) -> None:
        believed = archive(2)
        stores.writer.write(believed, 1)
        for _ in range(2):
            stores.writer.unbelieve(believed)
        (found,) = stores.reader.archives([believed.key])
        own = record_of(archive_no="A1")
        assert found == replace(
            believed,
            record_id=own,
            person_key=None,
            number_fault="contradicts_birth",
            stated_key=subject(CHILD),
        )
        assert stores.reader.own_links(subject(CHILD)) == ()
        assert [link.record_id for link in stores.reader.links(subject(MOTHER))] == [own]

    def test_d13_invariant_6_an_archive_that_is_newer_than_the_doubt_stays_as_it_is(
        self, stores: RealStores
    ) -> None:
        stores.writer.write(archive(1), 1)
        newer = archive(2, NEXT_DAY, guardians=[guardian(FATHER, "father")])
        stores.writer.write(newer, 2)
        stores.writer.unbelieve(archive(1))
        assert stores.reader.archives([newer.key]) == (newer,)
        assert [link.record_id for link in stores.reader.links(subject(FATHER))] == [record_of(CHILD)]
        assert stores.reader.links(subject(MOTHER)) == ()


class TestMemory(Real):
    @pytest.fixture
    def stores(self) -> RealStores:
        return RealStores(Database(MemoryDynamoDB(page=100), TABLES))


class TestDynamoDB(Real):
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
