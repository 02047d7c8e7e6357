"""A part taken stretch by stretch: where it stops, where it goes on, and that each line is worked on once (invariant 6)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from vaxcert.corrections.feed.form import LONGEST_LINE
from vaxcert.corrections.feed.part import BrokenPart
from vaxcert.corrections.run.model import Counts, PinnedPart
from vaxcert.corrections.run.progress import Ledger, Progress
from vaxcert.corrections.steps.stretches import take_through

PART = PinnedPart(0, "2026-06-30/archives-00001.ndjson.gz", "v1", 5, "0" * 64)


class Night:
    """A part of a bucket, its progress, and a clock that shows what is left after each stretch."""

    def __init__(self, lines: list[bytes], *left: float) -> None:
        self.content = gzip.compress(b"\n".join(lines))
        self.kept = [Progress(0, {})]
        self.taken: list[bytes] = []
        self.left = iter(left)

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        assert (key, version_id) == (PART.key, PART.version_id)
        yield self.content

    def progress(self, ledger: Ledger, part: PinnedPart) -> Progress:
        assert (ledger, part) == (7, PART)
        return self.kept[-1]

    def advance(self, ledger: Ledger, part: PinnedPart, before: Progress, after: Progress) -> None:
        assert (ledger, part, before) == (7, PART, self.kept[-1])
        self.kept.append(after)

    def work(self, lines: tuple[bytes, ...]) -> Counts:
        self.taken += lines
        return {"replaced": len(lines)}

    def go(self, stretch: int = 2) -> bool:
        return take_through(
            7, PART, self.work, parts=self, progress=self, stretch=stretch, time_left=lambda: next(self.left)
        )


FIVE = [b"%d" % number for number in range(5)]


def test_progress_is_kept_after_each_stretch_and_at_the_end() -> None:
    night = Night(FIVE, 900, 890, 880, 870)
    assert night.go()
    assert night.taken == FIVE
    assert [(one.lines, one.counts.get("replaced"), one.done) for one in night.kept[1:]] == [
        (2, 2, False),
        (4, 4, False),
        (5, 5, False),
        (5, 5, True),
    ]
    assert night.go()
    assert night.taken == FIVE


@pytest.mark.parametrize(("left", "goes_on"), [(70.0, True), (69.9, False)])
def test_it_stops_while_another_stretch_like_the_last_leaves_a_minute(left: float, goes_on: bool) -> None:
    """The first took ten seconds: the next may as well, where the table is throttled."""
    night = Night(FIVE, left + 10, left, 900, 900)
    assert night.go() is goes_on
    assert night.taken == (FIVE if goes_on else FIVE[:2])


def test_what_is_interrupted_goes_on_behind_what_is_kept() -> None:
    night = Night(FIVE, 900, 10, 900, 890, 880)
    assert not night.go()
    assert night.go()
    assert night.taken == FIVE
    assert night.kept[-1] == Progress(5, {"replaced": 5}, done=True)


def test_d15_a_line_has_a_quarter_of_a_megabyte_at_most() -> None:
    assert LONGEST_LINE == 256 * 1024
    assert Night([b"x" * LONGEST_LINE, b""], 900, 900).go()
    with pytest.raises(BrokenPart):
        Night([b"x" * (LONGEST_LINE + 1), b""], 900, 900).go()
