"""ES256 signatures as 64 bytes r | s (RFC 7518 §3.4, RFC 9053 §2.1), in one accepted form: the low s.

For every signature (r, s) the pair (r, n - s) verifies as well. Nothing that we burn hangs on the bytes of a
signature; refusing the twin keeps one token one text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_COORDINATE: Final = 32
LENGTH: Final = 2 * _COORDINATE
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256 (FIPS 186-5)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private P-256 key and the id that its public half is published under."""

    kid: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)


def raw(der: bytes) -> bytes:
    """The 64 bytes of a DER signature, its s made low."""
    r, s = decode_dss_signature(der)
    return low(r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE))


def low(signature: bytes) -> bytes:
    """The one of a signature and its twin that has the low s."""
    s = int.from_bytes(signature[_COORDINATE:])
    return signature[:_COORDINATE] + min(s, _ORDER - s).to_bytes(_COORDINATE)


def is_low(signature: bytes) -> bool:
    """Whether a signature has 64 bytes and the low s."""
    return len(signature) == LENGTH and int.from_bytes(signature[_COORDINATE:]) <= _ORDER // 2


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """The 64 bytes of `key`'s signature over SHA-256 of the message."""
    return raw(key.sign(message, ec.ECDSA(hashes.SHA256())))


def holds(key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Whether the signature is `key`'s and of the accepted form."""
    if not is_low(signature):
        return False
    r, s = int.from_bytes(signature[:_COORDINATE]), int.from_bytes(signature[_COORDINATE:])
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
