"""When the next data key is made, and when never (D23): by age, on demand, and no first one where sealed data exists.

Use is bounded by age and counted nowhere (docs/adr/0017-data-keys.md). A data key is never removed: what it sealed opens with nothing else.
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
    """One data key as stored."""

    kid: str
    wrapped: bytes = field(repr=False)
    not_before: datetime


def is_due(keys: Sequence[DataKey], now: datetime, age: timedelta) -> bool:
    """Whether the newest of `keys` has had its time. True where there is none: whether one may be made is another question."""
    return all(now - key.not_before >= age for key in keys)


def data_key_id(now: datetime) -> str:
    """Eight characters, from the second of making: an id that was lost with its table is not given out again to another key."""
    seconds = epoch(now)
    digits = (_DIGITS[seconds // 36**place % 36] for place in reversed(range(_PLACES)))
    return "d" + "".join(digits)
