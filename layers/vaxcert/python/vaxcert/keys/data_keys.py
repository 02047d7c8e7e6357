"""When the next data key is made, and when never (D23): by age, by use, on demand, and no first one where sealed data exists.

AES-GCM draws its nonces at random, so that one key may seal 2^32 times at most (NIST SP 800-38D §8.3). The setting stands far below
that, since use is counted by samples (`vaxcert.keys.sealing`). A data key is never removed: what it sealed opens with nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from vaxcert.aws.clock import epoch

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACES: Final = 7


@dataclass(frozen=True, slots=True)
class DataKey:
    """One data key as stored, and about how many values it has sealed."""

    kid: str
    wrapped: bytes = field(repr=False)
    not_before: datetime
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class Wear:
    """How old a data key may grow, and how many values it may seal, before the next one is made."""

    age: timedelta
    seals: int

    def worn(self, key: DataKey, now: datetime) -> bool:
        """Whether new values need a newer key."""
        return now - key.not_before >= self.age or key.sealed >= self.seals


def is_due(keys: Sequence[DataKey], now: datetime, wear: Wear) -> bool:
    """Whether the newest of `keys` has had its time or its use. True where there is none: whether one may be made is another question."""
    return not keys or wear.worn(max(keys, key=lambda key: (key.not_before, key.kid)), now)


def data_key_id(now: datetime) -> str:
    """Eight characters, from the second of making: an id that was lost with its table is not given out again to another key."""
    seconds = epoch(now)
    digits = (_DIGITS[seconds // 36**place % 36] for place in reversed(range(_PLACES)))
    return "d" + "".join(digits)
