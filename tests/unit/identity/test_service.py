"""Entering and leaving (R3, R13, R15)."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.handles import PlainHandles, fixed
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys, key_pair
from vaxcert.errors import Unavailable
from vaxcert.identity.assertions import (
    AssertionExpired,
    AssertionInvalid,
    AssertionReplayed,
    AssertionVerifier,
)
from vaxcert.identity.challenges import Challenges, Purpose
from vaxcert.identity.model import Citizen, InvalidIdentityNumber
from vaxcert.identity.service import OpenedSession, SessionService
from vaxcert.identity.tokens import LONGEST, read_session
from vaxcert.keys import jws

PEPPER = b"p" * 64


class World:
    """The service over fakes, and a platform that answers its challenges."""

    def __init__(self, keys: FakeKeys | None = None) -> None:
        self.clock = FakeClock()
        self.sessions = FakeSessions()
        self.keys = keys or FakeKeys()
        self.exchange = platform.FakeExchange()
        self.service = SessionService(
            challenges=Challenges(fixed(PEPPER), 300, os.urandom),
            assertions=AssertionVerifier(
                platform.FixedKeys(), platform.ISSUER, platform.AUDIENCE, frozenset({"face"})
            ),
            exchange=self.exchange,
            people=PlainHandles(PEPPER),
            keys=self.keys,
            sessions=self.sessions,
            session_seconds=1800,
            random_bytes=os.urandom,
        )

    def assertion(self, **changed: Any) -> str:
        nonce = self.service.challenge(Purpose.ENTER, self.clock()).nonce
        return platform.sign(platform.claims(self.clock(), **{"nonce": nonce, **changed}))

    def open(self, text: str) -> OpenedSession:
        return self.service.open(text, self.clock())

    def enter(self, held: str, **changed: Any) -> OpenedSession:
        self.exchange.codes["code"] = platform.sign(platform.claims(self.clock(), **changed))
        return self.service.enter("code", held, self.clock())

    def nonce(self) -> str:
        return self.service.challenge(Purpose.ENTER, self.clock()).nonce

    def citizen(self, opened: OpenedSession, now: datetime | None = None) -> Citizen:
        return read_session(jws.read(opened.token), self.keys.public("session"), now or self.clock())


def test_r3_a_person_enters_and_is_known_by_keys_only() -> None:
    world = World()
    opened = world.open(world.assertion())
    citizen = world.citizen(opened)
    assert (opened.name, opened.method, opened.channel) == ("张*", "face", "app")
    assert citizen.subject == PlainHandles(PEPPER).subject("320600199001010015")
    assert citizen.name_key == PlainHandles(PEPPER).name("张三")
    assert citizen.expires_at == opened.expires_at == world.clock() + timedelta(minutes=30)
    assert citizen.auth_time == world.clock()
    assert len(bytes.fromhex(citizen.session_id)) == 16
    claims = jws.verify(jws.read(opened.token), key_pair("s1").private.public_key())
    assert "320600199001010015" not in str(claims)
    assert "张" not in str(claims)


def test_r15_an_assertion_opens_one_session_only() -> None:
    world = World()
    text = world.assertion()
    world.open(text)
    with pytest.raises(AssertionReplayed):
        world.open(text)


def test_two_assertions_over_one_challenge_open_one_session() -> None:
    world = World()
    nonce = world.service.challenge(Purpose.ENTER, world.clock()).nonce
    world.open(world.assertion(nonce=nonce))
    with pytest.raises(AssertionReplayed):
        world.open(world.assertion(nonce=nonce, name="李四"))


def test_r13_a_page_enters_with_a_code_and_its_own_nonce() -> None:
    world = World()
    nonce = world.nonce()
    opened = world.enter(nonce, nonce=nonce)
    assert world.citizen(opened).subject == PlainHandles(PEPPER).subject("320600199001010015")
    with pytest.raises(AssertionReplayed):
        world.enter(nonce, nonce=nonce)


def test_r13_a_code_of_another_entrance_opens_nothing() -> None:
    """Who is sent to the page with somebody else's code does not enter as them: the assertion carries another nonce."""
    world = World()
    other = world.nonce()
    with pytest.raises(AssertionInvalid):
        world.enter(world.nonce(), nonce=other)
    assert world.sessions.burned == {}


