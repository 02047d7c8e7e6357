"""The one turn of everything that can be repeated (invariant 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.fakes.answers import FakeAnswers
from tests.fakes.clock import FakeClock
from vaxcert.errors import Conflict, NotFound, Unauthorized, Unavailable
from vaxcert.idempotency.model import Answer, Remembered, RepeatableRequest, remember
from vaxcert.idempotency.turn import (
    ATTEMPTS,
    Asked,
    Commit,
    Deed,
    Repeatable,
    until_done,
    until_written,
)

NOW = FakeClock()()
REQUEST = RepeatableRequest("k1", "d1")
ASKED = Asked[str](REQUEST, lambda view: Answer(201, view))


class Taken(Conflict):
    """What the request may have caused itself."""


@dataclass
class Case:
    """A use case over fake answers: `fates` says what becomes of each write in turn."""

    fates: list[Commit]
    answers: FakeAnswers = field(default_factory=FakeAnswers)
    done: list[str] = field(default_factory=list)
    refused: Callable[[], None] = lambda: None
    unprepared: Callable[[], None] = lambda: None

    def prepare(self) -> Callable[[], Deed[str]]:
        self.done.append("prepare")
        self.unprepared()
        return self.decide

    def decide(self) -> Deed[str]:
        self.done.append("decide")
        self.refused()
        return Deed("made", self.write)

    def write(self, *, remembered: Remembered) -> Commit:
        fate = self.fates.pop(0)
        self.done.append(fate)
        if fate is Commit.DONE:
            self.answers.keep(remembered)
        return fate

    def run(self, **more: Callable[[], object]) -> Answer:
        return Repeatable(self.answers, own=Taken).answer(ASKED, NOW, self.prepare, **more)

    def twin(self) -> None:
        """The same request, come twice: the other one is answered."""
        self.answers.keep(remember(REQUEST, Answer(201, "the twin's"), NOW))


def test_invariant_4_what_was_answered_is_neither_prepared_nor_decided_again() -> None:
    case = Case([Commit.DONE])
    assert case.run() == case.run() == Answer(201, "made")
    assert case.done == ["prepare", "decide", "done"]
    assert case.answers.looks == 2, "one before each; what was written is known without a look"


def test_what_is_done_once_is_done_once_however_many_turns_are_lost() -> None:
    case = Case([Commit.STALE, Commit.STALE, Commit.DONE])
    assert case.run() == Answer(201, "made")
    assert case.done == ["prepare", *["decide", "stale"] * 2, "decide", "done"]


@pytest.mark.parametrize("fate", [Commit.STALE, Commit.SIGNED_OUT])
def test_invariant_4_the_own_write_whose_answer_was_lost_is_the_answer(fate: Commit) -> None:
    """Also where the session was signed out in between: the deed was done before."""
    case = Case([fate])
    case.refused = case.twin
    assert case.run() == Answer(201, "the twin's")


@pytest.mark.parametrize("where", ["refused", "unprepared"])
def test_invariant_4_a_refusal_that_the_twin_caused_is_the_twins_answer(where: str) -> None:
    case = Case([])

    def refused() -> None:
        case.twin()
        raise Taken

    setattr(case, where, refused)
    assert case.run() == Answer(201, "the twin's")


@pytest.mark.parametrize("where", ["refused", "unprepared"])
@pytest.mark.parametrize("refusal", [Taken, NotFound])
def test_another_refusal_stands(refusal: type[Exception], where: str) -> None:
    case = Case([])

    def refused() -> None:
        raise refusal

    setattr(case, where, refused)
    with pytest.raises(refusal):
        case.run()


def test_a_session_signed_out_meanwhile_and_turns_that_are_all_lost() -> None:
    with pytest.raises(Unauthorized):
        Case([Commit.SIGNED_OUT]).run()
    with pytest.raises(Unavailable):
        Case([Commit.STALE] * ATTEMPTS).run()


def test_who_may_not_even_be_told_is_asked_before_each_look() -> None:
    admitted: Iterator[bool] = iter([True, False])

    def admit() -> None:
        if not next(admitted):
            raise Unauthorized

    case = Case([Commit.STALE])
    case.refused = case.twin
    with pytest.raises(Unauthorized):
        case.run(admit=admit)


def test_what_remembers_no_answer_is_written_until_it_is_done() -> None:
    fates = iter([Commit.STALE, Commit.DONE])
    until_written(lambda: next(fates))
    with pytest.raises(Unauthorized):
        until_written(lambda: Commit.SIGNED_OUT)
    with pytest.raises(Unavailable):
        until_written(lambda: Commit.STALE)


def test_a_false_answer_is_an_answer() -> None:
    answers = iter([None, False])
    assert until_done(lambda: next(answers)) is False
