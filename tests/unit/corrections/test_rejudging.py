"""Going through what stood before D13: when it is due, what is asked of each, where a call stops, and that the next goes on there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from local import jws
from tests.fakes.clients import stands_in
from tests.fakes.sealing import fake_sealer
from tests.faults.memory import TABLES, MemoryDynamoDB
from tests.unit.corrections.fakes import FakeProgress
from tests.unit.corrections.samples import (
    CHILD,
    MOTHER,
    PROVINCE,
    SIBLING,
    Night,
    archive_key,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.archives.store import to_item
from vaxcert.aws.dynamodb import Item, N, S, transact
from vaxcert.claims.items import CertificateOps
from vaxcert.claims.model import RELEASED
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.run.model import Counts, PersonRef, Run
from vaxcert.corrections.run.progress import Doubt
from vaxcert.corrections.steps.opening import Opening, Rejudge
from vaxcert.corrections.steps.rejudging import SEGMENTS, Rejudging, Segment, Segments, What

PLACE = {"pk": S("a1:1")}


class Table:
    """A page of some items and one of none, and everything else that a call asks for on its way."""

    def __init__(self, *found: Item) -> None:
        self.found = found
        self.kept: list[Any] = []
        self.renewed = 0

    def scan(self, **asked: Any) -> dict[str, Any]:
        if "ExclusiveStartKey" in asked:
            return {"Items": []}
        return {"Items": list(self.found), "LastEvaluatedKey": PLACE}

    def renew(self, owner: str) -> None:
        assert owner == "run-1"
        self.renewed += 1

    def at(self, segment: Segment) -> tuple[Any, bool]:
        return (self.kept[-1] if self.kept else None), False

    def keep(self, segment: Segment, last: Any) -> None:
        self.kept.append(last)


def _rejudging(table: Table, **given: Any) -> Rejudging:
    """Over the table; what is not given is not asked."""
    names = ("client", "runs", "segments", "archives", "writer", "doubts", "opener", "keeper", "clock")
    unused = dict.fromkeys(names, stands_in(table))
    return Rejudging(tables=(TABLES["ArchivesTable"], TABLES["CertificatesTable"]), **(unused | given))


@pytest.mark.parametrize(("left", "goes_on"), [(60.0, True), (59.9, False)])
@pytest.mark.parametrize("what", What)
def test_d13_a_segment_is_gone_through_while_a_minute_is_left(what: What, left: float, goes_on: bool) -> None:
    table = Table()
    done = _rejudging(table).go_through("run-1", Segment(what, 0), lambda: left)
    assert done == ({}, goes_on)
    assert table.kept == ([PLACE, None] if goes_on else [PLACE])
    assert table.renewed == 1 + goes_on


def test_d13_each_archive_is_asked_for_its_birth_date_and_each_number_for_its_names() -> None:
    night = fake_night()
    night.settle(
        [
            row("A1"),
            row("A2", name="吴小例"),
            row("A3", id_no=None),
            row("A4", id_no=SIBLING),
            row("A5", id_no=MOTHER),
        ]
    )
    stored = night.register.all()
    wrong = replace(stored[archive_key("A5")], birth_date=date(2020, 1, 2))  # as it was stored before D13
    unbelieved: list[Any] = []
    doubts = FakeProgress()
    rejudging = _rejudging(
        Table(*map(to_item, (stored | {wrong.key: wrong}).values())),
        archives=night.register,
        writer=SimpleNamespace(unbelieve=unbelieved.append),
        doubts=doubts,
        opener=fake_sealer(),
        clock=night.clock,
    )
    counts, done = rejudging.go_through("run-1", Segment(What.ARCHIVES, 0), lambda: 900)
    assert (counts, done) == ({"numbers_unbelieved": 1, "names_doubted": 2}, True)
    assert [one.key for one in unbelieved] == [wrong.key]
    assert list(doubts.doubts()) == [Doubt(subject(CHILD), record_of(CHILD))]


def test_d13_each_live_certificate_of_before_is_asked_where_it_belongs() -> None:
    claimed = _registered().claim(record_of(CHILD), subject(MOTHER))
    before = replace(claimed, name_key=None)
    over = replace(before, certificate_id="c2", record_id="r2", standing=RELEASED)
    since = replace(claimed, certificate_id="c3", record_id="r3")
    dynamodb = MemoryDynamoDB()
    for one in (before, over, since):
        transact(stands_in(dynamodb), CertificateOps(TABLES["CertificatesTable"]).made(one, None))
    segments = Segments(stands_in(dynamodb), TABLES["FeedRunsTable"])
    asked: list[PersonRef] = []

    def settle(ref: PersonRef) -> Counts:
        asked.append(ref)
        return {"certificates_relinked": 1}

    rejudging = _rejudging(Table(), client=dynamodb, segments=segments, keeper=SimpleNamespace(settle=settle))
    told = [
        rejudging.go_through("run-1", Segment(What.CERTIFICATES, number), lambda: 900)
        for number in range(SEGMENTS)
    ]
    assert all(done for _, done in told)
    assert [counts for counts, _ in told if counts] == [{"certificates_relinked": 1}]
    assert asked == [PersonRef(record_of(CHILD), subject(CHILD), archive_key("A1"))]


@pytest.mark.parametrize(("rule", "left"), [(12, SEGMENTS), (13, 0), (14, 0)])
def test_d13_what_was_gone_through_by_an_earlier_rule_is_gone_through_again(rule: int, left: int) -> None:
    dynamodb = MemoryDynamoDB()
    segments = Segments(stands_in(dynamodb), TABLES["FeedRunsTable"])
    dynamodb.put_item(
        TableName=TABLES["FeedRunsTable"], Item={"pk": S("FEED"), "sk": S("RULE"), "rule": N(rule)}
    )
    assert len(segments.pending()) == left


class Rules:
    """Whether anything of before D13 may stand, until somebody says that nothing does."""

    def __init__(self) -> None:
        self.left: tuple[Segment, ...] = (Segment(What.ARCHIVES, 0),)

    def pending(self) -> tuple[Segment, ...]:
        return self.left

    def all_done(self) -> None:
        self.left = ()


def _registered() -> Night:
    night = fake_night()
    night.settle([row()])
    return night


@pytest.mark.parametrize("stands", ["nothing", "a feed that is applied", "a feed that was begun"])
def test_d13_what_stands_is_gone_through_before_the_next_feed_and_a_new_register_has_nothing(
    stands: str,
) -> None:
    night = _registered() if stands == "a feed that is applied" else fake_night()
    night.feed([row(version=2)])
    rules = Rules()
    if stands == "a feed that was begun":
        night.open({"run": "run-1"}, None)
    key = FeedKey(jws.compact_json(jws.public_half(PROVINCE)).decode())
    found = Opening(night.runs, rules, night.bucket, key, night.clock).next("run-1")
    if stands == "nothing":
        assert isinstance(found, Run)
        assert rules.left == ()
    else:
        assert found == Rejudge((Segment(What.ARCHIVES, 0),))
        assert rules.left
