"""Which feed is opened, and which refused (R38, D2, invariant 6)."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from local import jws
from local.feed.writer import Fault, FeedWriter
from tests.fakes.clients import stands_in
from tests.unit.corrections.fakes import FakeBucket, FakeRules
from tests.unit.corrections.samples import DAY, PROVINCE, Context, Night, fake_night, row
from vaxcert.corrections.feed.form import MOST_PARTS, MOST_ROWS
from vaxcert.corrections.feed.model import FeedRefused, Manifest, Part
from vaxcert.corrections.feed.signature import FeedKey
from vaxcert.corrections.run.model import AsOf, PinnedPart, Run, RunState, require_next
from vaxcert.corrections.run.runs import RunStore
from vaxcert.corrections.steps.opening import Opening, days_missing


def opened(night: Night, owner: str = "run-1") -> dict[str, object]:
    return night.open({"run": owner}, Context())


def refused(night: Night) -> str:
    with pytest.raises(FeedRefused) as error:
        night.run()
    assert night.register.all() == {} or night.runs.as_of() is not None
    return error.value.code


def test_nothing_to_do_is_no_failure() -> None:
    night = fake_night()
    assert opened(night) == {"status": "nothing", "reason": "up_to_date", "as_of": None}
    night.settle([row()])
    assert opened(night) == {"status": "nothing", "reason": "up_to_date", "as_of": "2026-03-01"}
    assert night.runs.lease is None


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(2026, 3, 1, 4, 0, tzinfo=UTC), "nothing"),  # noon of the day itself
        (datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), "nothing"),  # its last second in Shanghai
        (datetime(2026, 3, 1, 16, 0, tzinfo=UTC), "open"),  # 00:00 of the next
        (datetime(2026, 2, 20, 0, 0, tzinfo=UTC), "nothing"),  # sent ahead of its time
    ],
)
def test_a_feed_is_left_alone_until_its_day_is_over_d2_invariant_6(now: datetime, status: str) -> None:
    night = fake_night()
    night.feed([row()])
    night.clock.now = now
    answer = opened(night)
    assert answer["status"] == status
    if status == "nothing":
        assert answer["reason"] == "not_yet"
        assert night.runs.lease is None


def test_feeds_that_piled_up_are_applied_one_after_another() -> None:
    night = fake_night()
    for version in (1, 2, 3):
        night.feed([row(version=version)])
    told = night.run()
    assert [event.get("sequence") for event in told if event["status"] == "applied"] == [1, 2, 3]
    assert night.everything()[0].version == 3


def test_days_without_a_feed_are_no_gap_and_a_feed_still_arriving_is_waited_for() -> None:
    night = fake_night()
    night.settle([row()])
    feed = night.feed([row(version=2)], day=DAY + timedelta(days=5), drop=False)
    late = {name: content for name, content in feed.files.items() if name == "manifest.json"}
    night.bucket.drop(
        feed.business_date, {name: feed.files[name] for name in feed.files.keys() - late.keys()}
    )
    assert opened(night)["reason"] == "up_to_date"
    night.bucket.drop(feed.business_date, late)
    assert opened(night)["status"] == "open"


def test_parts_are_pinned_to_the_versions_that_stood() -> None:
    night = fake_night()
    feed = night.feed([row()])
    assert opened(night)["parts"] == [{"index": 1, "key": "2026-03-01/archives-00001.ndjson.gz", "rows": 1}]
    (part,) = night.runs.find(1).parts
    assert part.version_id.startswith("1-")
    night.bucket.drop(feed.business_date, {"archives-00001.ndjson.gz": b"something else"})
    assert night.bucket.pin(part.key) != part.version_id


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.FOREIGN_KEY, "signature_bad"),
        (Fault.UNSIGNED, "signature_malformed"),
        (Fault.ATTACHED, "signature_malformed"),
        (Fault.ALTERED_MANIFEST, "signature_bad"),
        (Fault.BROKEN_CHAIN, "chain_broken"),
        (Fault.TOTAL_COUNT, "rows_mismatch"),
        (Fault.PART_MISSING, "part_missing"),
        (Fault.PART_KEY_ESCAPES, "manifest_malformed"),
        (Fault.PART_HASH, "part_hash"),
        (Fault.PART_COUNT, "part_rows"),
        (Fault.PART_TRUNCATED, "part_gzip"),
        (Fault.PART_NOT_GZIP, "part_gzip"),
    ],
)
def test_a_feed_that_is_not_as_signed_is_refused_whole_and_a_good_one_replaces_it(
    fault: Fault, reason: str
) -> None:
    night = fake_night()
    rows = [row(f"A{number}") for number in range(6)]
    night.feed(rows, parts=2, hostile=[fault])
    assert refused(night) == reason
    assert night.register.all() == {}
    assert night.runs.reasons[1] == reason
    assert night.runs.lease is None  # the replacement need not wait
    night.feed(rows, parts=2)
    night.run()
    assert len(night.register.all()) == 6


def test_a_manifest_without_signature_is_refused() -> None:
    night = fake_night()
    night.feed([row()])
    night.bucket.remove("2026-03-01/manifest.json.jws")
    assert refused(night) == "signature_missing"


@pytest.mark.parametrize(
    ("sequence", "reason"), [(1, "sequence_repeated"), (3, "sequence_gap"), (999, "sequence_gap")]
)
def test_gaps_and_repeated_numbers_are_refused(sequence: int, reason: str) -> None:
    night = fake_night()
    first = night.feed([row()])
    night.run()
    night.feed(
        [row(version=2)], sequence=sequence, day=DAY + timedelta(days=1), previous=first.manifest_sha256
    )
    assert refused(night) == reason
    assert night.everything()[0].version == 1


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, False), (1, True)])
def test_invariant_6_a_feed_is_of_a_later_day_than_the_one_before(days: int, taken: bool) -> None:
    applied = AsOf(DAY, 1, "0" * 64)
    next_one = Manifest("f", DAY + timedelta(days=days), 2, applied.manifest_sha256, (), 0, "1" * 64)
    if taken:
        require_next(next_one, next_one.business_date, applied)
    else:
        with pytest.raises(FeedRefused, match="business_date_repeated"):
            require_next(next_one, next_one.business_date, applied)


def test_the_first_feed_has_number_one_and_no_previous_one() -> None:
    night = fake_night()
    night.feed([row()], sequence=2)
    assert refused(night) == "sequence_gap"
    night = fake_night()
    night.feed([row()], previous="0" * 64)
    assert refused(night) == "chain_broken"


def test_a_fork_is_refused() -> None:
    """Two feeds that both continue the first: the one with the earlier day is taken, the other has its number too."""
    night = fake_night()
    first = night.feed([row()])
    night.run()
    for days in (1, 2):
        night.feed(
            [row(version=1 + days)],
            sequence=2,
            day=DAY + timedelta(days=days),
            previous=first.manifest_sha256,
        )
    assert refused(night) == "sequence_repeated"
    assert night.everything()[0].version == 2


def test_another_content_under_an_applied_number_is_refused() -> None:
    night = fake_night()
    night.feed([row()])
    night.run()
    forged = FeedWriter(PROVINCE).write(None, DAY, 1, None, [row(version=9)], check=False)  # type: ignore[list-item]
    night.bucket.drop(DAY, dict(forged.files))
    night.feed([row(version=2)])
    assert refused(night) == "applied_feed_changed"


def test_an_applied_feed_dropped_again_or_tidied_away_changes_nothing() -> None:
    night = fake_night()
    feed = night.feed([row()])
    night.run()
    night.bucket.drop(DAY, dict(feed.files))
    assert opened(night)["reason"] == "up_to_date"
    for name in feed.files:
        night.bucket.remove(f"2026-03-01/{name}")
    assert night.settle([row(version=2)])["replaced"] == 1


def test_a_manifest_under_another_date_is_refused() -> None:
    night = fake_night()
    feed = night.feed([row()], drop=False)
    night.bucket.drop(DAY - timedelta(days=1), dict(feed.files))
    assert refused(night) == "business_date_mismatch"


def test_a_feed_that_was_judged_good_goes_on_as_pinned_though_it_was_replaced() -> None:
    night = fake_night()
    night.feed([row()])
    opening = opened(night)
    feed = {name: opening[name] for name in ("run", "sequence", "manifest_sha256")}
    night.accept(feed, opening["parts"])  # type: ignore[arg-type]
    other = FeedWriter(PROVINCE).write(None, DAY, 1, None, [row(version=5)], check=False)  # type: ignore[list-item]
    night.bucket.drop(DAY, dict(other.files))
    again = opened(night)
    assert again["accepted"] is True
    assert again["manifest_sha256"] == opening["manifest_sha256"]
    with pytest.raises(FeedRefused, match="applied_feed_changed"):
        night.run()
    assert night.everything()[0].version == 1


def test_a_second_run_finds_the_first_at_work_until_its_lease_ends() -> None:
    night = fake_night()
    night.feed([row()])
    assert opened(night, "run-1")["status"] == "open"
    assert opened(night, "run-2")["reason"] == "busy"
    assert opened(night, "run-1")["status"] == "open"
    night.clock.advance(minutes=21)
    assert opened(night, "run-2")["status"] == "open"
    assert opened(night, "run-1")["reason"] == "busy"


def test_abandoning_gives_the_lease_up() -> None:
    night = fake_night()
    night.feed([row()])
    opened(night, "run-1")
    night.close({"phase": "abandon", "run": "run-2"}, Context())
    assert opened(night, "run-2")["reason"] == "busy"
    assert night.close({"phase": "abandon", "run": "run-1"}, Context()) == {"status": "abandoned"}
    assert opened(night, "run-2")["status"] == "open"


def test_an_empty_feed_moves_as_of_on() -> None:
    night = fake_night()
    figures = night.settle([])
    assert figures["rows"] == 0
    as_of = night.runs.as_of()
    assert as_of is not None
    assert as_of.business_date == DAY
    assert night.runs.records[1].state is RunState.APPLIED


def test_a_manifest_too_large_to_be_one_is_refused() -> None:
    night = fake_night()
    night.bucket.drop(DAY, {"manifest.json": bytes(2 << 20), "manifest.json.jws": b"x..y"})
    assert refused(night) == "manifest_malformed"
    night.bucket.drop(DAY, {"manifest.json": jws.compact_json({}), "manifest.json.jws": bytes(1 << 16)})
    assert refused(night) == "manifest_malformed"


def test_dates_are_looked_for_after_the_last_applied_only() -> None:
    night = fake_night()
    night.settle([row()])
    assert night.bucket.dates_after(DAY) == []
    assert night.bucket.dates_after(date(2026, 2, 28)) == [DAY]


@pytest.mark.parametrize(
    ("hour", "as_of", "days"),
    [
        ("2026-03-02T05:59:00+08:00", "2026-02-28", 0),  # the night is still at work
        ("2026-03-02T06:00:00+08:00", "2026-02-28", 1),
        ("2026-03-02T08:30:00+08:00", "2026-03-01", 0),
        ("2026-03-03T00:30:00+08:00", "2026-02-28", 2),  # missing since yesterday: not forgotten at midnight
        ("2026-03-03T00:30:00+08:00", "2026-03-01", 0),
    ],
)
def test_a_missing_feed_is_told_from_six_o_clock_on_d2(hour: str, as_of: str, days: int) -> None:
    last = AsOf(date.fromisoformat(as_of), 1, "0" * 64)
    assert days_missing(last, datetime.fromisoformat(hour)) == days
    assert days_missing(None, datetime.fromisoformat(hour)) == 0


def _missing_days(capsys: pytest.CaptureFixture[str]) -> list[int]:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["feed_missing_days"] for line in told if "feed_missing_days" in line]


def test_every_run_that_looks_publishes_what_is_missing_and_as_of_stays_honest_d2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = fake_night()
    night.settle([row()])
    night.clock.advance(days=2)
    capsys.readouterr()
    assert opened(night) == {"status": "nothing", "reason": "up_to_date", "as_of": "2026-03-01"}
    assert _missing_days(capsys) == [2]


def test_a_night_with_nothing_to_do_says_that_nothing_is_missing_d2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An alarm that hears nothing cannot tell a quiet night from one that never ran."""
    night = fake_night()
    assert opened(night)["status"] == "nothing"
    night.settle([row()])
    capsys.readouterr()
    assert opened(night)["reason"] == "up_to_date"
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    figures = [(one["feed_missing_days"], one["feed_held"]) for one in told if "_aws" in one]
    assert figures == [(0, 0)]


