"""The shown code (亮码) as values: what it says, how long it holds, and what can be wrong with one (R3, D8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from vaxcert.claims.ids import ID_BYTES, bytes_of, certificate_id_of
from vaxcert.grants.model import MOST_VERSIONS

HOLDER_SLOT: Final = 0
"""The certificate's own holder; 1 to 10 are the slots of its grants (R27)."""

CTI_BYTES: Final = 16
NONCE_BYTES: Final = 5

_HOLDER_BYTES: Final = 3
_SLOTS: Final = 16


class Fault(StrEnum):
    """What is wrong with a code by itself, before anything is looked up; first come, first told."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says, and all it says (D8): no name, number, birth date or vaccine is in it.

    `slot` tells who shows it, `grant_version` which grant of that slot it was (0 for the holder); `nonce` is five random bytes.
    Times are whole seconds.
    """

    certificate_id: str
    slot: int
    grant_version: int
    nonce: bytes
    issued_at: datetime
    expires_at: datetime

    @property
    def cti(self) -> bytes:
        """What is burned, and what stands in the code: certificate, holder and nonce in sixteen bytes (ADR 0004).

        Raises ValueError for what does not fit.
        """
        within = 0 <= self.slot < _SLOTS and 0 <= self.grant_version < MOST_VERSIONS
        if not within or len(self.nonce) != NONCE_BYTES:
            raise ValueError("a slot, a grant's version or a nonce out of bounds")
        holder = self.slot * MOST_VERSIONS + self.grant_version
        return bytes_of(self.certificate_id) + holder.to_bytes(_HOLDER_BYTES) + self.nonce

    @classmethod
    def of(cls, cti: bytes, issued_at: datetime, expires_at: datetime) -> Code:
        """The code of these sixteen bytes and times; the other way of `cti`. Raises ValueError for another length."""
        if len(cti) != CTI_BYTES:
            raise ValueError("not sixteen bytes")
        slot, grant_version = divmod(int.from_bytes(cti[ID_BYTES:-NONCE_BYTES]), MOST_VERSIONS)
        certificate_id = certificate_id_of(cti[:ID_BYTES])
        return cls(certificate_id, slot, grant_version, cti[-NONCE_BYTES:], issued_at, expires_at)

    def timely(self, now: datetime) -> bool:
        """Whether it holds at this moment. No leeway: both clocks are ours."""
        return self.issued_at <= now < self.expires_at
