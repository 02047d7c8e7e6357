"""Public keys from JWKs (RFC 7517, RFC 7518 §6): P-256 for ES256 and RSA for RS256, nothing else.

PyJWT makes the key, of the members that it needs and no other, once their form has been looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from vaxcert.keys.base64url import decode
from vaxcert.keys.jws import Key
from vaxcert.keys.pyjwt import PyJWK, PyJWTError

_RSA_BYTES: Final = range(
    256, 513
)  # 2048 to 4096 bits: below is weak, above is work for an attacker to ask of us
_RSA_EXPONENT: Final = 65537


class InvalidKey(Exception):
    """Not a public key that we take."""


def public_key(jwk: Mapping[str, Any]) -> Key:
    """The key. Raises InvalidKey, also for one of another use and for a private key that was published."""
    if jwk.get("use", "sig") != "sig" or "d" in jwk:
        raise InvalidKey
    with suppress(KeyError, TypeError, ValueError, PyJWTError):
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256" and jwk.get("alg", "ES256") == "ES256":
            for name in ("x", "y"):
                decode(jwk[name])  # in its one spelling
            # Refuses coordinates of another length and a point off the curve.
            return _made(jwk, ("kty", "crv", "x", "y"), "ES256")
        if jwk.get("kty") == "RSA" and jwk.get("alg", "RS256") == "RS256":
            n, e = decode(jwk["n"]), decode(jwk["e"])
            if len(n) in _RSA_BYTES and int.from_bytes(e) == _RSA_EXPONENT:
                return _made(jwk, ("kty", "n", "e"), "RS256")
    raise InvalidKey


def _made(jwk: Mapping[str, Any], members: tuple[str, ...], algorithm: str) -> Key:
    key: Key = PyJWK({name: jwk[name] for name in members}, algorithm).key
    return key
