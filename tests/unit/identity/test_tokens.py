"""Our own tokens: minted and read in one place, of one class each, with an end that nobody moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes import platform
from tests.fakes.clock import FakeClock
from tests.fakes.signing import FakeKeys, key_pair
from vaxcert.errors import Unauthorized
from vaxcert.identity.model import Citizen, Device
from vaxcert.identity.tokens import mint_device, mint_session, read_device, read_session
from vaxcert.keys import jws

NOW = FakeClock()()
SECONDS = int(NOW.timestamp())
CITIZEN = Citizen(
    "v1:s", "n1:n", "00ff", NOW - timedelta(minutes=1), NOW + timedelta(minutes=30), "app", "face", NOW
)
DEVICE = Device("dev-1", "3206000001", frozenset({"ticket", "observation"}), 3, NOW + timedelta(minutes=15))
KEYS = FakeKeys()
SESSION_CLAIMS: dict[str, Any] = {
    "sub": "v1:s",
    "name": "n1:n",
    "jti": "00ff",
    "iat": SECONDS,
    "exp": SECONDS + 1800,
    "auth_time": SECONDS - 60,
    "amr": ["face"],
    "channel": "app",
}
DEVICE_CLAIMS: dict[str, Any] = {
    "sub": "dev-1",
    "clinic_code": "3206000001",
    "stations": ["ticket"],
    "version": 3,
    "jti": "1",
    "iat": SECONDS,
    "exp": SECONDS + 900,
}


def session(token: str, now: datetime = NOW) -> Citizen:
    return read_session(jws.read(token), KEYS.public("session"), now)


def device(token: str, now: datetime = NOW) -> Device:
    return read_device(jws.read(token), KEYS.public("device"), now)


def test_a_session_is_read_as_it_was_minted() -> None:
    assert session(mint_session(CITIZEN, key_pair("s1"))) == CITIZEN


def test_a_device_token_is_read_as_it_was_minted() -> None:
    assert device(mint_device(DEVICE, "jti", key_pair("d1"), NOW)) == DEVICE


def test_the_claims_are_exactly_what_the_tests_below_change() -> None:
    read = jws.verify(jws.read(mint_session(CITIZEN, key_pair("s1"))), key_pair("s1").private.public_key())
    assert read == SESSION_CLAIMS
    one_station = replace(DEVICE, stations=frozenset({"ticket"}))
    minted = jws.verify(
        jws.read(mint_device(one_station, "1", key_pair("d1"), NOW)), key_pair("d1").private.public_key()
    )
    assert minted == DEVICE_CLAIMS


def test_the_end_is_the_end_without_leeway() -> None:
    token = mint_session(CITIZEN, key_pair("s1"))
    assert session(token, NOW + timedelta(seconds=1799))
    with pytest.raises(Unauthorized):
        session(token, NOW + timedelta(seconds=1800))
    terminal = mint_device(DEVICE, "jti", key_pair("d1"), NOW)
    with pytest.raises(Unauthorized):
        device(terminal, NOW + timedelta(minutes=15))


def test_neither_class_passes_as_the_other_even_under_its_key() -> None:
    for typ, key in (("session+jwt", "d1"), ("device+jwt", "s1"), ("JWT", "s1"), ("Session+JWT", "s1")):
        with pytest.raises(Unauthorized):
            session(jws.sign(SESSION_CLAIMS, typ, key_pair(key)))
    for typ, key in (("device+jwt", "s1"), ("session+jwt", "d1"), ("JWT", "d1")):
        with pytest.raises(Unauthorized):
            device(jws.sign(DEVICE_CLAIMS, typ, key_pair(key)))


def test_an_unknown_or_forged_key_is_refused() -> None:
    with pytest.raises(Unauthorized):
        session(jws.sign(SESSION_CLAIMS, "session+jwt", key_pair("s2")))
    with pytest.raises(Unauthorized):
        session(platform.sign(SESSION_CLAIMS, kid="s1", typ="session+jwt"))
    with pytest.raises(Unauthorized):
        session(platform.twin(mint_session(CITIZEN, key_pair("s1"))))


@pytest.mark.parametrize("name", list(SESSION_CLAIMS))
@pytest.mark.parametrize("value", [None, True, "", [], [1], ["face", "face"], {}, -1, 1.5, 10**12])
def test_a_session_claim_of_another_form_is_refused(name: str, value: object) -> None:
    with pytest.raises(Unauthorized):
        session(jws.sign({**SESSION_CLAIMS, name: value}, "session+jwt", key_pair("s1")))


@pytest.mark.parametrize("name", list(DEVICE_CLAIMS))
@pytest.mark.parametrize("value", [None, True, "", [], [1], {}, -1, 1.5, 10**12])
def test_a_device_claim_of_another_form_is_refused(name: str, value: object) -> None:
    if (name, value) == ("stations", []):
        pytest.skip("a board's (D21)")
    with pytest.raises(Unauthorized):
        device(jws.sign({**DEVICE_CLAIMS, name: value}, "device+jwt", key_pair("d1")))


@pytest.mark.parametrize(
    "times",
    [
        {"exp": SECONDS + 12 * 3600 + 1},  # nothing of ours lives so long
        {"exp": 253402300799},
        {"iat": SECONDS + 31},
        {"iat": SECONDS + 1800},
        {"iat": SECONDS + 10, "exp": SECONDS + 10},  # no lifetime at all
    ],
)
def test_a_session_of_another_time_is_refused(times: dict[str, int]) -> None:
    with pytest.raises(Unauthorized):
        session(jws.sign({**SESSION_CLAIMS, **times}, "session+jwt", key_pair("s1")))


def test_a_token_of_a_clock_a_little_ahead_is_taken() -> None:
    assert session(jws.sign({**SESSION_CLAIMS, "iat": SECONDS + 30}, "session+jwt", key_pair("s1")))


@pytest.mark.parametrize("seconds", [1, 12 * 3600])
def test_the_shortest_and_the_longest_life_are_taken(seconds: int) -> None:
    assert session(jws.sign({**SESSION_CLAIMS, "exp": SECONDS + seconds}, "session+jwt", key_pair("s1")))


@pytest.mark.parametrize(("version", "taken"), [(0, True), (0xFFFFFFFF, True), (0x100000000, False)])
def test_a_number_of_a_token_has_thirty_two_bits(version: int, taken: bool) -> None:
    token = jws.sign({**DEVICE_CLAIMS, "version": version}, "device+jwt", key_pair("d1"))
    if taken:
        assert device(token).version == version
    else:
        with pytest.raises(Unauthorized):
            device(token)
