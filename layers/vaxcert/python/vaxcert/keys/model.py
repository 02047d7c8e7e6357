"""Keys as values: what a key is for, one key as it is stored, and what is published about the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

type Purpose = Literal["code", "session", "device", "document"]

PURPOSES: Final[tuple[Purpose, ...]] = ("code", "session", "device", "document")
DOCUMENT_KEYS: Final = "document_keys"
"""The name under which the keys of documents are published."""
OFFLINE_SERVES: Final = timedelta(hours=48)
"""How old an offline pack may be, and how old a scan made with one when it is handed in (ADR 0008)."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key as stored. `retire_at` is None until its successor is known: the newest key never retires by itself."""

    purpose: Purpose
    kid: str
    public_jwk: Mapping[str, str]
    wrapped: bytes = field(repr=False)
    not_before: datetime
    retire_at: datetime | None = None
    killed: bool = False

    def verifies(self, now: datetime) -> bool:
        """Whether its signatures still count. A key that has not begun counts too: clocks of two functions differ."""
        return not self.killed and (self.retire_at is None or now < self.retire_at)

    def signs(self, now: datetime) -> bool:
        """Whether it may sign."""
        return self.verifies(now) and self.not_before <= now


@dataclass(frozen=True, slots=True)
class Published:
    """A document that is handed out as it stands, with its validator (RFC 9110 §8.8.3)."""

    body: str
    etag: str
    issued_at: datetime


class Publications(Protocol):
    """Port: what is published, as it is handed out."""

    def find(self, name: str) -> Published | None:
        """The document `name`, or None before the first rotation."""
        ...