@pytest.mark.parametrize(
    ("nonce", "late", "error"), [("made-up", 0, AssertionInvalid), (None, 300, AssertionExpired)]
)
def test_the_platform_is_not_asked_without_a_challenge_of_ours(
    nonce: str | None, late: int, error: type[Exception]
) -> None:
    world = World()
    held = nonce or world.nonce()
    world.clock.advance(seconds=late)
    with pytest.raises(error):
        world.enter(held, nonce=held)
    assert world.exchange.asked == []


def test_a_platform_that_cannot_be_asked_burns_nothing() -> None:
    world = World()
    nonce = world.nonce()
    world.exchange.codes["late"] = Unavailable(retry_after=5)
    with pytest.raises(Unavailable):
        world.service.enter("late", nonce, world.clock())
    assert world.enter(nonce, nonce=nonce)


def test_each_entrance_is_a_session_of_its_own() -> None:
    world = World()
    first, second = (world.citizen(world.open(world.assertion())) for _ in range(2))
    assert first.subject == second.subject
    assert first.session_id != second.session_id


@pytest.mark.parametrize("nonce", ["", "made-up", "A" * 75])
def test_a_nonce_that_we_never_made_is_refused(nonce: str) -> None:
    world = World()
    with pytest.raises(AssertionInvalid):
        world.open(world.assertion(nonce=nonce))
    assert world.sessions.burned == {}


@pytest.mark.parametrize(("seconds", "taken"), [(299, True), (300, False), (3600, False)])
def test_a_challenge_ends_after_five_minutes(seconds: int, taken: bool) -> None:
    world = World()
    nonce = world.service.challenge(Purpose.ENTER, world.clock()).nonce
    world.clock.advance(seconds=seconds)
    text = world.assertion(nonce=nonce)
    if taken:
        assert world.open(text)
    else:
        with pytest.raises(AssertionExpired):
            world.open(text)


def test_invariant_5_a_mark_outlasts_what_it_stops() -> None:
    world = World()
    challenge = world.service.challenge(Purpose.ENTER, world.clock())
    opened = world.open(world.assertion(nonce=challenge.nonce))
    _, until = world.sessions.burned[challenge.challenge_id]
    assert until == challenge.expires_at + timedelta(minutes=5)
    citizen = world.citizen(opened)
    world.service.close(citizen)
    assert world.sessions.ended[citizen.session_id] == citizen.expires_at + timedelta(minutes=5)


def test_d10_a_bad_number_burns_nothing() -> None:
    world = World()
    with pytest.raises(InvalidIdentityNumber):
        world.open(world.assertion(id_no="320600199001010016"))
    assert world.sessions.burned == {}


def test_without_a_signing_key_nothing_is_burned() -> None:
    world = World(FakeKeys(session=[]))
    text = world.assertion()
    with pytest.raises(Unavailable):
        world.open(text)
    world.keys.kids["session"] = ["s1"]
    assert world.open(text)


def test_d22_signing_out_everywhere_ends_every_session_of_the_person_and_of_nobody_else() -> None:
    world = World()
    first, second = (world.citizen(world.open(world.assertion())) for _ in range(2))
    other = world.citizen(world.open(world.assertion(id_no="320600199001010058")))
    world.service.close_all(first, world.clock())
    world.service.close_all(first, world.clock())
    assert world.sessions.signed_out(first.session)
    assert world.sessions.signed_out(second.session)
    assert not world.sessions.signed_out(other.session)
    _, until = world.sessions.opened_by[first.subject]
    assert until > world.clock() + LONGEST
    world.clock.advance(seconds=1)
    assert not world.sessions.signed_out(world.citizen(world.open(world.assertion())).session)


def test_signing_out_can_be_repeated() -> None:
    world = World()
    citizen = world.citizen(world.open(world.assertion()))
    world.service.close(citizen)
    world.service.close(citizen)
    assert world.sessions.signed_out(citizen.session)
