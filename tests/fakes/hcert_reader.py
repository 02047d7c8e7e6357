"""A small reader of HCERT (EU health certificates), held to public test data: cbor2, base45 and cryptography, nothing of the service.

Written from the specification's text (electronic health certificates, volume 1 and 3): `HC1:`, Base45, zlib, COSE_Sign1, CWT, claim -260.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import base45
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate

_PREFIX: Final = "HC1:"
_SIGN1: Final = 18
_ALG, _KID = 1, 4
_ES256, _PS256 = -7, -37
_ISSUED, _EXPIRES, _HCERT = 6, 4, -260
_KINDS: Final = ("v", "t", "r")
_NUMBER: Final = 32
_MOST: Final = 64 * 1024


class Refused(StrEnum):
    """Why a text is not believed."""

    FORM = "form"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signatures count, and from when until when."""

    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
    not_before: datetime
    not_after: datetime


def signer_of(der: bytes) -> tuple[bytes, Signer]:
    """The key id and the signer of a certificate: the id is the first eight bytes of its SHA-256."""
    certificate = load_der_x509_certificate(der)
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    signer = Signer(public, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    return hashlib.sha256(der).digest()[:8], signer


def read_hcert(text: str, signers: Mapping[bytes, Signer], at: datetime) -> dict[str, Any] | Refused:
    """What a certificate says at a moment, or why it is refused."""
    try:
        protected, unprotected, payload, signature = _envelope(text)
        header = unprotected | (cbor2.loads(protected) if protected else {})
        claims = cbor2.loads(payload)
        body = claims[_HCERT][1]
        (entries,) = (body[kind] for kind in _KINDS if kind in body)
        (_,) = entries
        issued, expires = (datetime.fromtimestamp(claims[name], UTC) for name in (_ISSUED, _EXPIRES))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is none
        return Refused.FORM
    kid = header.get(_KID)
    signer = signers.get(kid) if isinstance(kid, bytes) else None
    if signer is None:
        return Refused.UNKNOWN_KEY
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    if not _holds(signer.public, header.get(_ALG), signature, signed):
        return Refused.SIGNATURE
    if not (issued <= at <= expires and signer.not_before <= at <= signer.not_after):
        return Refused.TIME
    return dict(body)


def _envelope(text: str) -> tuple[bytes, dict[int, Any], bytes, bytes]:
    if not text.startswith(_PREFIX):
        raise ValueError("another prefix")
    packed = base45.b45decode(text.removeprefix(_PREFIX))
    inflating = zlib.decompressobj()
    message = cbor2.loads(inflating.decompress(packed, _MOST))
    if not inflating.eof or inflating.unused_data or message.tag != _SIGN1:
        raise ValueError("not one COSE_Sign1")
    protected, unprotected, payload, signature = message.value
    return protected, dict(unprotected), payload, signature


def _holds(public: object, alg: object, signature: bytes, signed: bytes) -> bool:
    try:
        if isinstance(public, ec.EllipticCurvePublicKey) and alg == _ES256 and len(signature) == 2 * _NUMBER:
            r, s = int.from_bytes(signature[:_NUMBER]), int.from_bytes(signature[_NUMBER:])
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        elif isinstance(public, rsa.RSAPublicKey) and alg == _PS256:
            pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
            public.verify(signature, signed, pss, SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True
