"""The writing half of the keys table in dicts, and a root key of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from vaxcert.keys.data_keys import DataKey
from vaxcert.keys.keyset import Root, root
from vaxcert.keys.model import PURPOSES, KeyRecord, Published, Purpose
from vaxcert.keys.store import public_jwk

DATA_KEY_AGE = timedelta(days=180)
"""After what time data keys are replaced in tests."""


class FakeRegister:
    """Port `Register` of `vaxcert.keys.rotate`; wraps nothing."""

    def __init__(self) -> None:
        self.stored: dict[Purpose, dict[str, KeyRecord]] = {purpose: {} for purpose in PURPOSES}
        self.data: list[DataKey] = []
        self.sealed_data = False
        self.closed: set[str] = set()
        self.published: dict[str, Published] = {}
        self.writes = 0

    def keys(self, purpose: Purpose) -> tuple[KeyRecord, ...]:
        return tuple(self.stored[purpose][kid] for kid in sorted(self.stored[purpose]))

    def make(self, purpose: Purpose, kid: str, not_before: datetime) -> bool:
        if kid in self.stored[purpose]:
            return False
        private = ec.derive_private_key(int.from_bytes(kid.encode()) + 1, ec.SECP256R1())
        jwk = public_jwk(private.public_key(), kid)
        self.stored[purpose][kid] = KeyRecord(purpose, kid, jwk, b"", not_before.replace(microsecond=0))
        self.writes += 1
        return True

    def retire(self, purpose: Purpose, kid: str, at: datetime | None) -> None:
        self.stored[purpose][kid] = replace(self.stored[purpose][kid], retire_at=at)
        self.writes += 1

    def kill(self, purpose: Purpose, kid: str, now: datetime) -> None:
        self.stored[purpose][kid] = replace(self.stored[purpose][kid], killed=True)
        self.writes += 1

    def data_keys(self) -> tuple[DataKey, ...]:
        return tuple(self.data)

    def holds_sealed_data(self) -> bool:
        return self.sealed_data

    def opens(self, key: KeyRecord | DataKey) -> bool:
        return key.kid not in self.closed

    def make_data_key(self, kid: str, not_before: datetime) -> bool:
        if any(key.kid == kid for key in self.data):
            return False
        self.data.append(DataKey(kid, b"", not_before.replace(microsecond=0)))
        self.writes += 1
        return True

    def publish(self, name: str, published: Published) -> None:
        standing = self.published.get(name)
        if standing is None or standing.issued_at <= published.issued_at:
            self.published[name] = replace(published, issued_at=published.issued_at.replace(microsecond=0))


def a_root() -> Root:
    """A root key outside of KMS."""
    private = ec.derive_private_key(4711, ec.SECP256R1())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return root(der, lambda message: private.sign(message, ec.ECDSA(hashes.SHA256())))
