"""The province's signature: detached JWS, ES256, and nothing else (RFC 7515 appendix F, RFC 8725)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from local import jws
from tests.unit.corrections.samples import PROVINCE
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.feed.signature import FeedKey

CONTENT = b'{"feed_id":"x"}'
KEY = FeedKey(json.dumps(jws.public_half(PROVINCE)))
GOOD = jws.sign_detached({"kid": PROVINCE["kid"]}, CONTENT, PROVINCE)


def test_the_provinces_signature_holds_over_the_exact_bytes() -> None:
    KEY.verify(GOOD.encode(), CONTENT)
    KEY.verify(GOOD.encode() + b"\n", CONTENT)
    with pytest.raises(FeedRefused, match="signature_bad"):
        KEY.verify(GOOD.encode(), CONTENT + b"\n")
    with pytest.raises(FeedRefused, match="signature_bad"):
        KEY.verify(jws.sign_detached({}, CONTENT, jws.generate_jwk()).encode(), CONTENT)


def test_while_the_province_changes_its_key_feeds_of_either_are_taken() -> None:
    """A rotation is no flag day: both before, both during, and the old one no more after."""
    following = jws.generate_jwk()
    old, new = GOOD.encode(), jws.sign_detached({}, CONTENT, following).encode()
    first, second = (json.dumps(jws.public_half(key)) for key in (PROVINCE, following))
    for key, good in (
        (FeedKey(first), [old]),
        (FeedKey(first, second), [old, new]),
        (FeedKey(second, first), [old, new]),
        (FeedKey(second), [new]),
    ):
        for signature in good:
            key.verify(signature, CONTENT)
        for signature in {old, new} - set(good):
            with pytest.raises(FeedRefused, match="signature_bad"):
                key.verify(signature, CONTENT)
    for bad in ("", "{}"):
        with pytest.raises(ValueError):  # noqa: PT011 - JSON's own for "", ours for another key
            FeedKey(bad)


def _signed(header: dict[str, object]) -> str:
    return jws.sign_detached(header, CONTENT, PROVINCE)


def _header(token: str, header: object) -> str:
    _, _, signature = token.split(".")
    return f"{jws.b64url(json.dumps(header).encode())}..{signature}"


def _of_other_bytes(change: Callable[[bytes], bytes]) -> str:
    head, signature = GOOD.split("..")
    raw = base64.urlsafe_b64decode(signature + "==")
    return f"{head}..{jws.b64url(change(raw))}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: _of_other_bytes(lambda raw: raw[:32] + bytes(1) + raw[32:]),  # the same two numbers
        lambda: _of_other_bytes(lambda raw: raw[:-1]),
        lambda: _of_other_bytes(lambda raw: raw + raw[:1]),
        lambda: _of_other_bytes(lambda _: b""),
        lambda: _header(GOOD, {"alg": "none"}),
        lambda: _header(GOOD, {"alg": "HS256"}),
        lambda: _header(GOOD, {"alg": ["ES256"]}),
        lambda: _header(GOOD, ["ES256"]),
        lambda: _signed({"crit": ["b64"], "b64": False}),
        lambda: _signed({"jku": "https://example.org/keys"}),
        lambda: _signed({"jwk": jws.public_half(PROVINCE)}),
        lambda: jws.sign({}, CONTENT, PROVINCE),
        lambda: GOOD + ".x",
        lambda: GOOD.split("..", maxsplit=1)[0],
        lambda: GOOD[:-4],
        lambda: GOOD + "==",
        lambda: GOOD[:-1] + "!",
        lambda: GOOD.replace("..", ".é."),
        lambda: "",
    ],
)
def test_anything_else_is_malformed(spoil: Callable[[], str]) -> None:
    with pytest.raises(FeedRefused, match="signature_malformed"):
        KEY.verify(spoil().encode(), CONTENT)


def test_a_signature_of_zeros_does_not_hold() -> None:
    head = GOOD.split("..", maxsplit=1)[0]
    zeros = base64.urlsafe_b64encode(bytes(64)).rstrip(b"=").decode()
    with pytest.raises(FeedRefused, match="signature_bad"):
        KEY.verify(f"{head}..{zeros}".encode(), CONTENT)


@pytest.mark.parametrize(
    "jwk", [{}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-384"}, {"kty": "OKP", "crv": "P-256"}, []]
)
def test_another_kind_of_key_is_no_feed_key(jwk: object) -> None:
    with pytest.raises(ValueError, match="P-256"):
        FeedKey(json.dumps(jwk))
