"""Whether a history of concurrent calls could have happened one after another (Wing and Gong's search, with a memory of where it has been).

A call that had ended before another began comes before it; of those that overlap any may come first. The model says which states a call can
lead to, given what it was answered: none, if it could not be answered so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a client. `answer` None: nobody knows what came of it, and it may have happened at any time, or never."""

    start: float
    end: float
    kind: str
    who: str
    answer: str | frozenset[str] | None
    key: str = ""
    """What makes a repeated call the same call; for `give` the thing itself."""


class Model[State](Protocol):
    """What a register does, one call at a time."""

    @property
    def first(self) -> State:
        """How it begins; states can be hashed."""
        ...

    def after(self, state: State, call: Call) -> Iterable[State]:
        """The states that the call can lead to."""
        ...


def linear[State](history: Sequence[Call], model: Model[State]) -> bool:
    """Whether some order of the calls, which keeps what came before what, is one that the model could have answered so."""
    seen: set[tuple[int, State]] = set()
    ahead = [(0, model.first)]
    must = sum(1 << place for place, call in enumerate(history) if call.answer is not None)
    while ahead:
        done, state = ahead.pop()
        if done & must == must:
            return True
        left = [place for place in range(len(history)) if not done >> place & 1]
        soonest = min(history[place].end if history[place].answer is not None else inf for place in left)
        for place in left:
            if history[place].start <= soonest:
                for follows in model.after(state, history[place]):
                    step = done | 1 << place, follows
                    if step not in seen:
                        seen.add(step)
                        ahead.append(step)
    return False


type Held = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds which thing, and which call was answered with which thing."""

    held: Held = frozenset()
    answered: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Places:
    """So many places, of which each holder has one at most: certificates of a person, grants of a certificate, a code's use, seats of a slot.

    `take` answers a new thing, the thing of the same call before, or a word of `full` or `taken`; `give` answers "given", and `look` all things.
    """

    capacity: int
    full: frozenset[str]
    taken: frozenset[str] = frozenset()

    @property
    def first(self) -> Standing:
        """Nobody holds anything."""
        return Standing()

    def after(self, state: Standing, call: Call) -> Iterable[Standing]:
        """See `Model.after`."""
        if call.kind == "look":
            return [state] if call.answer == frozenset(thing for _, thing in state.held) else []
        if call.kind == "give":
            kept = frozenset(one for one in state.held if one[1] != call.key)
            return [Standing(kept, state.answered)] if call.answer in {"given", None} else []
        return self._taken(state, call)

    def _taken(self, state: Standing, call: Call) -> Iterable[Standing]:
        before = dict(state.answered).get(call.key)
        if before is not None:
            return [state] if call.answer in {before, None} else []
        is_full = len(state.held) >= self.capacity
        holds = any(who == call.who for who, _ in state.held)
        if call.answer in self.full or call.answer in self.taken:
            said = (call.answer in self.full and is_full) or (call.answer in self.taken and holds)
            return [state] if said else []
        if is_full or holds:
            return []
        thing = call.answer if isinstance(call.answer, str) else f"of {call.key}"
        if thing in {one for _, one in state.answered}:
            return []
        return [Standing(state.held | {(call.who, thing)}, state.answered | {(call.key, thing)})]
