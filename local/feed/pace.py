"""How far a long night is: rows done, rows a second, time left. A night of 50,000 rows would be silent for minutes otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

EVERY_SECONDS = 5.0
"""How often it is told; a night that is over sooner is told without it."""
COUNTED = {"WeighParts": "预演 weighed", "ApplyParts": "写入 written"}
"""The steps that keep how many rows they have taken, and how that is said."""

type Rows = Callable[[str], tuple[int, int] | None]
"""Rows taken by a step so far, and rows of the feed; None where there is nothing to count."""


@dataclass
class Pace:
    """Tells of one run. `rows` is asked at most every five seconds, for the step that is at work."""

    rows: Rows
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _step: str = ""
    _began: float = 0.0
    _at_first: int = 0
    _due: float = field(default=float("inf"))

    def at(self, step: str) -> None:
        """The step that is at work now; asked for at every poll."""
        now = self.clock()
        if step != self._step:
            self._step, self._began, self._at_first, self._due = step, now, 0, now + EVERY_SECONDS
            if step in COUNTED and (found := self.rows(step)):
                # What an earlier run had done is not this one's pace.
                self._at_first = found[0]
            return
        if step not in COUNTED or now < self._due:
            return
        self._due = now + EVERY_SECONDS
        if found := self.rows(step):
            done, whole = found
            self.tell(told(COUNTED[step], done, whole, done - self._at_first, now - self._began))


def told(what: str, done: int, whole: int, taken: int, seconds: float) -> str:
    """One line: rows done of all, rows a second since the step began, and how long it will take at that rate."""
    line = f"{what} {done:,} / {whole:,} 行 rows"
    if taken <= 0 or seconds <= 0:
        return line
    rate = taken / seconds
    return f"{line}，{rate:,.0f} 行/秒 a second，约剩 {_span((whole - done) / rate)} left"


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60:02d} s"
