"""What a check finds, what goes to quarantine, and when a whole feed is refused (invariants 6 and 7)."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from local.feed.writer import Fault
from tests.unit.corrections.samples import (
    CHILD,
    MOTHER,
    Context,
    Night,
    archive_key,
    fake_night,
    guardian,
    row,
)
from vaxcert.corrections.feed.form import BadRow
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import LeaseLost, NotAccepted, RunState
from vaxcert.corrections.steps.checking import MOST_REASONS, MOST_REPORTED, _Report


def mixed(good: int, bad: int) -> list[dict[str, Any]]:
    return [row(f"G{number}") for number in range(good)] + [
        row(f"X{number}", op="drop") for number in range(bad)
    ]


def test_bad_rows_are_quarantined_and_the_rest_is_applied() -> None:
    night = fake_night()
    figures = night.settle(mixed(19, 1))
    assert (figures["inserted"], figures["bad"], figures["rows"]) == (19, 1, 20)
    ((key, report),) = night.bucket.quarantined.items()
    digest = night.runs.records[1].manifest_sha256
    assert key == f"quarantine/2026-03-01/000000001-{digest[:12]}/part-00001.ndjson"
    assert [json.loads(line) for line in report.splitlines()] == [
        {"line": 20, "reason": "literal_error:/op", "archive_no": "X0"}
    ]


def test_bad_rows_are_counted_by_reason_per_part_and_in_the_run_record() -> None:
    night = fake_night()
    night.settle([*mixed(60, 2), row("Y0", system="dental")], parts=3)
    assert night.runs.bad_rows[1] == {"literal_error:/op": 2, "literal_error:/system": 1}
    checks = night.progress.checks(1)
    assert [sum(check.reasons.values()) for check in checks.values()] == [
        check.bad for check in checks.values()
    ]


def test_a_report_names_ten_thousand_rows_and_fifty_reasons_at_most() -> None:
    """Every bad row is counted all the same: those of further reasons under one name."""
    report = _Report()
    for line in range(1, MOST_REPORTED + 2):
        report.add(line, BadRow(f"reason-{min(line, MOST_REASONS + 1)}", None))
    report.add(line, BadRow("reason-1", None))
    assert report.reasons["reason-1"] == 2
    assert report.content().count(b"\n") == MOST_REPORTED
    assert list(report.reasons) == [*(f"reason-{n}" for n in range(1, MOST_REASONS + 1)), "other"]
    assert sum(report.reasons.values()) == MOST_REPORTED + 2


def test_a_released_row_is_put_in_again_under_its_own_version_r37() -> None:
    """Nothing stands of a quarantined row, so a later feed may tell of it again; one that was overtaken meanwhile is skipped."""
    night = fake_night()
    night.settle([*mixed(40, 0), row("X1", 3, op="drop"), row("X2", 3, op="drop")])
    night.settle([row("X2", 4)])
    figures = night.settle([row("X1", 3), row("X2", 3)])
    assert (figures["inserted"], figures["skipped"], figures["bad"]) == (1, 1, 0)
    versions = {archive.key: archive.version for archive in night.everything()}
    assert (versions[archive_key("X1")], versions[archive_key("X2")]) == (3, 4)


def test_a_line_that_is_no_json_is_quarantined() -> None:
    night = fake_night()
    night.feed([row(f"G{number}") for number in range(30)], hostile=[Fault.FOREIGN_ROW])
    night.run()
    (report,) = night.bucket.quarantined.values()
    assert json.loads(report) == {"line": 31, "reason": "json_invalid:/", "archive_no": None}
    assert len(night.register.all()) == 30


@pytest.mark.parametrize(
    ("good", "bad", "accepted"), [(95, 5, True), (94, 6, False), (19, 1, True), (18, 1, False)]
)
def test_too_large_a_share_of_bad_rows_in_the_feed_refuses_it_whole(
    good: int, bad: int, accepted: bool
) -> None:
    night = fake_night()
    night.feed(mixed(good, bad), parts=7)
    if accepted:
        night.run()
        assert len(night.register.all()) == good
        return
    with pytest.raises(FeedRefused, match="too_many_bad_rows"):
        night.run()
    assert night.register.all() == {}
    assert night.runs.lease is None


def test_the_share_is_of_the_feed_and_not_of_a_part() -> None:
    night = fake_night()
    rows = [row("X", op="drop"), *(row(f"G{number}") for number in range(39))]
    night.feed(rows, parts=20)  # half of the first part is bad
    night.run()
    assert len(night.register.all()) == 39


def test_nothing_is_applied_where_the_last_part_is_bad_invariant_6() -> None:
    night = fake_night()
    feed = night.feed([row(f"A{number}") for number in range(10)], parts=5, drop=False)
    files = dict(feed.files)
    files["archives-00005.ndjson.gz"] = files["archives-00001.ndjson.gz"]
    night.bucket.drop(feed.business_date, files)
    with pytest.raises(FeedRefused, match="part_hash"):
        night.run()
    assert night.register.all() == {}


def test_a_part_of_more_lines_than_the_manifest_counts_is_not_read_to_its_end() -> None:
    """A bomb of lines would keep the function until it is ended, again and again, and no reason would be told."""
    night = fake_night()
    night.feed([row()])
    state, part = _feed(night)
    bomb = gzip.compress(b"\n" * 5_000_000)
    pinned = night.runs.records[1].parts[0]
    digest = hashlib.sha256(bomb).hexdigest()
    night.bucket.versions[pinned.key] = [bomb]
    night.runs.records[1] = replace(
        night.runs.records[1], parts=(replace(pinned, version_id="1-", sha256=digest),)
    )
    found = night.check({**state, "part": part}, Context())
    assert (found["fault"], found["rows"], found["bad"]) == ("rows", 2, 1)


def test_warnings_are_counted_and_published_r9_r10() -> None:
    night = fake_night()
    figures = night.settle(
        [row("A1", id_no=None), row("A2", id_no="123"), row("A3", guardians=[guardian(None), guardian("x")])]
    )
    assert figures["number_missing"] == figures["number_malformed"] == 1
    assert figures["guardian_number_missing"] == figures["guardian_number_malformed"] == 1
    assert figures["inserted"] == 3


def _feed(night: Night) -> tuple[dict[str, Any], dict[str, Any]]:
    opened = night.open({"run": "run-1"}, Context())
    feed = {name: opened[name] for name in ("run", "sequence", "manifest_sha256")}
    return feed, opened["parts"][0]


def test_an_unchecked_feed_is_neither_judged_good_nor_applied_invariant_6() -> None:
    night = fake_night()
    night.feed([row()])
    feed, part = _feed(night)
    with pytest.raises(NotAccepted, match="part_unchecked"):
        night.close({**feed, "phase": "judge"}, Context())
    with pytest.raises(NotAccepted):
        night.apply({**feed, "part": part}, Context())
    night.check({**feed, "part": part}, Context())
    with pytest.raises(NotAccepted):
        night.apply({**feed, "part": part}, Context())
    night.close({**feed, "phase": "judge"}, Context())
    with pytest.raises(NotAccepted):
        night.apply({**feed, "part": part}, Context())
    with pytest.raises(NotAccepted, match="part_unweighed"):
        night.close({**feed, "phase": "decide"}, Context())
    with pytest.raises(NotAccepted):
        night.close({**feed, "phase": "close"}, Context())
    assert night.register.all() == {}


def test_a_check_of_an_earlier_upload_does_not_count() -> None:
    night = fake_night()
    feed = night.feed([row()])
    state, part = _feed(night)
    night.check({**state, "part": part}, Context())
    night.bucket.drop(feed.business_date, {"archives-00001.ndjson.gz": b"broken"})
    state, _ = _feed(night)
    with pytest.raises(NotAccepted, match="part_unchecked"):
        night.close({**state, "phase": "judge"}, Context())


def test_steps_of_another_manifest_or_run_are_turned_away() -> None:
    night = fake_night()
    night.feed([row()])
    feed, part = _feed(night)
    with pytest.raises(NotAccepted):
        night.check({**feed, "manifest_sha256": "0" * 64, "part": part}, Context())
    with pytest.raises(NotAccepted):
        night.check({**feed, "part": {"index": 2}}, Context())
    for handler, more in (
        (night.check, {"part": part}),
        (night.apply, {"part": part}),
        (night.apply, {"phase": "weigh", "part": part}),
        (night.close, {"phase": "judge"}),
        (night.close, {"phase": "decide"}),
    ):
        with pytest.raises(LeaseLost):
            handler({**feed, **more, "run": "run-2"}, Context())


@pytest.mark.parametrize("other", [{"sequence": 2}, {"manifest_sha256": "0" * 64}])
def test_invariant_6_a_part_of_another_feed_is_neither_checked_nor_weighed_nor_applied(
    other: dict[str, Any],
) -> None:
    night = fake_night()
    night.feed([row()])
    feed, part = _feed(night)
    for handler, phase in ((night.check, "check"), (night.apply, "weigh")):
        with pytest.raises(NotAccepted, match="feed_not_open"):
            handler({**feed, **other, "phase": phase, "part": part}, Context())
    night.accept(feed, [part])
    with pytest.raises(NotAccepted):
        night.apply({**feed, **other, "phase": "apply", "part": part}, Context())
    assert night.register.all() == {}


def test_invariant_6_of_a_feed_that_is_refused_nothing_is_checked() -> None:
    night = fake_night()
    night.feed([row("A1", op="drop")])
    feed, part = _feed(night)
    night.runs.records[1] = replace(night.runs.records[1], state=RunState.REFUSED)
    with pytest.raises(NotAccepted, match="feed_not_open"):
        night.check({**feed, "part": part}, Context())
    assert night.bucket.quarantined == {}
    assert night.progress.checks(1) == {}


def test_nothing_of_a_person_reaches_log_or_quarantine_invariant_7(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = fake_night()
    bad = row("A2")
    bad["person"]["name"] = ["张三", CHILD]
    night.feed([row(), bad, *(row(f"G{number}") for number in range(20))])
    night.run()
    told = capsys.readouterr().out + "".join(map(bytes.decode, night.bucket.quarantined.values()))
    assert "A2" in told
    for secret in (CHILD, MOTHER, "张三", "李四", "10000000001"):
        assert secret not in told
