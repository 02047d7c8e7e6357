"""What the fuzzers feed: bytes become a hostile code or token, and what was made of it is judged by other means than the reader's.

Three ways to spend the bytes, so that a mutation gets past the outer form: as the text itself, spliced into a good one, and as
the inside of one that is signed anew with our own key. A reader may take a text that we signed and that holds what it should; anything
else that it takes is a wrong accept, and anything that it raises is uncaught.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import base45
import cbor2

from tests.fakes.clock import FakeClock
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys, key_pair
from vaxcert.codes.model import Code, Fault
from vaxcert.codes.token import PREFIX, read, write
from vaxcert.errors import Unauthorized
from vaxcert.identity.authorization import Authorizer
from vaxcert.identity.model import Citizen, Device
from vaxcert.identity.tokens import mint_device, mint_session
from vaxcert.keys import es256, jws

type Target = Callable[[bytes], str]

NOW = FakeClock()()
SECONDS = int(NOW.timestamp())
MINUTE = timedelta(seconds=60)
KEYS = FakeKeys(session=["s1"], device=["d1"], code=["cgx00", "cgx10"])
CODE_KEY = key_pair("cgx10")
GOOD_CODE = write(
    Code("c" + "a" * 13, 3, 7, b"c" * 5, NOW.astimezone(UTC).replace(microsecond=0), NOW + MINUTE), CODE_KEY
)
GOOD_BYTES = base45.b45decode(GOOD_CODE.removeprefix(PREFIX))
CITIZEN = Citizen(
    "v1:s", "n1:n", "00ff", NOW - timedelta(minutes=1), NOW + timedelta(minutes=30), "app", "face", NOW
)
DEVICE = Device("dev-1", "3206000001", frozenset({"ticket"}), 3, NOW + timedelta(minutes=15))
GOOD_TOKENS = (mint_session(CITIZEN, key_pair("s1")), mint_device(DEVICE, "j", key_pair("d1"), NOW))

_CODE_SEEDS = (
    cbor2.dumps({4: SECONDS + 60, 6: SECONDS, 7: b"c" * 16}, canonical=True),
    cbor2.dumps({1: -7, 4: b"cgx10"}, canonical=True),
)
# Blanks, controls and the soft hyphen of Latin 1.
_AROUND = r"\A[\x00-\x20\x7f-\xa0\xad]+|[\x00-\x20\x7f-\xa0\xad]+\Z"
_AUTHORIZER = Authorizer(KEYS, FakeSessions())


class WrongAccept(AssertionError):
    """Something was taken that nobody should take."""


def code_target(data: bytes) -> str:
    """One hostile code; what the reader said. Raises WrongAccept, or what the reader raised."""
    way, rest = (data[0] if data else 0) % 4, data[1:]
    if way == 0:
        text = rest.decode("latin-1")
    elif way == 1:
        text = f"{PREFIX}{base45.b45encode(_spliced(GOOD_BYTES, rest)).decode()}"
    elif way == 2:
        text = _spliced(GOOD_CODE.encode(), rest).decode("latin-1")
    else:
        text = _signed_code(rest)
    found = read(text, lambda: KEYS.public("code"), MINUTE)
    if isinstance(found, Fault):
        return str(found)
    _judge_code(text, found)
    return "accepted"


def token_target(data: bytes) -> str:
    """One hostile session or device token, as `code_target`."""
    way, rest = (data[0] if data else 0) % 4, data[1:]
    good = GOOD_TOKENS[len(rest) % 2]
    if way == 0:
        text = rest.decode("latin-1")
    elif way == 1:
        parts = [jws.decode(part) for part in good.split(".")]
        place = (rest[0] if rest else 0) % 3
        parts[place] = _spliced(parts[place], rest[1:])
        text = ".".join(map(jws.encode, parts))
    elif way == 2:
        text = _spliced(good.encode(), rest).decode("latin-1")
    else:
        text = _signed_token(rest)
    try:
        _AUTHORIZER.caller(text, NOW)
    except Unauthorized:
        return "refused"
    _judge_token(text)
    return "accepted"


TARGETS: dict[str, Target] = {"codes": code_target, "tokens": token_target}


def seeds(name: str) -> list[bytes]:
    """Where a fuzzer starts from: good ones, and good insides."""
    if name == "codes":
        return [
            b"\x00" + GOOD_CODE.encode(),
            b"\x03\x00" + _CODE_SEEDS[0],
            b"\x03\x01" + _CODE_SEEDS[1],
            b"\x01\x05\x01\xff",
        ]
    header, claims, _ = GOOD_TOKENS[0].split(".")
    inside = [b"\x03\x00" + jws.decode(header), b"\x03\x01" + jws.decode(claims)]
    inside.append(b"\x03\x03" + jws.decode(GOOD_TOKENS[1].split(".")[1]))
    return [*(b"\x00" + token.encode() for token in GOOD_TOKENS), *inside, b"\x01\x01\x05\x01\xff"]


def run_all(target: Target, inputs: list[bytes]) -> Counter[str]:
    """What became of each."""
    return Counter(target(data) for data in inputs)


def _spliced(good: bytes, edits: bytes) -> bytes:
    """`good` with three-byte edits: where, what to do, which byte."""
    changed = bytearray(good)
    for at in range(0, len(edits) - 2, 3):
        where, deed, byte = edits[at] % (len(changed) + 1), edits[at + 1] % 4, edits[at + 2]
        if deed == 0:
            changed[where : where + 1] = bytes([byte])
        elif deed == 1:
            changed[where:where] = bytes([byte])
        elif deed == 2:
            del changed[where : where + 1 + byte % 16]
        else:
            changed[where:where] = bytes(changed[where : where + byte])
    return bytes(changed)


def _signed_code(rest: bytes) -> str:
    """A payload or a protected header of the fuzzer's own, well signed by a key of ours."""
    payload, protected = _CODE_SEEDS
    if (rest[0] if rest else 0) % 2:
        protected = rest[1:]
    else:
        payload = rest[1:]
    signature = es256.sign(CODE_KEY.private, cbor2.dumps(["Signature1", protected, b"", payload]))
    token = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    return f"{PREFIX}{base45.b45encode(token).decode()}"


