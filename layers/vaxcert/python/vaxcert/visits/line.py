"""The order of a waiting line, as one number per ticket (docs/clinic-day.md): a lower one comes first.

A ticket's own number follows from its appointment and its number: appointments by their time, then everybody by ticket. Who is passed
over gets a number between those of the third and the fourth behind, so that nobody else's has to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaxcert.aws.clock import SHANGHAI

BEHIND: Final = 3
"""How many of those behind go ahead of a ticket that was passed over (D21)."""
_TICKETS: Final = 1 << 17  # more than a clinic draws in a day
_GAP: Final = 1 << 40  # room between two tickets, halved by each one that is passed over into it
_UNAPPOINTED: Final = 24 * 60  # after every minute of the day
PLACES: Final = len(str(_UNAPPOINTED * _TICKETS * _GAP)) + 1
"""Digits of the longest number."""


def own_turn(appointed_at: datetime | None, number: int) -> int:
    """The place of a ticket that was never passed over."""
    minute = _UNAPPOINTED
    if appointed_at is not None:
        local = appointed_at.astimezone(SHANGHAI)
        minute = local.hour * 60 + local.minute
    return (minute * _TICKETS + number) * _GAP


def turn_behind(own: int, following: Sequence[int]) -> int:
    """The place behind the next `BEHIND` of `following`, which are the places behind `own` in order; behind all if there are fewer.

    Who comes with a later ticket still comes later.
    """
    if not following:
        return own
    last = following[:BEHIND][-1]
    upper = following[BEHIND] if len(following) > BEHIND else (last // _GAP + 1) * _GAP
    return (last + upper) // 2