def test_a_refused_feed_is_missing_and_an_applied_one_is_not_any_more_d2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = fake_night()
    night.settle([row()])
    night.clock.advance(days=2, hours=6)
    capsys.readouterr()
    night.feed([row(version=2)], hostile=[Fault.BROKEN_CHAIN])
    with pytest.raises(FeedRefused):
        opened(night)
    assert _missing_days(capsys) == [2]
    night.feed([row(version=2)])
    night.feed([row(version=3)])
    night.run()
    assert _missing_days(capsys) == [2, 1, 0]


def test_a_run_that_finds_another_at_work_says_nothing_of_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = fake_night()
    night.feed([row()])
    opened(night, "run-1")
    capsys.readouterr()
    assert opened(night, "run-2")["reason"] == "busy"
    assert _missing_days(capsys) == []


def test_the_most_parts_with_the_longest_names_fit_a_state_and_a_record() -> None:
    """Step Functions carries 256 KB from state to state, DynamoDB 400 KB in an item; S3's version ids have 32 characters."""
    name, version = "n" * 128, "v" * 32
    parts = tuple(
        PinnedPart(index, f"2026-03-01/{name}", version, MOST_ROWS, "0" * 64)
        for index in range(1, MOST_PARTS + 1)
    )
    night = fake_night()
    rows = MOST_PARTS * MOST_ROWS
    run = Run(1, DAY, "f" * 128, "0" * 64, rows, parts, RunState.ACCEPTED, {})
    night.runs.records[1] = run
    assert len(json.dumps(opened(night))) < 200_000

    class Recorded:
        def put_item(self, **request: Any) -> dict[str, Any]:
            self.item = request["Item"]
            return {}

    table = Recorded()
    listed = tuple(Part(part.index, name, part.rows, part.sha256) for part in parts)
    manifest = Manifest("f" * 128, DAY, 1, None, listed, rows, "0" * 64)
    RunStore(stands_in(table), "runs", night.clock).open(manifest, parts)
    assert len(json.dumps(table.item)) < 400_000


def test_a_thousand_parts_are_pinned_side_by_side() -> None:
    class Slow(FakeBucket):
        def pin(self, key: str) -> str | None:
            time.sleep(0.01)
            return super().pin(key)

    night = fake_night()
    slow = Slow()
    slow.versions = night.bucket.versions
    night.feed([row(f"A{number}") for number in range(160)], parts=160)
    key = FeedKey(jws.compact_json(jws.public_half(PROVINCE)).decode())
    began = time.monotonic()
    run = Opening(night.runs, FakeRules(), slow, key, night.clock).next("run-1")
    assert isinstance(run, Run)
    assert [part.index for part in run.parts] == list(range(1, 161))
    assert time.monotonic() - began < 0.8  # half of what one after another would take
