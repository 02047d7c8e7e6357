"""A sealer with a fixed data key: real AES-GCM, no KMS."""

from __future__ import annotations

from vaxcert.keys.sealing import NotSealedHere, Sealer


class FixedDataKey:
    """Port `DataKeySource` with one key."""

    def current(self) -> str:
        return "testkey0"

    def by_id(self, kid: str) -> bytes:
        if kid != "testkey0":
            raise NotSealedHere
        return bytes(range(32))


def fake_sealer() -> Sealer:
    """Seals and opens as in production, under a key that only tests know."""
    return Sealer(FixedDataKey())
