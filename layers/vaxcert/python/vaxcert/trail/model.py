"""The record of who looked at a person's records (D11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Access(StrEnum):
    """How a person's records were come to, or what a delegate changed that the claimant should know of."""

    READ = "read"
    SCAN = "scan"
    MOVE = "move"
    """An appointment was moved (D7)."""
    CANCEL = "cancel"
    """An appointment was cancelled (D7)."""
    DOCUMENT = "document"
    """Issued on paper, or the paper was fetched (D20)."""

    LOOKUP = "lookup"
    """An operator looked up why somebody cannot claim, and saw that the certificate is there (R36)."""


CHANGES: Final = frozenset({Access.MOVE, Access.CANCEL})
"""What a delegate changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the access log.

    `actor` is the reader's subject, the scanning device or the operator's account; `slot` is whose code or right it was: 0 for the claimant, else the
    grant's slot. `grant_id` may be missing on scans. `station` and `result` are a scan's, `clinic_code` an appointment's too.
    """

    at: datetime
    access: Access
    actor: str
    slot: int
    grant_id: str | None = None
    clinic_code: str | None = None
    station: str | None = None
    result: str | None = None
