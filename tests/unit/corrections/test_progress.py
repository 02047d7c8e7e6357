"""What the steps keep beside the run record comes back as it was kept, and goes in the end (R38, D14, D22)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.clients import stands_in
from tests.fakes.clock import FakeClock
from tests.faults.memory import TABLES, MemoryDynamoDB
from vaxcert.aws.clock import epoch
from vaxcert.corrections.run.model import Overtaken, PartCheck, PersonRef, PinnedPart
from vaxcert.corrections.run.progress import (
    WAITING,
    Doubt,
    PendingFollow,
    PendingLook,
    Progress,
    ProgressStore,
)

TABLE = TABLES["FeedRunsTable"]
PART = PinnedPart(1, "2026-03-01/archives-00001.ndjson.gz", "v1", 3, "a" * 64)
CHECK = PartCheck(1, "v1", 3, 0, {"number_missing": 2})
FOLLOW = PendingFollow("a1:x", 2, (("r1", "v1:p"), ("r2", None)), merged=True)
LOOK = PendingLook(PersonRef("r1", "v1:p", "a1:x"))


@pytest.fixture
def dynamodb() -> MemoryDynamoDB:
    return MemoryDynamoDB()


@pytest.fixture
def progress(dynamodb: MemoryDynamoDB) -> ProgressStore:
    return ProgressStore(stands_in(dynamodb), TABLE, FakeClock())


@pytest.mark.parametrize(
    "check",
    [CHECK, replace(CHECK, bad=1, reasons={"literal_error:/op": 1}), replace(CHECK, fault="gzip", rows=0)],
)
def test_a_check_is_kept_whole_and_the_last_one_counts(progress: ProgressStore, check: PartCheck) -> None:
    assert progress.checks(1) == {}
    progress.put_check(1, replace(CHECK, version_id="v0"))
    progress.put_check(1, check)
    assert progress.checks(1) == {1: check}
    assert progress.checks(2) == {}


@pytest.mark.parametrize(
    ("check", "flawless"),
    [
        (CHECK, True),
        (replace(CHECK, bad=1), False),
        (replace(CHECK, fault="rows"), False),
        (replace(CHECK, version_id="v0"), False),
        (None, False),
    ],
)
def test_invariant_6_only_a_part_whose_every_row_was_good_is_not_judged_again(
    progress: ProgressStore, check: PartCheck | None, flawless: bool
) -> None:
    if check is not None:
        progress.put_check(1, check)
    assert progress.is_flawless(1, PART) is flawless


def test_invariant_6_a_part_moves_on_from_where_it_stood_and_is_begun_anew_where_it_was_replaced(
    progress: ProgressStore,
) -> None:
    none, some, done = Progress(0, {}), Progress(2, {"inserted": 2}), Progress(3, {"inserted": 3}, done=True)
    progress.advance(1, PART, none, some)
    progress.advance(1, PART, none, some)  # told twice
    with pytest.raises(Overtaken):
        progress.advance(1, PART, none, done)
    with pytest.raises(Overtaken):
        progress.advance(1, PART, replace(some, done=True), done)
    progress.advance(1, PART, some, done)
    assert (progress.progress(1, PART), progress.progresses(1)) == (done, {1: done})
    other = replace(PART, version_id="v2")
    assert progress.progress(1, other) == none
    progress.advance(1, other, none, some)
    assert progress.progress(1, other) == some


def test_what_follows_comes_back_in_one_order_with_what_came_of_it(progress: ProgressStore) -> None:
    later, ended = replace(FOLLOW, version=10, merged=False), replace(FOLLOW, outcome="merges_followed")
    for one in (later, FOLLOW, replace(ended, deeds={"certificates_followed": 1})):
        progress.keep_follow(1, one)
    progress.keep_follow(WAITING, FOLLOW)
    assert list(progress.follows(1)) == [replace(ended, deeds={"certificates_followed": 1}), later]
    progress.drop_follow(WAITING, FOLLOW)
    assert list(progress.follows(WAITING)) == []
    assert len(list(progress.follows(1))) == 2


@pytest.mark.parametrize("number", ["v1:p", None])
def test_a_look_is_kept_until_somebody_has_looked_and_what_came_of_it_then(
    progress: ProgressStore, number: str | None
) -> None:
    look = replace(LOOK, ref=replace(LOOK.ref, person_key=number))
    progress.keep_look(1, look, if_none=True)
    progress.keep_look(1, replace(look, deeds={}), if_none=True)
    assert list(progress.looks(1)) == [look]
    for deeds in ({}, {"certificates_suspended": 1}):
        progress.keep_look(1, replace(look, deeds=deeds))
        assert list(progress.looks(1)) == [replace(look, deeds=deeds)]
    progress.keep_look(1, look)
    assert list(progress.looks(1)) == [look]


def test_d13_a_number_in_doubt_and_the_archives_that_are_gone_are_kept_each(progress: ProgressStore) -> None:
    doubts = [Doubt("v1:p", "r1"), Doubt("v1:p", "r1", "a1:x"), Doubt("v1:q", "r2")]
    for one in doubts[::-1]:
        progress.keep_doubt(one)
    assert list(progress.doubts()) == doubts
    progress.drop_doubt(doubts[1])
    assert list(progress.doubts()) == [doubts[0], doubts[2]]
    progress.drop_doubt(doubts[0])
    assert list(progress.doubts()) == doubts[2:]


def test_d22_what_a_feed_leaves_goes_after_180_days_and_what_waits_stays(
    dynamodb: MemoryDynamoDB, progress: ProgressStore
) -> None:
    progress.put_check(1, CHECK)
    progress.advance(1, PART, Progress(0, {}), Progress(3, {}, done=True))
    progress.keep_look(1, LOOK)
    progress.keep_follow(1, FOLLOW)
    progress.keep_follow(WAITING, FOLLOW)
    progress.keep_doubt(Doubt("v1:p", "r1"))
    kept = str(epoch(FakeClock()()) + 180 * 86_400)
    told = [(place[0], item.get("ttl", {}).get("N")) for place, item in dynamodb.tables[TABLE].items()]
    assert sorted(told) == [
        ("DOUBT", None),
        ("FOLLOW#000000001", kept),
        ("FOLLOW#waiting", None),
        ("LOOK#000000001", kept),
        ("PART#000000001", kept),
        ("PART#000000001", kept),
    ]