def _signed_token(rest: bytes) -> str:
    mode = rest[0] if rest else 0
    kid, typ, good = (
        ("s1", "session+jwt", GOOD_TOKENS[0]) if mode & 2 == 0 else ("d1", "device+jwt", GOOD_TOKENS[1])
    )
    header = json.dumps({"alg": "ES256", "kid": kid, "typ": typ}).encode()
    claims = jws.decode(good.split(".")[1])
    if mode & 1:
        claims = rest[1:]
    else:
        header = rest[1:]
    signed = f"{jws.encode(header)}.{jws.encode(claims)}"
    return f"{signed}.{jws.encode(es256.sign(key_pair(kid).private, signed.encode()))}"


def _judge_code(text: str, found: Code) -> None:
    """By cbor2 alone: a COSE_Sign1 of ours, the three claims, canonical, and nothing around them."""
    shown = re.sub(_AROUND, "", text).upper()
    token = base45.b45decode(re.sub(r"\A\]Q.", "", shown).strip(" ").removeprefix(PREFIX))
    tagged: Any = cbor2.loads(token)
    protected, unprotected, payload, signature = tagged.value
    claims: Any = cbor2.loads(payload)
    header: Any = cbor2.loads(protected)
    good = (
        tagged.tag == 18
        and unprotected == {}
        and cbor2.dumps(tagged, canonical=True) == token
        and header == {1: -7, 4: header[4]}
        and header[4].decode() in KEYS.kids["code"]
        and set(claims) == {4, 6, 7}
        and type(claims[4]) is type(claims[6]) is int
        and 0 < claims[4] - claims[6] <= 60
        and type(claims[7]) is bytes
        and len(claims[7]) == 16
        and cbor2.dumps(claims, canonical=True) == payload
        and len(signature) == 64
        and (found.slot, found.grant_version) == divmod(int.from_bytes(claims[7][8:11]), 1 << 20)
        and (found.cti, found.nonce) == (claims[7], claims[7][11:])
    )
    if not good:
        raise WrongAccept(text)


def _judge_token(text: str) -> None:
    """By the standard library's JSON alone: our header, times that hold, and the claims that callers are made of."""
    header, claims = (json.loads(jws.decode(part)) for part in text.split(".")[:2])
    own = {"s1": "session+jwt", "d1": "device+jwt"}
    needed = {"session+jwt": {"sub", "name", "jti", "auth_time", "amr", "channel"}}.get(
        header["typ"], {"sub", "clinic_code", "stations", "version", "jti"}
    )
    good = (
        set(header) == {"alg", "kid", "typ"}
        and header["alg"] == "ES256"
        and own.get(header["kid"]) == header["typ"]
        and needed <= set(claims)
        and type(claims["exp"]) is type(claims["iat"]) is int
        and 0 < claims["exp"] - claims["iat"] <= 12 * 3600
        and claims["iat"] <= SECONDS + 30
        and claims["exp"] > SECONDS
    )
    if not good:
        raise WrongAccept(text)
