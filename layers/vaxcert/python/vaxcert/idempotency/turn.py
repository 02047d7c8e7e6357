"""The one turn that every repeatable use case takes (invariant 4): find the stored answer, decide, write, look for the own lost answer.

A write may be lost in two ways. Somebody else was first: what the decision stood on is read again, and decided again. Or it was
written and only the word of it was lost: then the answer stands beside it already, and is the one to give. Both look alike to the
writer, so that after each lost turn the stored answer is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from vaxcert.errors import Unauthorized, Unavailable, VaxcertError
from vaxcert.idempotency.model import Answer, Answers, Remembered, RepeatableRequest, remember

ATTEMPTS: Final = 4
"""How often a use case decides before it gives up, unless it says otherwise."""


class Commit(StrEnum):
    """What became of a write. Only `DONE` wrote anything."""

    DONE = "done"
    SIGNED_OUT = "signed_out"
    STALE = "stale"
    """Something that the decision stood on has changed since, or the answer is remembered already: read again, decide again."""


@dataclass(frozen=True, slots=True)
class Asked[View]:
    """A request that may be repeated, and how what a use case answers is put into words: bytes are stored with the deed."""

    request: RepeatableRequest
    worded: Callable[[View], Answer]


class Write(Protocol):
    """A write that remembers what is answered in the same transaction."""

    def __call__(self, *, remembered: Remembered) -> Commit:
        """All or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Deed[View]:
    """What was decided: the answer, and the write that makes it true and remembers it, both or neither."""

    view: View
    write: Write


def until_done[Found](once: Callable[[], Found | None], attempts: int = ATTEMPTS) -> Found:
    """What `once` answers, asked again after None: what it stood on has changed meanwhile.

    Raises: `Unavailable` if none of the attempts came through.
    """
    for _ in range(attempts):
        if (found := once()) is not None:
            return found
    raise Unavailable


def until_written(once: Callable[[], Commit], attempts: int = ATTEMPTS) -> None:
    """Read, decide and write by `once` until it is done; for what can be repeated by its nature and remembers no answer.

    Raises: `Unauthorized` for a session signed out meanwhile, `Unavailable`.
    """

    def turn() -> Commit | None:
        written = once()
        if written is Commit.SIGNED_OUT:
            raise Unauthorized
        return written if written is Commit.DONE else None

    until_done(turn, attempts)


class Repeatable:
    """Takes the turns of a service over where its answers are stored."""

    def __init__(
        self, answers: Answers, *, attempts: int = ATTEMPTS, own: type[VaxcertError] | tuple[()] = ()
    ) -> None:
        """`own`: the refusals that a request may have caused itself, come twice and answered since."""
        self._answers = answers
        self._attempts = attempts
        self._own = own

    def answer[View](
        self,
        asked: Asked[View],
        now: datetime,
        prepare: Callable[[], Callable[[], Deed[View]]],
        *,
        admit: Callable[[], object] = lambda: None,
    ) -> Answer:
        """The stored answer, or the one to what is decided and written now.

        `prepare` is called once, and only if there is no stored answer: what needs to be done once only (checking the form, blinding,
        sealing) is done there. What it returns is called for every attempt. `admit` is called before each look for a stored answer,
        and raises for a caller who may not even be told that.

        Raises: `KeyReused`, what those three raise, `Unauthorized` for a session signed out meanwhile, `Unavailable`.
        """
        if (answer := self._found(asked.request, now, admit)) is not None:
            return answer
        decide: Callable[[], Deed[View]] | None = None

        def turn() -> Answer | None:
            nonlocal decide
            try:
                decide = decide or prepare()
                deed = decide()
            except self._own:
                if (answer := self._answers.find(asked.request, now)) is not None:
                    return answer
                raise
            remembered = remember(asked.request, asked.worded(deed.view), now)
            written = deed.write(remembered=remembered)
            if written is Commit.DONE:
                return remembered.answer
            if (answer := self._found(asked.request, now, admit)) is not None:
                return answer
            if written is Commit.SIGNED_OUT:
                raise Unauthorized
            return None

        return until_done(turn, self._attempts)

    def _found(self, request: RepeatableRequest, now: datetime, admit: Callable[[], object]) -> Answer | None:
        admit()
        return self._answers.find(request, now)
