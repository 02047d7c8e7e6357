"""Compact JWS (RFC 7515) with one accepted form per token.

By hand over `cryptography`, since PyJWT takes what we must refuse (`==` padding, any `typ`, the twin
signature n - s, repeated members) and would add 75 ms to the cold start of the authorizer, for which every
request waits. The accepted form: three unpadded canonical base64url parts, a header of `alg`, `typ` and `kid`
and nothing else, claims without repeated members, and an ES256 signature with the low s (s ≤ n/2). No key and
no URL is ever taken from a token, and the algorithm is the key's, never the token's choice.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from vaxcert.keys import es256
from vaxcert.strict_json import parse

LARGEST: Final = 4096
_LARGEST_HEADER: Final = 512
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_HEADER: Final = {"alg", "typ"}

type Key = EllipticCurvePublicKey | RSAPublicKey


class InvalidToken(Exception):
    """The token does not hold. Says nothing more: what was wrong with it came from outside (invariant 7)."""


class SigningKey(Protocol):
    """A private P-256 key and the id that its public half is published under."""

    @property
    def kid(self) -> str: ...

    @property
    def private(self) -> EllipticCurvePrivateKey: ...


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token whose form holds and whose signature is unchecked: `kid` may only pick a key that we have.

    A signer with one key (a clinic's device) may leave `kid` out; it is "" then, which is the id of no key.
    """

    alg: str
    typ: str
    kid: str
    signed: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def sign(claims: Mapping[str, Any], typ: str, key: SigningKey) -> str:
    """An ES256 token in the form that `read` takes."""
    header = _json({"alg": "ES256", "kid": key.kid, "typ": typ})
    signed = f"{encode(header)}.{encode(_json(claims))}"
    return f"{signed}.{encode(es256.sign(key.private, signed.encode()))}"


def read(token: str) -> Unverified:
    """Take a token apart. Raises InvalidToken; costs a bounded amount of work whatever it is given."""
    if len(token) > LARGEST:
        raise InvalidToken
    parts = token.split(".")
    if len(parts) != 3 or len(parts[0]) > _LARGEST_HEADER:
        raise InvalidToken
    header_bytes, payload, signature = (decode(part) for part in parts)
    header = parse_json(header_bytes)
    if header.keys() - {"kid"} != _HEADER or not all(isinstance(value, str) for value in header.values()):
        raise InvalidToken
    signed = f"{parts[0]}.{parts[1]}".encode()
    return Unverified(header["alg"], header["typ"], header.get("kid", ""), signed, payload, signature)


def verify(token: Unverified, key: Key, *, low_s: bool = True) -> dict[str, Any]:
    """The claims of a token that `key` signed. Raises InvalidToken.

    `low_s=False` is for signers who promise no more than RFC 7518 does (a clinic's device): then a signature
    has a twin, and what is burned to stop a replay must be a claim, never the token's text.
    """
    if isinstance(key, RSAPublicKey):
        good = token.alg == "RS256" and _rs256_holds(key, token)
    else:
        good = token.alg == "ES256" and es256.holds(key, token.signature, token.signed, low_s=low_s)
    if not good:
        raise InvalidToken
    return parse_json(token.payload)


def _rs256_holds(key: RSAPublicKey, token: Unverified) -> bool:
    try:
        key.verify(token.signature, token.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of unpadded base64url in its one canonical spelling (no stray bits). Raises InvalidToken."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise InvalidToken
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise InvalidToken
    return data


def parse_json(data: bytes) -> dict[str, Any]:
    """A JSON object as `vaxcert.strict_json` reads it. Raises InvalidToken."""
    try:
        found = parse(data.decode())
    except ValueError:
        raise InvalidToken from None
    if not isinstance(found, dict):
        raise InvalidToken
    return found


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
