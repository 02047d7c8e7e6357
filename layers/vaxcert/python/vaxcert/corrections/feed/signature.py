"""The province's signature of a manifest: a detached JWS (RFC 7515, appendix F), ES256, over the manifest's exact bytes.

Written out rather than left to a general JOSE library: one algorithm, keys that are configured and never named by the
token, and nothing optional (RFC 8725 §3.1). Two keys count while the province goes over from one to the next.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from vaxcert.corrections.feed.model import FeedRefused

LONGEST_SIGNATURE = 2048
_COORDINATE = 32
# Anything else in the header would ask for a meaning that we do not give it (`crit`, `b64`, `jku`, …).
_HEADER = frozenset({"alg", "kid", "typ"})


class FeedKey:
    """The public key that manifests must be signed with, or, while it is replaced, one of two.

    `following` is the next one's JWK, "" where none is announced. Raises ValueError for anything but P-256 public JWKs.
    """

    def __init__(self, jwk_text: str, following: str = "") -> None:
        self._keys = tuple(_public_key(text) for text in (jwk_text, following) if text or text is jwk_text)

    def verify(self, signature: bytes, content: bytes) -> None:
        """Refuse the feed unless `signature` is the province's over `content`, by either key."""
        try:
            head, body, tail = signature.decode("ascii").strip().split(".")
            header: Any = json.loads(_unb64url(head))
            raw = _unb64url(tail)
        except ValueError:
            raise FeedRefused("signature_malformed") from None
        if body or not isinstance(header, dict) or header.keys() - _HEADER or header.get("alg") != "ES256":
            raise FeedRefused("signature_malformed")
        if len(raw) != 2 * _COORDINATE:
            raise FeedRefused("signature_malformed")
        signed = head.encode() + b"." + base64.urlsafe_b64encode(content).rstrip(b"=")
        der = encode_dss_signature(int.from_bytes(raw[:_COORDINATE]), int.from_bytes(raw[_COORDINATE:]))
        if not any(_holds(key, der, signed) for key in self._keys):
            raise FeedRefused("signature_bad")


def _public_key(jwk_text: str) -> ec.EllipticCurvePublicKey:
    jwk = json.loads(jwk_text)
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("FEED_PUBLIC_JWK must be a P-256 key")
    x, y = (int.from_bytes(_unb64url(str(jwk[name]))) for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _holds(key: ec.EllipticCurvePublicKey, der: bytes, signed: bytes) -> bool:
    try:
        key.verify(der, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _unb64url(text: str) -> bytes:
    """Base64url without padding, and nothing else: Python's decoder skips characters that it does not know."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not the shortest base64url")
    return data
