"""An identity platform that signs whatever a test wants, by a JOSE library that is not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from vaxcert.identity.assertions import AssertionInvalid
from vaxcert.keys.jws import Key

ISSUER = "https://platform.example.cn"
AUDIENCE = "vaxcert"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def ec_key(seed: int = 7) -> ec.EllipticCurvePrivateKey:
    """A P-256 key, the same for the same seed."""
    return ec.derive_private_key(seed, ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, made once per run."""
    return rsa.generate_private_key(65537, bits)


def claims(now: datetime, **changed: Any) -> dict[str, Any]:
    """The claims of an assertion made at `now` for a man born on 1990-01-01; `changed` replaces some, None removes."""
    seconds = int(now.timestamp())
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "nonce": "n",
        "iat": seconds,
        "exp": seconds + 120,
        "auth_time": seconds,
        "amr": ["face"],
        "channel": "app",
        "id_type": "resident",
        "id_no": "320600199001010015",
        "name": "张三",
        "phone": "13800000000",
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def sign(
    payload: Mapping[str, Any] | bytes,
    *,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    kid: str = "p1",
    typ: str = "JWT",
    **header: Any,
) -> str:
    """A compact JWS over `payload`, with low s; `header` adds members or replaces them."""
    key = key or ec_key()
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    token = jwt.PyJWS().encode(data, key, algorithm, headers={"kid": kid, "typ": typ, **header})
    return token if algorithm == "RS256" or _s(token) <= ORDER // 2 else twin(token)


def twin(token: str) -> str:
    """The same token with the other signature that verifies: s replaced by n - s."""
    signed, _, signature = token.rpartition(".")
    raw = jwt.utils.base64url_decode(signature)
    return f"{signed}.{jwt.utils.base64url_encode(raw[:32] + (ORDER - _s(token)).to_bytes(32)).decode()}"


def jwks(**keys: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """The published key set: kid → key."""
    return json.dumps({"keys": [jwk(kid, key) for kid, key in keys.items()]}).encode()


def jwk(kid: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[str, Any]:
    """The public JWK of a private key."""
    if isinstance(key, rsa.RSAPrivateKey):
        return {
            **RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
            "kid": kid,
            "use": "sig",
            "alg": "RS256",
        }
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "ES256"}


class FixedKeys:
    """Port `KeySource` with one EC key, "p1", and one RSA key, "p2"."""

    def key(self, kid: str, now: datetime) -> Key | None:
        keys: dict[str, Key] = {"p1": ec_key().public_key()}
        if kid == "p2":
            keys["p2"] = rsa_key().public_key()
        return keys.get(kid)


class FakeExchange:
    """Port `Exchange`: codes with what the platform does about them; each is given once."""

    def __init__(self) -> None:
        self.codes: dict[str, str | Exception] = {}
        self.asked: list[str] = []

    def assertion(self, entry_code: str) -> str:
        self.asked.append(entry_code)
        found = self.codes.pop(entry_code, AssertionInvalid())
        if isinstance(found, Exception):
            raise found
        return found


def _s(token: str) -> int:
    return int.from_bytes(jwt.utils.base64url_decode(token.rpartition(".")[2])[32:])
