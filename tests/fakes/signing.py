"""Signing keys in a dict: real P-256, no KMS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from vaxcert.errors import Unavailable
from vaxcert.keys.es256 import SigningKey


@cache
def key_pair(kid: str) -> SigningKey:
    """A key that is the same for the whole run: `kid` is also what it is made from."""
    return SigningKey(kid, ec.derive_private_key(int.from_bytes(kid.encode()) + 1, ec.SECP256R1()))


class FakeKeys:
    """The two sides of `KeyStore` for every purpose; `kids` maps a purpose to its ids, the last one signing."""

    def __init__(self, **kids: list[str]) -> None:
        self.kids: dict[str, list[str]] = kids or {"session": ["s1"], "device": ["d1"]}

    def signing(self, purpose: str) -> SigningKey:
        if not self.kids.get(purpose):
            raise Unavailable("keys_missing")
        return key_pair(self.kids[purpose][-1])

    def counts(self, purpose: str, kid: str) -> bool:
        return kid in self.public(purpose)

    def public(self, purpose: str) -> Mapping[str, ec.EllipticCurvePublicKey]:
        return {kid: key_pair(kid).private.public_key() for kid in self.kids.get(purpose, [])}
