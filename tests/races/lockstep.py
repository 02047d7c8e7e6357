"""Threads that make their AWS calls one at a time, in an order that dice choose: a race that can be run again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from random import Random
from typing import Any


class Lockstep:
    """Lets one thread go on at a time, and changes it at each call of AWS."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._turns = threading.Condition()
        self._waiting: set[int] = set()
        self._left = 0
        self._chosen: int | None = None
        self._local = threading.local()
        self._ticks = itertools.count(1)

    def tick(self) -> float:
        """The time: each is later than those before."""
        return float(next(self._ticks))

    def run(self, acts: Sequence[Callable[[], object]]) -> None:
        """Carry them out, each in a thread of its own."""
        self._left = len(acts)
        threads = [threading.Thread(target=self._one, args=(place, act)) for place, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def turn(self) -> None:
        """Wait to be chosen."""
        me: int | None = getattr(self._local, "place", None)
        if me is None:
            return
        with self._turns:
            self._waiting.add(me)
            self._choose()
            self._turns.wait_for(lambda: self._chosen == me)
            self._waiting.discard(me)
            self._chosen = None

    def client(self, inner: Any, change: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Any:
        """A client each call of which is a turn; `change` may change what is asked."""
        return _Client(inner, self, change)

    def _one(self, place: int, act: Callable[[], object]) -> None:
        self._local.place = place
        self.turn()
        try:
            act()
        finally:
            with self._turns:
                self._left -= 1
                self._choose()

    def _choose(self) -> None:
        if self._chosen is None and self._waiting and len(self._waiting) == self._left:
            self._chosen = self._dice.choice(sorted(self._waiting))
            self._turns.notify_all()


class _Client:
    def __init__(
        self, inner: Any, steps: Lockstep, change: Callable[[str, dict[str, Any]], dict[str, Any]]
    ) -> None:
        self._inner, self._steps, self._change = inner, steps, change

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._inner, operation)

        def made(**request: Any) -> Any:
            self._steps.turn()
            return call(**self._change(operation, request))

        return made
