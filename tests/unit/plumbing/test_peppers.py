"""The pepper's secret: when it is read anew, how long what is known is good, and when a new line counts (D23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.faults.memory import MemorySecrets
from vaxcert.aws.secrets import Known, Peppers
from vaxcert.errors import Unavailable

FIRST, SECOND, THIRD = (letter * 64 for letter in "pqr")
MOMENT = timedelta(seconds=1)
SINCE = FakeClock()()


class Secret(MemorySecrets):
    """One that counts how often it was read, and fails if it is told to."""

    def __init__(self, text: str) -> None:
        super().__init__(text, SINCE)
        self.reads = 0
        self.fails = False

    def get_secret_value(self, **asked: Any) -> Any:
        self.reads += 1
        if self.fails:
            raise ValueError
        return super().get_secret_value(**asked)


def known(*lines: str) -> Known:
    return Known(tuple(line.encode() for line in lines), SINCE)


@pytest.mark.parametrize(
    ("at", "making", "made"),
    [
        (timedelta(), FIRST, (FIRST, SECOND)),
        (timedelta(minutes=35) - MOMENT, FIRST, (FIRST, SECOND)),
        (timedelta(minutes=35), SECOND, (FIRST, SECOND)),
        (timedelta(minutes=36) - MOMENT, SECOND, (FIRST, SECOND)),
        (timedelta(minutes=36), SECOND, (SECOND,)),
    ],
)
def test_d23_a_new_line_counts_once_nobody_is_at_work_without_it(
    at: timedelta, making: str, made: tuple[str, ...]
) -> None:
    two = known(FIRST, SECOND)
    assert two.making(SINCE + at) == making.encode()
    assert two.settled(SINCE + at) is (making is SECOND)
    assert two.made(SINCE + at) == tuple(line.encode() for line in made)
    assert known(THIRD, FIRST, SECOND).made(SINCE + at) == tuple(line.encode() for line in made)


def test_d23_a_first_line_counts_at_once() -> None:
    assert known(FIRST).settled(SINCE)
    assert known(FIRST).making(SINCE) == FIRST.encode()


@pytest.fixture
def read_at() -> tuple[Secret, Peppers, Callable[[datetime], int]]:
    secret, clock = Secret(FIRST), FakeClock()
    peppers = Peppers(secret, "pepper", clock)  # type: ignore[arg-type]

    def reads(at: datetime) -> int:
        clock.now = at
        peppers()
        return secret.reads

    return secret, peppers, reads


def test_the_secret_is_read_anew_every_five_minutes(read_at: Any) -> None:
    _, _, reads = read_at
    five = timedelta(minutes=5)
    asked = [timedelta(), five - MOMENT, five, 2 * five - MOMENT, 2 * five]
    assert [reads(SINCE + at) for at in asked] == [1, 1, 2, 2, 3]


def test_what_cannot_be_read_is_tried_again_after_half_a_minute_and_good_for_fifteen(read_at: Any) -> None:
    secret, _, reads = read_at
    reads(SINCE)
    secret.fails = True
    again = SINCE + timedelta(minutes=5)
    half = timedelta(seconds=30)
    assert [reads(again), reads(again + half - MOMENT), reads(again + half)] == [2, 2, 3]
    assert reads(SINCE + timedelta(minutes=15) - MOMENT)
    with pytest.raises(Unavailable):
        reads(SINCE + timedelta(minutes=15))


def test_d23_a_line_is_added_and_none_is_changed(read_at: Any) -> None:
    secret, peppers, reads = read_at
    reads(SINCE)
    for minutes, text, expected in (
        (5, f"{FIRST}\n{SECOND}", (FIRST, SECOND)),
        (10, f"{FIRST}\n{THIRD}", (FIRST, SECOND)),
        (15, f"{FIRST}\n{SECOND}\n{THIRD}", (FIRST, SECOND, THIRD)),
    ):
        secret.put(text, SINCE)
        reads(SINCE + timedelta(minutes=minutes))
        assert peppers().peppers == tuple(line.encode() for line in expected)


@pytest.mark.parametrize("text", ["", "p" * 31, f"{'p' * 64}\n{'q' * 31}"])
def test_r3_a_pepper_that_is_too_short_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Peppers(Secret(text), "pepper", FakeClock()).read()  # type: ignore[arg-type]
    assert Peppers(Secret("p" * 32), "pepper", FakeClock()).read().peppers == (b"p" * 32,)  # type: ignore[arg-type]
