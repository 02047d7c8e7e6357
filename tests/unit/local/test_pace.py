"""A long night tells how far it is."""

from __future__ import annotations

import pytest

from local.feed.pace import Pace, told
from tests.unit.local.fake_aws import FakeAws


@pytest.mark.parametrize(
    ("done", "taken", "seconds", "line"),
    [
        (0, 0, 5.0, "写入 written 0 / 50,000 行 rows"),
        (4_000, 4_000, 5.0, "写入 written 4,000 / 50,000 行 rows，800 行/秒 a second，约剩 58 s left"),
        (4_000, 400, 5.0, "写入 written 4,000 / 50,000 行 rows，80 行/秒 a second，约剩 9 min 35 s left"),
        (50_000, 50_000, 60.0, "写入 written 50,000 / 50,000 行 rows，833 行/秒 a second，约剩 0 s left"),
    ],
)
def test_rows_rate_and_time_left(done: int, taken: int, seconds: float, line: str) -> None:
    assert told("写入 written", done, 50_000, taken, seconds) == line


def test_it_is_told_every_five_seconds_and_of_the_steps_that_count() -> None:
    heard: list[str] = []
    now, rows = [0.0], [1_000]
    pace = Pace(lambda _step: (rows[0], 10_000), heard.append, lambda: now[0])
    for second in range(13):
        now[0], rows[0] = float(second), 1_000 + 100 * second
        pace.at("CheckParts" if second < 2 else "ApplyParts")
    # Since the step began, not since the feed did: 1,200 rows were there when it was first seen.
    assert heard == [
        "写入 written 1,700 / 10,000 行 rows，100 行/秒 a second，约剩 83 s left",
        "写入 written 2,200 / 10,000 行 rows，100 行/秒 a second，约剩 78 s left",
    ]


def test_a_short_night_is_told_without_it() -> None:
    heard: list[str] = []
    pace = Pace(lambda _step: (5, 10), heard.append, lambda: 0.0)
    for step in ("OpenFeed", "CheckParts", "WeighParts", "ApplyParts", "CloseFeed"):
        pace.at(step)
        pace.at(step)
    assert heard == []


def test_rows_are_read_from_the_run_record_and_a_dry_runs_beside_it_d14() -> None:
    aws = FakeAws()
    digest = "ab" * 32
    assert aws.cloud()._rows("ApplyParts") is None
    aws.run = {"rows": {"N": "50000"}, "manifest_sha256": {"S": digest}}
    aws.as_of = {"sequence": {"N": "6"}}
    aws.parts = {"PART#000000007": [1_000, 500], f"PART#000000007#{digest[:16]}": [9_000]}
    assert aws.cloud()._rows("ApplyParts") == (1_500, 50_000)
    assert aws.cloud()._rows("WeighParts") == (9_000, 50_000)
