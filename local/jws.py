"""ES256 as RFC 7515 writes it, for what stands outside the product: feed, platform assertions, devices.

Written by hand and apart from the product on purpose: a stand-in that shared the product's code would agree
with its mistakes. Signatures are deterministic (RFC 6979), so that a demo feed has the same bytes in every
run.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

type Jwk = dict[str, str]

_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_COORDINATE = 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # n of P-256 (FIPS 186-5)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def generate_jwk() -> Jwk:
    """A new P-256 private JWK (RFC 7517) whose `kid` is its thumbprint (RFC 7638)."""
    private = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(private.public_numbers.x.to_bytes(_COORDINATE)),
        "y": b64url(private.public_numbers.y.to_bytes(_COORDINATE)),
        "d": b64url(private.private_value.to_bytes(_COORDINATE)),
    }
    return {**jwk, "kid": thumbprint(jwk)}


def thumbprint(jwk: Mapping[str, str]) -> str:
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64url(hashlib.sha256(compact_json(members)).digest())


def public_half(jwk: Mapping[str, str]) -> Jwk:
    return {name: jwk[name] for name in ("kty", "crv", "x", "y", "kid") if name in jwk}


def sign(header: Mapping[str, Any], payload: bytes, private_jwk: Mapping[str, str]) -> str:
    """The compact serialisation `header.payload.signature`; `alg` is ES256 whatever the header says."""
    signed = f"{b64url(compact_json({**header, 'alg': 'ES256'}))}.{b64url(payload)}"
    r, s = decode_dss_signature(_private_key(private_jwk).sign(signed.encode(), _ALGORITHM))
    s = min(s, _ORDER - s)  # of the two signatures the low one: what the product asks of assertions
    return f"{signed}.{b64url(r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE))}"


def sign_detached(header: Mapping[str, Any], payload: bytes, private_jwk: Mapping[str, str]) -> str:
    """`header..signature` over the exact bytes of the payload (RFC 7515, appendix F)."""
    head, _, signature = sign(header, payload, private_jwk).split(".")
    return f"{head}..{signature}"


def verify(token: str, public_jwk: Mapping[str, str], *, payload: bytes | None = None) -> dict[str, Any]:
    """The header of a good signature, else ValueError. `payload` is the content of a detached one."""
    head, body, signature = token.split(".")
    if (payload is None) != bool(body):
        raise ValueError("a detached signature carries no payload, an attached one does")
    header: dict[str, Any] = json.loads(unb64url(head))
    raw = unb64url(signature)
    if header.get("alg") != "ES256" or len(raw) != 2 * _COORDINATE:
        raise ValueError("not an ES256 signature")
    signed = f"{head}.{body if payload is None else b64url(payload)}".encode()
    der = encode_dss_signature(int.from_bytes(raw[:_COORDINATE]), int.from_bytes(raw[_COORDINATE:]))
    try:
        _public_numbers(public_jwk).public_key().verify(der, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ValueError("the signature does not match") from None
    return header


def claims_of(token: str) -> dict[str, Any]:
    """The claims of an attached JWT, unverified."""
    claims: dict[str, Any] = json.loads(unb64url(token.split(".")[1]))
    return claims


def _public_numbers(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicNumbers:
    x, y = (int.from_bytes(unb64url(jwk[name])) for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())


def _private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    numbers = ec.EllipticCurvePrivateNumbers(int.from_bytes(unb64url(jwk["d"])), _public_numbers(jwk))
    return numbers.private_key()
