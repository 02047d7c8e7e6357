"""Compact JWS (RFC 7515): PyJWT signs and verifies, and a token has one accepted form.

PyJWT takes what we must refuse (`==` padding, any `typ`, further headers, repeated members, the twin signature n - s), so a
token's form is looked at before PyJWT sees it: at most 4096 characters, three unpadded canonical base64url parts, a header of
`alg`, `typ` and `kid` and nothing else, and an ES256 signature with the low s (s ≤ n/2). No key and no URL is ever taken from a
token, and the algorithm is the key's, never the token's choice. What the claims must say is their reader's to check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from vaxcert.keys import es256
from vaxcert.keys.base64url import decode, encode
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.pyjwt import PyJWS, PyJWTError
from vaxcert.strict_json import parse

__all__ = [
    "LARGEST",
    "InvalidToken",
    "Key",
    "Unverified",
    "decode",
    "encode",
    "parse_json",
    "read",
    "sign",
    "verify",
]

LARGEST: Final = 4096
_LARGEST_HEADER: Final = 512
_HEADER: Final = {"alg", "typ"}
_ES256: Final = "ES256"
_RS256: Final = "RS256"
_JWS: Final = PyJWS(algorithms=[_ES256, _RS256])

type Key = EllipticCurvePublicKey | RSAPublicKey


class InvalidToken(Exception):
    """The token does not hold. Says nothing more: what was wrong with it came from outside (invariant 7)."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token whose form holds and whose signature is unchecked: `kid` may only pick a key that we have.

    A signer with one key (a clinic's device) may leave `kid` out; it is "" then, which is the id of no key.
    """

    alg: str
    typ: str
    kid: str
    text: str = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def sign(claims: Mapping[str, Any], typ: str, key: SigningKey) -> str:
    """An ES256 token in the form that `read` takes."""
    payload = json.dumps(claims, separators=(",", ":")).encode()
    token = _JWS.encode(payload, key.private, _ES256, headers={"kid": key.kid, "typ": typ})
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{encode(es256.low(decode(signature)))}"


def read(token: str) -> Unverified:
    """Take a token apart. Raises InvalidToken; costs a bounded amount of work whatever it is given."""
    if len(token) > LARGEST:
        raise InvalidToken
    parts = token.split(".")
    if len(parts[0]) > _LARGEST_HEADER:
        raise InvalidToken
    try:
        header_bytes, payload, signature = map(decode, parts)  # ValueError for other than three, too
    except ValueError:
        raise InvalidToken from None
    header = parse_json(header_bytes)
    if header.keys() - {"kid"} != _HEADER or not all(isinstance(value, str) for value in header.values()):
        raise InvalidToken
    return Unverified(header["alg"], header["typ"], header.get("kid", ""), token, payload, signature)


def verify(token: Unverified, key: Key, *, low_s: bool = True) -> dict[str, Any]:
    """The claims of a token that `key` signed. Raises InvalidToken.

    `low_s=False` is for signers who promise no more than RFC 7518 does (a clinic's device): then a signature
    has a twin, and what is burned to stop a replay must be a claim, never the token's text.
    """
    algorithm = _RS256 if isinstance(key, RSAPublicKey) else _ES256
    if algorithm == _ES256 and low_s and not es256.is_low(token.signature):
        raise InvalidToken
    try:
        payload: bytes = _JWS.decode(token.text, key, algorithms=[algorithm])
    except PyJWTError:
        raise InvalidToken from None
    return parse_json(payload)


def parse_json(data: bytes) -> dict[str, Any]:
    """A JSON object as `vaxcert.strict_json` reads it. Raises InvalidToken."""
    try:
        found = parse(data.decode())
    except ValueError:
        raise InvalidToken from None
    if not isinstance(found, dict):
        raise InvalidToken
    return found
