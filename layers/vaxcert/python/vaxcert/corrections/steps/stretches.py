"""A part taken stretch by stretch, its progress kept after each: what is interrupted goes on from the last one kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import batched, islice
from typing import Protocol

from vaxcert.corrections.feed.form import LONGEST_LINE
from vaxcert.corrections.feed.part import PartLines
from vaxcert.corrections.run.model import Counts, PinnedPart, add_counts
from vaxcert.corrections.run.progress import Ledger, Progress

STRETCH = 500
RESERVE_SECONDS = 60.0
"""What is left of a function's time when it stops and asks to be called again."""


class PartStream(Protocol):
    """What is asked of the bucket."""

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        """One version of an object, in pieces."""
        ...


class PartProgress(Protocol):
    """Where progress is kept."""

    def progress(self, ledger: Ledger, part: PinnedPart) -> Progress:
        """Where a part stands."""
        ...

    def advance(self, ledger: Ledger, part: PinnedPart, before: Progress, after: Progress) -> None:
        """Move a part on; raises Overtaken."""
        ...


def take_through(
    ledger: Ledger,
    part: PinnedPart,
    work: Callable[[tuple[bytes, ...]], Counts],
    *,
    parts: PartStream,
    progress: PartProgress,
    stretch: int,
    time_left: Callable[[], float],
) -> bool:
    """Do `work` on the lines of a part; False if time ran short (seconds by `time_left`) and another call has to go on.

    `work` may be asked for the same stretch again. Raises Overtaken where another worker moved the part on.
    """
    now = progress.progress(ledger, part)
    if now.done:
        return True
    lines = iter(PartLines(parts.stream(part.key, part.version_id), LONGEST_LINE))
    left = time_left()
    for taken in batched(islice(lines, now.lines, None), stretch, strict=False):
        counts = work(taken)
        add_counts(counts, now.counts)
        after = Progress(now.lines + len(taken), counts)
        progress.advance(ledger, part, now, after)
        now = after
        before, left = left, time_left()
        # Where the table is throttled, the next one may take as long.
        if left < RESERVE_SECONDS + (before - left):
            return False
    progress.advance(ledger, part, now, Progress(now.lines, now.counts, done=True))
    return True
