"""The platform's keys: what is taken as one, how long it is kept, how often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes import platform
from tests.fakes.clock import FakeClock
from vaxcert.errors import Unavailable
from vaxcert.identity.jwks import PlatformKeys
from vaxcert.keys.base64url import encode
from vaxcert.keys.jwk import InvalidKey, public_key


class Site:
    """The platform's address; counts how often it was asked."""

    def __init__(self, answer: bytes | Callable[[], bytes]) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self) -> bytes:
        self.asked += 1
        return self.answer if isinstance(self.answer, bytes) else self.answer()


def unreachable() -> bytes:
    raise TimeoutError


EC = platform.jwk("p1", platform.ec_key())
RSA = platform.jwk("p2", platform.rsa_key())


def test_keys_of_both_kinds_are_read() -> None:
    assert public_key(EC) == platform.ec_key().public_key()
    assert public_key(RSA) == platform.rsa_key().public_key()
    assert public_key({name: RSA[name] for name in ("kty", "n", "e")}) == platform.rsa_key().public_key()


@pytest.mark.parametrize(("size", "taken"), [(255, False), (256, True), (512, True), (513, False)])
def test_an_rsa_key_has_2048_to_4096_bits(size: int, taken: bool) -> None:
    """Below is weak, above is work for an attacker to ask of us."""
    jwk = {**RSA, "n": encode(b"\x80" + bytes(size - 2) + b"\x01")}
    if taken:
        assert public_key(jwk)
    else:
        with pytest.raises(InvalidKey):
            public_key(jwk)


def _without(jwk: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in jwk.items() if key != name}


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {**EC, "kty": "OKP"},
        {**EC, "crv": "P-384"},
        {**EC, "alg": "ES384"},
        {**EC, "use": "enc"},
        {**EC, "d": "AAAA"},  # somebody published a private key: everybody has it
        {**EC, "x": EC["y"]},  # a point off the curve
        {**EC, "x": EC["x"] + "="},
        {**EC, "y": EC["y"] + "="},
        {**EC, "x": "AA"},
        {**EC, "y": "AA"},
        {**EC, "x": 7},
        _without(EC, "y"),
        {**RSA, "alg": "RS512"},
        {**RSA, "alg": "PS256"},
        {**RSA, "e": "Aw"},
        _without(RSA, "n"),
        platform.jwk("p3", platform.rsa_key(1024)),
        {"kty": "oct", "k": "AAAA"},
        platform.jwk("p4", ec.derive_private_key(7, ec.SECP384R1())),
        platform.jwk("p5", ec.derive_private_key(7, ec.SECP256K1())),
    ],
)
def test_anything_else_is_no_key(jwk: dict[str, Any]) -> None:
    with pytest.raises(InvalidKey):
        public_key(jwk)


def test_the_set_is_asked_for_once_and_kept() -> None:
    clock, site = FakeClock(), Site(platform.jwks(p1=platform.ec_key(), p2=platform.rsa_key()))
    keys = PlatformKeys(site)
    assert keys.key("p1", clock()) == platform.ec_key().public_key()
    clock.advance(minutes=10)
    assert keys.key("p2", clock()) == platform.rsa_key().public_key()
    assert site.asked == 1
    clock.advance(seconds=1)
    assert keys.key("p1", clock()) is not None
    assert site.asked == 2


def test_an_unknown_kid_asks_again_once_in_a_while_and_finds_a_new_key() -> None:
    clock, site = FakeClock(), Site(platform.jwks(p1=platform.ec_key()))
    keys = PlatformKeys(site)
    keys.key("p1", clock())
    for _ in range(50):
        assert keys.key("new", clock()) is None
    assert site.asked == 1
    site.answer = platform.jwks(p1=platform.ec_key(), new=platform.ec_key(9))
    clock.advance(seconds=29)
    assert keys.key("new", clock()) is None
    assert site.asked == 1
    clock.advance(seconds=1)
    assert keys.key("new", clock()) == platform.ec_key(9).public_key()
    for _ in range(50):
        assert keys.key("never", clock()) is None
    assert site.asked == 2


def test_a_withdrawn_key_is_forgotten_with_the_next_set() -> None:
    clock, site = FakeClock(), Site(platform.jwks(p1=platform.ec_key()))
    keys = PlatformKeys(site)
    keys.key("p1", clock())
    site.answer = platform.jwks(p9=platform.ec_key(9))
    clock.advance(minutes=10, seconds=1)
    assert keys.key("p1", clock()) is None


