"""Tokens have one form and one verdict; PyJWT stands beside as another implementation (measurements: its pitfalls)."""

from __future__ import annotations

import base64
import json

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes import platform
from tests.fakes.signing import key_pair
from vaxcert.keys import es256, jws

CLAIMS = {"sub": "v1:abc", "name": "张三", "n": 7}
KEY = key_pair("s1")
PUBLIC = KEY.private.public_key()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def refused(token: str, key: jws.Key = PUBLIC) -> bool:
    try:
        jws.verify(jws.read(token), key)
    except jws.InvalidToken:
        return True
    return False


def test_what_we_sign_we_and_others_can_read() -> None:
    token = jws.sign(CLAIMS, "session+jwt", KEY)
    read = jws.read(token)
    assert (read.alg, read.typ, read.kid) == ("ES256", "session+jwt", "s1")
    assert jws.verify(read, PUBLIC) == CLAIMS
    assert jwt.decode(token, PUBLIC, ["ES256"], options={"verify_sub": False}) == CLAIMS


def test_what_others_sign_we_can_read() -> None:
    assert jws.verify(jws.read(platform.sign(CLAIMS)), platform.ec_key().public_key()) == CLAIMS
    rsa = platform.rsa_key()
    assert jws.verify(jws.read(platform.sign(CLAIMS, key=rsa)), rsa.public_key()) == CLAIMS


@settings(max_examples=examples(30))
@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=20) | st.booleans(), max_size=5))
def test_property_every_signature_of_ours_has_the_low_s(claims: dict[str, int | str | bool]) -> None:
    token = jws.sign(claims, "t", KEY)
    assert jws.verify(jws.read(token), PUBLIC) == claims
    assert int.from_bytes(jws.decode(token.rpartition(".")[2])[32:]) <= platform.ORDER // 2


def test_the_twin_signature_is_refused_though_it_verifies() -> None:
    token = jws.sign(CLAIMS, "t", KEY)
    other = platform.twin(token)
    assert jwt.PyJWS().decode(other, PUBLIC, ["ES256"])  # PyJWT takes it
    assert refused(other)
    assert not refused(token)
    assert (
        jws.verify(jws.read(other), PUBLIC, low_s=False) == CLAIMS
    )  # a device promises no more than the RFC


def test_a_signature_has_64_bytes_and_no_zero_more() -> None:
    """r | 0 | s is the same pair of numbers in another text."""
    signature = es256.sign(KEY.private, b"message")
    assert es256.holds(PUBLIC, signature, b"message")
    for other in (signature[:32] + b"\0" + signature[32:], signature[:-1], signature[:32], b""):
        assert not es256.holds(PUBLIC, other, b"message")
        assert not es256.is_low(other)


def test_r3_an_rs256_signature_is_the_keys_or_refused() -> None:
    """The platform may sign by RSA: another payload, another key or a spoiled signature is nobody's word."""
    public = platform.rsa_key().public_key()
    header, payload, signature = platform.sign(CLAIMS, key=platform.rsa_key()).split(".")
    spoiled = bytes([jws.decode(signature)[0] ^ 1]) + jws.decode(signature)[1:]
    assert not refused(f"{header}.{payload}.{signature}", public)
    assert refused(f"{header}.{b64(b'{}')}.{signature}", public)
    assert refused(f"{header}.{payload}.{b64(spoiled)}", public)
    assert refused(f"{header}.{payload}.{b64(bytes(256))}", public)
    assert refused(f"{header}.{payload}.", public)
    assert refused(platform.sign(CLAIMS), public)


def test_padding_is_refused_though_pyjwt_takes_it() -> None:
    token = jws.sign(CLAIMS, "t", KEY)
    assert jwt.PyJWS().decode(token + "==", PUBLIC, ["ES256"])
    assert refused(token + "==")


def test_stray_trailing_bits_are_refused() -> None:
    signed, _, signature = jws.sign(CLAIMS, "t", KEY).rpartition(
        "."
    )  # 64 bytes: the last character has 4 spare bits
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = alphabet[alphabet.index(signature[-1]) + 1]
    assert base64.urlsafe_b64decode(signature[:-1] + stray + "==") == base64.urlsafe_b64decode(
        signature + "=="
    )
    assert refused(f"{signed}.{signature[:-1]}{stray}")


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "ES384"},
        {"alg": "es256"},
        {"alg": ["ES256"]},
        {"alg": None},
        {"typ": None},
        {"typ": 1},
        {"kid": 1},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"jwk": {"kty": "EC"}},
        {"zip": "DEF"},
    ],
)
def test_any_other_header_is_refused(change: dict[str, object]) -> None:
    header = {"alg": "ES256", "typ": "t", "kid": "s1", **change}
    signed = f"{b64(json.dumps({k: v for k, v in header.items() if v is not None}).encode())}.{b64(b'{}')}"
    assert refused(f"{signed}.{b64(es256.sign(KEY.private, signed.encode()))}")


