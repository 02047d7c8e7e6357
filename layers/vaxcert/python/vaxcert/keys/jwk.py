"""Public keys from JWKs (RFC 7517, RFC 7518 §6): P-256 for ES256 and RSA for RS256, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from vaxcert.keys.jws import InvalidToken, Key, decode

_COORDINATE: Final = 32
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
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256" and jwk.get("alg", "ES256") == "ES256":
            x, y = decode(jwk["x"]), decode(jwk["y"])
            if len(x) != _COORDINATE or len(y) != _COORDINATE:
                raise InvalidKey
            numbers = EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), SECP256R1())
            return numbers.public_key()  # refuses a point off the curve
        if jwk.get("kty") == "RSA" and jwk.get("alg", "RS256") == "RS256":
            n, e = decode(jwk["n"]), decode(jwk["e"])
            if len(n) not in _RSA_BYTES or int.from_bytes(e) != _RSA_EXPONENT:
                raise InvalidKey
            return RSAPublicNumbers(_RSA_EXPONENT, int.from_bytes(n)).public_key()
    except (KeyError, TypeError, ValueError, InvalidToken):
        raise InvalidKey from None
    raise InvalidKey