@pytest.mark.parametrize(
    "broken",
    [unreachable, b"", b"<html>", b"[]", b'{"keys":{}}', b'{"keys":[]}', b'{"keys":[7]}', b'{"keys":[{}]}'],
)
def test_a_platform_that_does_not_answer_locks_nobody_out_for_an_hour(
    broken: bytes | Callable[[], bytes],
) -> None:
    clock, site = FakeClock(), Site(platform.jwks(p1=platform.ec_key()))
    keys = PlatformKeys(site)
    keys.key("p1", clock())
    site.answer = broken
    clock.advance(hours=1)
    assert keys.key("p1", clock()) is not None
    clock.advance(seconds=1)
    with pytest.raises(Unavailable) as caught:
        keys.key("p1", clock())
    assert caught.value.retry_after == 30
    asked = site.asked
    with pytest.raises(Unavailable):
        keys.key("p1", clock())
    assert site.asked == asked  # and is not asked again at once


def test_without_any_key_yet_it_is_unavailable_and_not_invalid() -> None:
    with pytest.raises(Unavailable):
        PlatformKeys(Site(unreachable)).key("p1", FakeClock()())


@pytest.mark.parametrize(
    "entry",
    [
        _without(platform.jwk("p9", platform.ec_key(9)), "kid"),
        {**platform.jwk("p9", platform.ec_key(9)), "kid": 7},
        {**platform.jwk("p9", platform.ec_key(9)), "kid": None},
        platform.jwk("p1", platform.ec_key(9)),  # an id twice: the one that stood first counts
        {**platform.jwk("p9", platform.ec_key(9)), "x": {}},
        {"kid": "p9", "kty": ["EC"]},
        {"kid": "\ud800", "kty": "EC"},
        "p9",
        7,
        None,
        [],
        {},
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_an_entry_that_we_cannot_use_costs_the_others_nothing(entry: Any, last: bool) -> None:
    """RFC 7517 §5: the list is another's, and nobody is locked out by one line of it."""
    if last or not isinstance(entry, dict) or entry.get("kid") != "p1":
        listed = [EC, RSA, entry] if last else [entry, EC, RSA]
        site = Site(json.dumps({"keys": listed}).encode())
        keys = PlatformKeys(site)
        assert keys.key("p1", FakeClock()()) == platform.ec_key().public_key()
        assert keys.key("p2", FakeClock()()) == platform.rsa_key().public_key()


def test_of_an_id_that_stands_twice_the_usable_one_counts() -> None:
    doubled = json.dumps({"keys": [{**EC, "use": "enc"}, EC]}).encode()
    assert PlatformKeys(Site(doubled)).key("p1", FakeClock()()) is not None


@pytest.mark.parametrize("odd", ["9" * 4301, "NaN", '"\\ud800"', "1e999"])
def test_what_stands_beside_the_keys_is_not_looked_at_or_keeps_the_old_set(odd: str) -> None:
    clock, site = FakeClock(), Site(platform.jwks(p1=platform.ec_key()))
    keys = PlatformKeys(site)
    keys.key("p1", clock())
    site.answer = b'{"note":' + odd.encode() + b',"keys":[' + json.dumps(EC).encode() + b"]}"
    clock.advance(minutes=10, seconds=1)
    assert keys.key("p1", clock()) is not None


def test_of_very_many_keys_the_first_sixty_four_that_can_be_used_count() -> None:
    many = {f"k{seed}": ec.derive_private_key(seed, ec.SECP256R1()) for seed in range(1, 66)}
    listed = [{"kty": "OKP", "kid": "ed"}, *json.loads(platform.jwks(**many))["keys"]]
    keys = PlatformKeys(Site(json.dumps({"keys": listed}).encode()))
    assert keys.key("k1", FakeClock()()) is not None
    assert keys.key("k64", FakeClock()()) is not None
    assert keys.key("k65", FakeClock()()) is None


def test_keys_of_other_kinds_are_passed_over() -> None:
    mixed = json.dumps({"keys": [{"kty": "OKP", "kid": "ed"}, EC]}).encode()
    keys = PlatformKeys(Site(mixed))
    assert keys.key("p1", FakeClock()()) is not None
    assert keys.key("ed", FakeClock()()) is None