def test_a_public_key_used_as_a_shared_secret_is_refused() -> None:
    header = b64(b'{"alg":"HS256","typ":"t","kid":"s1"}')
    assert refused(f"{header}.{b64(b'{}')}.{b64(bytes(32))}")


def test_invariant_7_a_refusal_quotes_nothing_of_the_token() -> None:
    with pytest.raises(jws.InvalidToken) as caught:
        jws.read("secret.secret.secret")
    assert caught.value.args == ()
    assert "secret" not in repr(jws.read(jws.sign({"sub": "secret"}, "t", KEY)))


def test_an_unsigned_token_is_refused() -> None:
    assert refused(f"{b64(b'{"alg":"none","typ":"t","kid":"s1"}')}.{b64(b'{}')}.")


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","alg":"ES256","typ":"t","kid":"s1"}',
        b'["ES256"]',
        b'"ES256"',
        b"{",
        b"\xff\xfe",
        '{"alg":"ES256","typ":"t","kid":"s1"}'.encode("utf-16"),
        b"[" * 380,
        b'{"alg":"ES256","typ":"t","kid":"' + b"k" * 400 + b'"}',
    ],
)
def test_a_malformed_header_is_refused(header: bytes) -> None:
    signed = f"{b64(header)}.{b64(b'{}')}"
    assert refused(f"{signed}.{b64(es256.sign(KEY.private, signed.encode()))}")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"sub":"a","sub":"b"}',
        b'{"exp":{"a":1,"a":2}}',
        b'{"exp":NaN}',
        b'{"exp":-Infinity}',
        b"[]",
        b"1",
        b"{",
        b"\xff",
        b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"exp":' + b"9" * 4000 + b"}",
        "{}".encode("utf-16"),
    ],
)
def test_malformed_claims_are_refused_even_when_signed(payload: bytes) -> None:
    assert refused(platform.sign(payload, kid="s1", key=KEY.private))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a..c",
        ".b.c",
        "a.b.",
        "é.é.é",
        "a b.c.d",
        "a\n.b.c",
        "x" * 5000,
        "." * 4096,
        "A.A.A",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token)


def test_a_token_over_four_kilobytes_is_refused_before_it_is_read() -> None:
    token = jws.sign({"fill": "x" * 4000}, "t", KEY)
    assert len(token) > jws.LARGEST
    assert refused(token)
    assert not refused(jws.sign({"fill": "x" * 2800}, "t", KEY))


@pytest.mark.parametrize(
    ("header", "payload", "taken"),
    [  # in bytes, of which Base64 makes four characters of three
        (25, 2980, True),  # 34, 3974 and 86 characters, and two dots: 4096
        (25, 2981, False),
        (384, 40, True),  # a header of 512 characters
        (385, 40, False),
    ],
)
def test_a_token_and_its_header_may_be_as_long_as_is_agreed(header: int, payload: int, taken: bool) -> None:
    head, claims = b'{"alg":"ES256","typ":"t"}', b'{"fill":"%s"}'
    if header > len(head):
        head = b'{"alg":"ES256","typ":"t","kid":"%s"}' % (b"k" * (header - len(head) - 9))
    signed = f"{b64(head)}.{b64(claims % (b'x' * (payload - 11)))}"
    assert refused(f"{signed}.{b64(es256.sign(KEY.private, signed.encode()))}") is not taken


def test_the_low_s_is_the_lower_half_to_the_last() -> None:
    middle = platform.ORDER // 2
    assert [es256.is_low(bytes(32) + s.to_bytes(32)) for s in (middle, middle + 1)] == [True, False]


@pytest.mark.parametrize(
    "signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32, b"\1" * 63, b"\1" * 65, b"\1"]
)
def test_signatures_out_of_range_are_refused(signature: bytes) -> None:
    signed = jws.sign(CLAIMS, "t", KEY).rpartition(".")[0]
    assert refused(f"{signed}.{b64(signature)}")


def test_a_signature_of_another_key_or_kind_is_refused() -> None:
    assert refused(jws.sign(CLAIMS, "t", key_pair("s2")))
    assert refused(platform.sign(CLAIMS, key=platform.rsa_key()))
    assert refused(platform.sign(CLAIMS), platform.rsa_key().public_key())
    assert refused(platform.sign(CLAIMS, key=platform.rsa_key())[:-4], platform.rsa_key().public_key())


@settings(max_examples=examples(60))
@given(place=st.integers(0, 10_000), character=st.sampled_from("AQgw048-_.=/+ é"))
def test_property_no_changed_character_goes_unseen(place: int, character: str) -> None:
    token = jws.sign({"sub": "v1:abc"}, "t", KEY)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    assert refused(changed) is (changed != token)


@given(st.text(max_size=200))
def test_property_no_text_makes_it_stumble(text: str) -> None:
    assert refused(text)


def test_a_header_without_kid_names_no_key() -> None:
    token = jwt.PyJWS().encode(b"{}", KEY.private, "ES256")
    assert jws.read(token).kid == ""
