"""What is published about keys: the JWK set of codes, the offline pack of the clinics' devices, and the keys of documents (D20), all
signed by the root key.

A code is checked online in earnest; with the pack a device can tell, while its line is down, a code of ours from a picture of
something else. It names the keys for as far ahead as they are published, the killed ones, and its own age. Lists of
revoked certificates would add nothing to codes that live 60 seconds, but leaks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from vaxcert.aws.clock import epoch, rfc3339
from vaxcert.keys.base64url import encode
from vaxcert.keys.es256 import raw
from vaxcert.keys.model import OFFLINE_SERVES, KeyRecord, Published
from vaxcert.keys.rotation import PUBLISHED_AHEAD
from vaxcert.keys.store import public_jwk

JWKS: Final = "jwks"
OFFLINE: Final = "offline"
ROOT: Final = "root"
JWKS_TYP: Final = "jwk-set+jws"
OFFLINE_TYP: Final = "offline-pack+jws"
DOCUMENT_KEYS_TYP: Final = "document-keys+jws"
_MOST_KILLED: Final = 64

type Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Root:
    """The root key as signers see it: its public JWK, and a function that signs (DER)."""

    jwk: Mapping[str, str]
    sign: Sign


def root(public_der: bytes, sign: Sign) -> Root:
    """The root key; its id is the RFC 7638 thumbprint, so that a device can check what it was given at enrolment.

    Raises TypeError for a key of another kind or curve.
    """
    key = load_der_public_key(public_der)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise TypeError("the root key must be a P-256 key")
    jwk = public_jwk(key, "")
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    thumbprint = encode(hashlib.sha256(_json(members)).digest())
    return Root({**jwk, "kid": thumbprint}, sign)


def jwk_set(keys: Sequence[KeyRecord], root_key: Root, now: datetime) -> Published:
    """The code keys as a JWK set (RFC 7517 §5), and the same set signed, for a reader that trusts no connection."""
    public = _public(keys, now)
    signed = _jws({"iat": epoch(now), "keys": public}, JWKS_TYP, root_key)
    return _published({"keys": public, "signed": ".".join(signed)}, now)


def offline_pack(keys: Sequence[KeyRecord], root_key: Root, code_seconds: int, now: datetime) -> Published:
    """The offline pack: a flattened JWS (RFC 7515 §7.2.2).

    Its payload: `issued_at`, `stale_at` (from then on a device says `stale` to everything), `valid_until` (as far as every key is
    known ahead), `code_ttl_seconds`, `keys`, `killed`.
    """
    dead = sorted((key for key in keys if key.killed), key=lambda key: key.not_before, reverse=True)
    protected, payload, signature = _jws(
        {
            "issued_at": rfc3339(now),
            "stale_at": rfc3339(now + OFFLINE_SERVES),
            "valid_until": rfc3339(now + PUBLISHED_AHEAD),
            "code_ttl_seconds": code_seconds,
            "keys": _public(keys, now),
            "killed": [key.kid for key in dead[:_MOST_KILLED]],
        },
        OFFLINE_TYP,
        root_key,
    )
    return _published({"protected": protected, "payload": payload, "signature": signature}, now)


def document_keys(keys: Sequence[KeyRecord], root_key: Root, now: datetime) -> Published:
    """Every key that ever signed documents, as a JWK set, with the ids of killed ones; and the same signed, for a reader that keeps it.

    A killed key stays named for good: a document that it signed is withdrawn, and not one of an unknown key. The root key's public half
    goes with it: a reader believes it where it knows its id, the thumbprint, from elsewhere or from before (ADR 16).
    """
    stated = {"keys": _public(keys, now), "killed": sorted(key.kid for key in keys if key.killed)}
    signed = _jws({"iat": epoch(now), **stated}, DOCUMENT_KEYS_TYP, root_key)
    return _published({**stated, "signed": ".".join(signed), "root": dict(root_key.jwk)}, now)


def root_document(root_key: Root, now: datetime) -> Published:
    """The root key's public half, for the console event that enrols a device."""
    return _published(dict(root_key.jwk), now)


def _public(keys: Sequence[KeyRecord], now: datetime) -> list[dict[str, str]]:
    return [dict(key.public_jwk) for key in sorted(keys, key=lambda key: key.kid) if key.verifies(now)]


def _jws(claims: Mapping[str, Any], typ: str, root_key: Root) -> tuple[str, str, str]:
    protected = encode(_json({"alg": "ES256", "kid": root_key.jwk["kid"], "typ": typ}))
    payload = encode(_json(claims))
    return protected, payload, encode(raw(root_key.sign(f"{protected}.{payload}".encode())))


def _published(body: Mapping[str, Any], now: datetime) -> Published:
    rendered = _json(body)
    return Published(rendered.decode(), f'"{hashlib.sha256(rendered).hexdigest()[:32]}"', now)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
