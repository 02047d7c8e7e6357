"""Hostile sessions and device tokens, each refused by the authorizer: 401, one line that says `refused`, and nothing of the token (R3).

What was wrong is never told apart to the outside: a forger learns nothing from the answer. The names below say it here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.authorize_request.app import create
from tests.fakes.clock import FakeClock
from tests.fakes.sessions import FakeSessions
from tests.fakes.signing import FakeKeys, key_pair
from tests.hostile.targets import CITIZEN, DEVICE, GOOD_CODE, GOOD_TOKENS, NOW, SECONDS
from tests.hostile.test_codes import NOT_OURS, ORDER
from vaxcert.identity.authorization import Authorizer
from vaxcert.identity.tokens import mint_device, mint_session
from vaxcert.keys import es256, jws

SESSION, DEVICE_TOKEN = GOOD_TOKENS
HEADER, CLAIMS, SIGNATURE = SESSION.split(".")
SAID: dict[str, Any] = jws.parse_json(jws.decode(CLAIMS))
S1, D1 = key_pair("s1"), key_pair("d1")
PUBLIC_PEM = S1.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
R, S = jws.decode(SIGNATURE)[:32], int.from_bytes(jws.decode(SIGNATURE)[32:])


def b64(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: Any = None, claims: Any = None, key: Any = S1, **changed: Any) -> str:
    """Well signed by a key of ours; header and claims as given, or the good ones with changes (None takes one away)."""
    head = {"alg": "ES256", "kid": "s1", "typ": "session+jwt"} if header is None else header
    said = {name: value for name, value in (SAID | changed).items() if value is not None}
    text = f"{b64(head)}.{b64(said if claims is None else claims)}"
    return f"{text}.{b64(es256.sign(key.private, text.encode()))}"


def hs256(secret: bytes, kid: str = "s1") -> str:
    """The public key taken for a shared secret."""
    text = f"{b64({'alg': 'HS256', 'kid': kid, 'typ': 'session+jwt'})}.{CLAIMS}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def head(**changed: Any) -> dict[str, Any]:
    found = {"alg": "ES256", "kid": "s1", "typ": "session+jwt"} | changed
    return {name: value for name, value in found.items() if value is not None}


def by_another_library(key: Any, algorithm: str, **headers: Any) -> str:
    return jwt.encode(SAID, key, algorithm=algorithm, headers={"kid": "s1", "typ": "session+jwt"} | headers)


NOBODYS: dict[str, str] = {
    # algorithms
    "alg none": f"{b64(head(alg='none'))}.{CLAIMS}.",
    "alg none with a signature": f"{b64(head(alg='none'))}.{CLAIMS}.{SIGNATURE}",
    "alg nOnE": f"{b64(head(alg='nOnE'))}.{CLAIMS}.",
    "alg HS256 with the public key as PEM": hs256(PUBLIC_PEM),
    "alg HS256 with the public key as DER": hs256(
        S1.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ),
    "alg HS256 with an empty secret": hs256(b""),
    "alg ES384": by_another_library(ec.derive_private_key(7, ec.SECP384R1()), "ES384"),
    "alg RS256": by_another_library(rsa.generate_private_key(65537, 2048), "RS256"),
    "alg in small letters": signed(head(alg="es256")),
    "alg a list": signed(head(alg=["ES256"])),
    "no alg": signed(head(alg=None)),
    # keys
    "a foreign kid": signed(head(kid="s9"), key=key_pair("s9")),
    "a foreign key under our kid": signed(key=key_pair("s9")),
    "no kid": signed(head(kid=None)),
    "an empty kid": signed(head(kid="")),
    "a kid that is a path": signed(head(kid="../../../etc/passwd")),
    "a kid that is a query": signed(head(kid="s1' OR '1'='1")),
    "a kid with a zero byte": signed(head(kid="s1\x00")),
    "a kid that is a number": signed(head(kid=1)),
    "the kid of the other class": signed(head(kid="d1"), key=D1),
    "its own key in the header": signed(head(jwk={"kty": "EC"})),
    "an address of keys": signed(head(jku="https://example.cn/jwks.json")),
    "a certificate": signed(head(x5c=["MIIB"])),
    "crit": signed(head(crit=["exp"])),
    "unencoded payload": signed(head(b64=False)),
    # another class or kind
    "a session as a device token": signed(head(typ="device+jwt")),
    "a session by the device key": signed(head(kid="d1", typ="device+jwt"), key=D1),
    "a device token as a session": signed(claims=jws.decode(DEVICE_TOKEN.split(".")[1])),
    "another typ": signed(head(typ="JWT")),
    "typ in capitals": signed(head(typ="SESSION+JWT")),
    "no typ": signed(head(typ=None)),
    "a client assertion": jwt.encode(
        {"iss": "dev-1", "sub": "dev-1", "exp": SECONDS + 60}, D1.private, algorithm="ES256"
    ),
    "a shown code": GOOD_CODE,
    # signatures
    "the twin signature": f"{HEADER}.{CLAIMS}.{b64(R + (ORDER - S).to_bytes(32))}",
    "no signature": f"{HEADER}.{CLAIMS}.",
    "a signature of zeros": f"{HEADER}.{CLAIMS}.{b64(bytes(64))}",
    "r and s of the order": f"{HEADER}.{CLAIMS}.{b64(ORDER.to_bytes(32) * 2)}",
    "a short signature": f"{HEADER}.{CLAIMS}.{b64(jws.decode(SIGNATURE)[:63])}",
    "a DER signature": f"{HEADER}.{CLAIMS}."
    + b64(S1.private.sign(f"{HEADER}.{CLAIMS}".encode(), ec.ECDSA(SHA256()))),
    "another's signature": f"{HEADER}.{CLAIMS}.{DEVICE_TOKEN.split('.')[2]}",
    # form
    "nothing": "",
    "padding": f"{HEADER}.{CLAIMS}.{SIGNATURE}==",
    "padding inside": f"{HEADER}=.{CLAIMS}.{SIGNATURE}",
    "stray bits": SESSION[:-1] + chr(ord(SESSION[-1]) + 1),
    "standard Base64": SESSION.replace("-", "+").replace("_", "/") + "/",
    "truncated": SESSION[:-20],
    "two parts": f"{HEADER}.{CLAIMS}",
    "four parts": f"{SESSION}.{SIGNATURE}",
    "JSON instead of compact": json.dumps({"protected": HEADER, "payload": CLAIMS, "signature": SIGNATURE}),
    "oversized": signed(more="x" * 5000),
    "an oversized header": signed(head(kid="s" * 600)),
    "a bomb of brackets": signed(claims=b"[" * 2500),
    "a bomb of objects": signed(claims=b'{"a":' * 500 + b"1" + b"}" * 500),
    "a number of many digits": signed(claims=b'{"exp":' + b"9" * 2500 + b"}"),
    "a space inside": f"{HEADER}. {CLAIMS}.{SIGNATURE}",
    "a line end after it": f"{SESSION}\n",
    # claims
    "members twice": signed(claims=jws.decode(CLAIMS)[:-1] + b',"sub":"v1:other"}'),
    "a header with members twice": signed(b'{"alg":"ES256","alg":"none","kid":"s1","typ":"session+jwt"}'),
    "claims that are a list": signed(claims=[1]),
    "claims not in UTF-8": signed(claims=b'{"sub":"\xff"}'),
    "NaN": signed(claims=b'{"exp":NaN}'),
    "exp far away": signed(exp=253370764800),
    "exp in twelve hours and a second": signed(exp=SAID["iat"] + 43201),
    "exp past": signed(exp=SECONDS, iat=SECONDS - 60),
    "no exp": signed(exp=None),
    "exp of text": signed(exp=str(SAID["exp"])),
    "exp a float": signed(exp=float(SAID["exp"])),
    "exp true": signed(exp=True),
    "exp negative": signed(exp=-1),
    "iat to come": signed(iat=SECONDS + 31, exp=SECONDS + 600),
    "no iat": signed(iat=None),
    "no sub": signed(sub=None),
    "an empty sub": signed(sub=""),
    "sub a list": signed(sub=["v1:s"]),
    "no name": signed(name=None),
    "two methods": signed(amr=["face", "strong"]),
    "no verification": signed(auth_time=None),
}


def asked(token: str) -> dict[str, Any]:
    header = f"Bearer {token}"
    return {
        "headers": {"Authorization": header},
        "multiValueHeaders": {"Authorization": [header]},
        "methodArn": "arn:aws-cn:execute-api:cn-north-1:000000000000:api/live/GET/v1/certificates",
        "requestContext": {"requestId": "6f1c3a52"},
    }


def authorizer() -> Any:
    return create(Authorizer(FakeKeys(), FakeSessions()), FakeClock())


def test_the_good_ones_are_let_in() -> None:
    for token in (SESSION, DEVICE_TOKEN, signed()):
        assert authorizer()(asked(token), None)["policyDocument"]
    assert (mint_session(CITIZEN, S1), mint_device(DEVICE, "j", D1, NOW)) != GOOD_TOKENS, (
        "no two signatures alike"
    )


@pytest.mark.parametrize("token", NOBODYS.values(), ids=NOBODYS.keys())
def test_each_is_refused_and_quoted_nowhere(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Invariant 7 as well: the log line knows the outcome, the time it took and the gateway's own id of the request."""
    with pytest.raises(Exception, match=r"^Unauthorized$") as caught:
        authorizer()(asked(token), None)
    assert caught.value.__cause__ is None
    line = json.loads(capsys.readouterr().out)
    assert (set(line), line["result"]) == ({"service", "result", "ms", "correlation_id"}, "refused")
    assert line["correlation_id"] == "6f1c3a52"


