"""The track: as many threads as there are desks, each with a client of its own, set off by one barrier."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.races.figures import Figures
from vaxcert.errors import VaxcertError


@dataclass(frozen=True, slots=True)
class Deed[Lane]:
    """One thing that somebody does: `done` names success, `call` answers an id or None. `who` is for the reckoning."""

    kind: str
    done: str
    call: Callable[[Lane], str | None]
    who: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Result[Lane]:
    """What became of a deed: `code` is its `done`, or the slug of the product's error. Anything else is raised."""

    deed: Deed[Lane]
    code: str
    answer: str | None


class Track[Lane]:
    """Runs rounds of deeds. A lane stands for one warm Lambda worker."""

    def __init__(self, lanes: Sequence[Lane], dice: random.Random, figures: Figures) -> None:
        self._lanes = lanes
        self._dice = dice
        self.figures = figures

    @property
    def anyone(self) -> Lane:
        """A lane for what is asked between the rounds."""
        return self._lanes[0]

    def chance(self, most: float) -> float:
        """A number below `most`."""
        return self._dice.random() * most

    def race(self, deeds: Sequence[Deed[Lane]], allowed: dict[str, set[str]]) -> list[Result[Lane]]:
        """All deeds at once, shuffled over the lanes. Every outcome must be `allowed` for its kind: nothing else may come."""
        shuffled = list(deeds)
        self._dice.shuffle(shuffled)
        count = min(len(self._lanes), len(shuffled))
        hands = [shuffled[start::count] for start in range(count)]
        barrier = threading.Barrier(count)

        def run(lane: Lane, hand: Sequence[Deed[Lane]]) -> list[Result[Lane]]:
            barrier.wait(30)
            return [_result(deed, lane) for deed in hand]

        began = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            parts = pool.map(run, self._lanes, hands)
            results = [result for part in parts for result in part]
        self.figures.seconds += time.perf_counter() - began
        self.figures.rounds += 1
        self.figures.most_at_once = max(self.figures.most_at_once, count)
        self.figures.outcomes.update((result.deed.kind, result.code) for result in results)
        strange = {(r.deed.kind, r.code) for r in results if r.code not in allowed[r.deed.kind]}
        assert not strange, strange
        return results


def _result[Lane](deed: Deed[Lane], lane: Lane) -> Result[Lane]:
    try:
        answer = deed.call(lane)
    except VaxcertError as error:
        return Result(deed, error.code, None)
    return Result(deed, deed.done, answer)
