"""Challenges: signed, stateless, for one purpose, with an end."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clock import FakeClock
from tests.fakes.handles import fixed
from vaxcert.identity.challenges import Challenges, InvalidChallenge, Purpose
from vaxcert.keys.base64url import decode, encode

PEPPER = b"p" * 64
CHALLENGES = Challenges(fixed(PEPPER), 300, os.urandom)
NOW = FakeClock()()


def test_a_challenge_is_read_as_it_was_made() -> None:
    made = CHALLENGES.make(Purpose.ENTER, NOW)
    assert CHALLENGES.read(made.nonce, Purpose.ENTER) == made
    assert made.expires_at == NOW + timedelta(minutes=5)
    assert (len(bytes.fromhex(made.challenge_id)), len(decode(made.nonce))) == (16, 56)


def test_another_process_with_the_same_pepper_reads_it_and_one_with_another_does_not() -> None:
    nonce = CHALLENGES.make(Purpose.ENTER, NOW).nonce
    assert Challenges(fixed(PEPPER), 60, os.urandom).read(nonce, Purpose.ENTER)
    with pytest.raises(InvalidChallenge):
        Challenges(fixed(b"q" * 64), 300, os.urandom).read(nonce, Purpose.ENTER)


def test_no_two_challenges_are_alike() -> None:
    made = [CHALLENGES.make(Purpose.ENTER, NOW) for _ in range(100)]
    assert len({each.nonce for each in made}) == len({each.challenge_id for each in made}) == 100


def test_a_challenge_of_another_purpose_is_not_ours() -> None:
    nonce = CHALLENGES.make(Purpose.ENTER, NOW).nonce
    with pytest.raises(InvalidChallenge):
        CHALLENGES.read(nonce, "sign")  # type: ignore[arg-type]


@given(place=st.integers(0, 55), bit=st.integers(0, 7))
def test_property_no_changed_bit_goes_unseen(place: int, bit: int) -> None:
    data = bytearray(decode(CHALLENGES.make(Purpose.ENTER, NOW).nonce))
    data[place] ^= 1 << bit
    with pytest.raises(InvalidChallenge):
        CHALLENGES.read(encode(bytes(data)), Purpose.ENTER)


@given(st.text(max_size=100))
def test_property_no_text_makes_it_stumble(text: str) -> None:
    with pytest.raises(InvalidChallenge):
        CHALLENGES.read(text, Purpose.ENTER)


def test_a_challenge_has_one_spelling() -> None:
    nonce = CHALLENGES.make(Purpose.ENTER, NOW).nonce
    for other in (nonce + "=", nonce + "A", nonce[:-1], nonce + "\n", " " + nonce):
        with pytest.raises(InvalidChallenge):
            CHALLENGES.read(other, Purpose.ENTER)


@pytest.mark.parametrize(
    "end", [253_402_300_800, 1 << 62, (1 << 64) - 1]
)  # the year 10000, and what no clock tells
def test_an_end_that_is_no_time_is_none_of_ours(end: int) -> None:
    with pytest.raises(InvalidChallenge):
        CHALLENGES.read(encode(bytes(16) + end.to_bytes(8) + bytes(32)), Purpose.ENTER)


def test_after_a_restore_no_challenge_of_before_is_ours() -> None:
    nonce = CHALLENGES.make(Purpose.ENTER, NOW).nonce
    assert Challenges(fixed(PEPPER), 300, os.urandom, NOW).read(nonce, Purpose.ENTER)
    with pytest.raises(InvalidChallenge):
        Challenges(fixed(PEPPER), 300, os.urandom, NOW + timedelta(seconds=1)).read(nonce, Purpose.ENTER)
