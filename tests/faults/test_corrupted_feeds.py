"""Corrupted feeds: none is partly published, and the good one that replaces it is taken (invariant 6, R38, D2).

`make prove` plays 1,000 of them, the default each kind twice. Run with `-s` to read what became of each kind.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from local.feed.writer import Fault, Feed, FeedWriter
from tests.counts import PROVE, often, tell
from tests.faults.corruption import CORRUPTIONS, Files, made_by_the_province
from tests.faults.faults import Plan
from tests.faults.night import Cloud, ExecutionFailed, Nights, Processes, rows_of
from tests.faults.playing import published
from tests.unit.corrections.samples import DAY, PROVINCE, archive_key, row
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import NotAccepted
from vaxcert.corrections.run.runs import RunStore

COUNT = often(2 * (len(CORRUPTIONS) + len(Fault)), 1000)


def test_no_corrupted_feed_is_partly_published_invariant_6() -> None:
    ends: Counter[str] = Counter()
    for seed in range(COUNT):
        dice = Random(f"corruption/{seed}")
        cloud = Cloud()
        nights = Nights(cloud, Plan(), most_bad=15)
        first = _feed(1, None, [row(f"A{number}") for number in range(6)], 1)
        rows = [row(f"A{number}", 2, doses=[]) for number in range(3, 12)]
        good = _feed(2, first.manifest_sha256, rows, 3)
        cloud.drop(DAY, first.files)
        cloud.until_day_after(DAY)
        nights.settle()
        before = published(cloud)
        name, arrives = _corrupted(seed, first, good, rows, dice)
        cloud.drop(good.business_date, arrives)
        cloud.until_day_after(good.business_date)
        end = _night(nights)
        ends[f"{name}: {end}"] += 1
        versions = {place[0]: item["version"]["N"] for place, item in rows_of(cloud, "ArchivesTable")}
        if end == "applied":  # a byte that says nothing, or one bad row among good ones
            told = {archive_key(f"A{number}") for number in range(3, 12)}
            late = [key for key in told if versions.get(key) != "2"]
            assert len(late) <= 1, (seed, name)
            assert _as_of(cloud) == 2
        else:
            assert published(cloud) == before, (seed, name)
            assert _as_of(cloud) == 1
            cloud.drop(good.business_date, good.files)
            assert _night(nights) == "applied", (seed, name)
        assert _as_of(cloud) == 2
    listed = "".join(f"\n  {count:4} {end}" for end, count in sorted(ends.items()))
    tell(f"{COUNT} corrupted feeds, 0 partly published:{listed}\n")
    assert len({end.partition(":")[0] for end in ends}) > 20


def test_a_part_replaced_while_the_night_is_at_work_changes_nothing_invariant_6() -> None:
    """What was checked is what is applied: every call of the night may find other bytes under the same name."""
    whole = Plan()
    expected = _replacing(whole, None)
    for at in range(1, whole.calls, 1 if PROVE else 7):
        assert _replacing(Plan(), at) in (expected, "refused"), at


def _replacing(plan: Plan, at: int | None) -> Any:
    cloud = Cloud()
    feed = _feed(1, None, [row(f"A{number}") for number in range(6)], 2)
    other = _feed(1, None, [row(f"A{number}", 5, doses=[]) for number in range(6)], 2)
    cloud.drop(DAY, feed.files)
    cloud.until_day_after(DAY)

    def replace() -> None:
        if plan.calls == at:
            cloud.drop(DAY, {name: content for name, content in other.files.items() if "archives" in name})

    plan.before = replace
    try:
        Nights(cloud, plan).settle()
    except FeedRefused:
        assert not list(rows_of(cloud, "ArchivesTable"))
        return "refused"
    return [(place, item["version"]) for place, item in rows_of(cloud, "ArchivesTable")]


def test_a_step_that_is_asked_for_another_feed_than_was_judged_applies_nothing() -> None:
    cloud = Cloud()
    feed = _feed(1, None, [row()], 1)
    cloud.drop(DAY, feed.files)
    cloud.until_day_after(DAY)
    steps = Processes(cloud, Plan())
    opened = steps.call("open", {"run": "r"})
    event = {name: opened[name] for name in ("run", "sequence", "manifest_sha256")}
    for digest in (opened["manifest_sha256"], "0" * 64):  # not judged yet; never heard of
        with pytest.raises(NotAccepted):
            steps.call("apply", {**event, "manifest_sha256": digest, "part": opened["parts"][0]})
        assert not list(rows_of(cloud, "ArchivesTable"))


def _feed(sequence: int, previous: str | None, rows: list[Any], parts: int) -> Feed:
    day = DAY + timedelta(days=sequence - 1)
    return FeedWriter(PROVINCE).write(None, day, sequence, previous, rows, parts, check=False)


def _corrupted(seed: int, first: Feed, good: Feed, rows: list[Any], dice: Random) -> tuple[str, Files]:
    faults = list(Fault)
    chosen = seed % (len(CORRUPTIONS) + len(faults))
    if chosen < len(CORRUPTIONS):
        corruption = CORRUPTIONS[chosen]
        return corruption.__name__, corruption(first, good, dice)
    fault = faults[chosen - len(CORRUPTIONS)]
    return fault.value, made_by_the_province(good.business_date, 2, first.manifest_sha256, rows, fault)


def _night(nights: Nights) -> str:
    try:
        nights.execute()
    except FeedRefused as refused:
        return f"refused, {refused.code}"
    except ExecutionFailed as failed:
        return f"failed, {failed}"
    return "applied" if _as_of(nights.cloud) == 2 else "left, it has not arrived"


def _as_of(cloud: Cloud) -> int:
    as_of = RunStore(cloud.dynamodb, cloud.tables["FeedRunsTable"], cloud.clock).as_of()
    return as_of.sequence if as_of else 0