@pytest.mark.parametrize("scheme", ["Basic", "Bearer,", "Token", ""])
def test_another_scheme_is_nobody(scheme: str) -> None:
    event = asked(SESSION)
    event["multiValueHeaders"]["Authorization"] = [f"{scheme} {SESSION}"]
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer()(event, None)
    event["multiValueHeaders"]["Authorization"] = [f"Bearer {SESSION}"] * 2
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer()(event, None)


def test_there_are_enough_of_them_and_they_are_cheap() -> None:
    """Sixty hostile codes and tokens were asked for. The largest token costs no more than a few good ones."""
    assert len(NOT_OURS) >= 60
    assert len(NOBODYS) >= 60
    assert len(set(NOBODYS.values())) == len(NOBODYS)

    def seconds(token: str) -> float:
        started = time.perf_counter()
        for _ in range(20):
            with pytest.raises(Exception, match="Unauthorized"):
                authorizer()(asked(token), None)
        return time.perf_counter() - started

    assert max(map(seconds, ("A" * 1_000_000, "." * 100_000, NOBODYS["a bomb of brackets"]))) < 1.0


def test_a_clock_a_minute_on_lets_the_dead_stay_dead() -> None:
    late = create(Authorizer(FakeKeys(), FakeSessions()), FakeClock(NOW + timedelta(hours=1)))
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        late(asked(SESSION), None)
