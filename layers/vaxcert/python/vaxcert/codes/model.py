"""The shown code (亮码) as values: what it says, how long it holds, and what can be wrong with one (R3, D8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

HOLDER_SLOT: Final = 0
"""The certificate's own holder; 1 to 10 are the slots of its grants (R27)."""

OFFLINE_SERVES: Final = timedelta(hours=48)
"""How old an offline pack may be, and how old a scan made with one when it is handed in (ADR 0008)."""

_CERTIFICATE_FORM: Final = re.compile(r"c[a-z2-7]{26}")


def is_certificate_id(text: str) -> bool:
    """Whether a text has the form of a certificate's id: `c` and sixteen bytes in Base32."""
    return _CERTIFICATE_FORM.fullmatch(text) is not None


class Fault(StrEnum):
    """What is wrong with a code by itself, before anything is looked up; first come, first told."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says, and all it says (D8): no name, number, birth date or vaccine is in it.

    `slot` tells who shows it, `grant_version` which grant of that slot it was (0 for the holder); `cti` is what is burned.
    Times are whole seconds.
    """

    certificate_id: str
    slot: int
    grant_version: int
    cti: bytes
    issued_at: datetime
    expires_at: datetime

    def timely(self, now: datetime) -> bool:
        """Whether it holds at this moment. No leeway: both clocks are ours."""
        return self.issued_at <= now < self.expires_at
