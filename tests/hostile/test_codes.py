"""What is no code of ours: refused for its first fault, at no cost, and never followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.counts import examples
from tests.fakes.signing import key_pair
from tests.unit.codes.test_token import KEY, MINUTE, a_code
from vaxcert.aws.clock import epoch
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import PREFIX, read, write
from vaxcert.keys import es256

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GOOD = write(a_code(), KEY)
TOKEN = base45.b45decode(GOOD.removeprefix(PREFIX))
EXP, IAT = epoch(a_code().expires_at), epoch(a_code().issued_at)
CTI = a_code().cti


def keys() -> Mapping[str, EllipticCurvePublicKey]:
    return {KEY.kid: KEY.private.public_key()}


def no_keys() -> Mapping[str, EllipticCurvePublicKey]:
    raise AssertionError("a text of the wrong form must not cost a key")


def shown(token: bytes) -> str:
    return f"{PREFIX}{base45.b45encode(token).decode()}"


def signed(
    payload: bytes | None = None,
    *,
    protected: bytes | None = None,
    unprotected: Any = None,
    tag: int = 18,
    kid: bytes = b"cgx10",
    key: Any = KEY,
) -> str:
    """A well-signed token of another form."""
    protected = cbor2.dumps({1: -7, 4: kid}, canonical=True) if protected is None else protected
    payload = claims() if payload is None else payload
    to_sign = cbor2.dumps(["Signature1", protected, b"", payload])
    signature = es256.sign(key.private, to_sign)
    return shown(cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected or {}, payload, signature])))


def claims(**changed: Any) -> bytes:
    values: dict[Any, Any] = {4: EXP, 6: IAT, 7: CTI}
    for name, value in changed.items():
        values[int(name.removeprefix("_").replace("m", "-"))] = value
    return cbor2.dumps(values, canonical=True)


def test_the_builder_builds_what_the_writer_writes() -> None:
    assert isinstance(read(signed(), keys, MINUTE), Code)


NOT_OURS = {
    "nothing": "",
    "another prefix": "HC1:" + GOOD.removeprefix(PREFIX),
    "no prefix": GOOD.removeprefix(PREFIX),
    "only the prefix": PREFIX,
    "an address": "https://example.cn/?code=" + GOOD,
    "a colon of another script": GOOD.replace(":", "\ua789", 1),
    "a letter that upper() makes two": GOOD + "ß",
    "outside of Base45": GOOD[:-1] + "=",
    "a space inside": GOOD[:40] + "\n" + GOOD[40:],
    "far too long": PREFIX + "A" * 5000,
    "a bomb of digits": "9" * 4000,
    "cut": GOOD[:-3],
    "cut in a group": GOOD[:-1],
    "longer": GOOD + "00",
    "a group over 65535": PREFIX + ":::" + GOOD[7:],
    "without the tag": shown(TOKEN[1:]),
    "another tag": signed(tag=17),
    "a tag around": shown(b"\xd8\x3d" + TOKEN),
    "an unprotected header": signed(unprotected={4: b"cgx10"}),
    "alg none": signed(protected=cbor2.dumps({1: 0, 4: b"cgx10"})),
    "alg EdDSA": signed(protected=cbor2.dumps({1: -8, 4: b"cgx10"})),
    "alg ES384": signed(protected=cbor2.dumps({1: -35, 4: b"cgx10"})),
    "alg HS256 with the public key": signed(protected=cbor2.dumps({1: 5, 4: b"cgx10"})),
    "alg by its name": signed(protected=cbor2.dumps({1: "ES256", 4: b"cgx10"})),
    "a COSE_Mac0": signed(tag=17, protected=cbor2.dumps({1: 5, 4: b"cgx10"})),
    "a session token": "eyJhbGciOiJFUzI1NiIsImtpZCI6InMxIiwidHlwIjoic2Vzc2lvbitqd3QifQ.e30.AAAA",
    "a code around a code": PREFIX + GOOD,
    "a kid in other letters": signed(kid=b"CGX10"),
    "a long kid": signed(kid=b"c" * 9),
    "a kid with a zero byte": signed(kid=b"cgx1\x00"),
    "padding of Base45": GOOD + "=" * 8,
    "a nest of tags": shown(b"\xc1" * 120 + TOKEN),
    "a nest of maps": shown(b"\xd2\x84" + b"\xa1\x00" * 60),
    "no alg": signed(protected=cbor2.dumps({4: b"cgx10"})),
    "no kid": signed(protected=cbor2.dumps({1: -7})),
    "a kid of text": signed(protected=cbor2.dumps({1: -7, 4: "cgx10"})),
    "a kid that is a path": signed(kid=b"../../k"),
    "an empty kid": signed(kid=b""),
    "crit": signed(protected=cbor2.dumps({1: -7, 2: [4], 4: b"cgx10"})),
    "x5u": signed(protected=cbor2.dumps({1: -7, 4: b"cgx10", 35: "https://example.cn/k"})),
    "header twice": signed(protected=b"\xa3\x01\x26\x04\x45cgx10\x04\x45cgx10"),
    "header in the other order": signed(protected=b"\xa2\x04\x45cgx10\x01\x26"),
    "header of indefinite length": signed(protected=b"\xbf\x01\x26\x04\x45cgx10\xff"),
    "a long form of a number": signed(protected=b"\xa2\x01\x38\x06\x04\x45cgx10"),
    "claims twice": signed(b"\xa4" + claims()[1:] + b"\x06\x1a" + IAT.to_bytes(4)),
    "claims of indefinite length": signed(b"\xbf" + claims()[1:] + b"\xff"),
    "no claims": signed(cbor2.dumps({})),
    "claims that are a list": signed(cbor2.dumps([1, 2, 3, 4])),
    "claims that are JSON": signed(json.dumps({"exp": EXP}).encode()),
    "an unknown claim": signed(claims(_2="somebody")),
    "no exp": signed(cbor2.dumps({6: IAT, 7: CTI}, canonical=True)),
    "exp of text": signed(claims(_4=str(EXP))),
    "exp a float": signed(claims(_4=float(EXP))),
    "exp in the year 9999": signed(claims(_4=253370764800)),
    "exp negative": signed(claims(_4=-1)),
    "exp before iat": signed(claims(_4=IAT - 1)),
    "exp a tagged date": signed(claims(_4=cbor2.CBORTag(1, EXP))),
    "a short cti": signed(claims(_7=b"c" * 15)),
    "a long cti": signed(claims(_7=b"c" * 17)),
    "cti of text": signed(claims(_7="c" * 16)),
    "a cti of a list": signed(claims(_7=[CTI])),
    "no cti": signed(cbor2.dumps({4: EXP, 6: IAT}, canonical=True)),
    "a claim of ours beside it": signed(claims(_m65537=[CTI, 0, 0])),
    "a name beside it": signed(claims(_m65537="somebody")),
    "iat true": signed(claims(_6=True)),
    "something after it": shown(TOKEN + b"\x00"),
    "deep nesting": shown(b"\xd2\x84" + b"\x81" * 100),
    "a length beyond the end": shown(b"\xd2\x84\x5a\xff\xff\xff\xff"),
    "a regular expression by tag": shown(b"\xd8\x23\x6a(a+)+$aaaaa"),
    "a short signature": shown(TOKEN[:-66] + b"\x58\x3f" + TOKEN[-63:]),
    "a DER signature": shown(TOKEN[:-66] + b"\x58\x47" + TOKEN[-64:] + b"\x00" * 7),
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_another_form_is_malformed_before_any_key_is_looked_at(text: str) -> None:
    assert read(text, no_keys, MINUTE) is Fault.MALFORMED


def test_an_unknown_key_comes_before_the_signature() -> None:
    other = key_pair("other")
    assert read(signed(kid=b"c0000", key=other), keys, MINUTE) is Fault.UNKNOWN_KEY
    assert read(signed(key=other), keys, MINUTE) is Fault.BAD_SIGNATURE


def test_the_twin_signature_is_refused() -> None:
    """(r, n - s) verifies in any library; here one code is one text."""
    r, s = TOKEN[-64:-32], int.from_bytes(TOKEN[-32:])
    twin = TOKEN[:-64] + r + (ORDER - s).to_bytes(32)
    assert read(shown(twin), keys, MINUTE) is Fault.BAD_SIGNATURE


@pytest.mark.parametrize("signature", [b"\x00" * 64, b"\xff" * 64, b"\x00" * 32 + b"\x01" * 32])
def test_degenerate_signatures_do_not_hold(signature: bytes) -> None:
    assert read(shown(TOKEN[:-64] + signature), keys, MINUTE) is Fault.BAD_SIGNATURE


@pytest.mark.parametrize("at", range(len(TOKEN)))
def test_every_changed_byte_is_noticed(at: int) -> None:
    changed = bytearray(TOKEN)
    changed[at] ^= 1
    assert isinstance(read(shown(bytes(changed)), keys, MINUTE), Fault)


@settings(max_examples=examples(900))
@given(st.text(max_size=300))
@example(GOOD[:20] + "\x00" + GOOD[20:])
def test_any_text_gets_an_answer(text: str) -> None:
    assert read(text, keys, timedelta(seconds=60)) is Fault.MALFORMED


@settings(max_examples=examples(900))
@given(st.binary(max_size=150))
def test_any_bytes_get_an_answer(token: bytes) -> None:
    assert isinstance(read(shown(token), keys, MINUTE), Fault)
