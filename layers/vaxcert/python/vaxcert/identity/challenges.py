"""Challenges: our nonce in the platform's assertion, made for us, now, for this purpose and one use.

A challenge is `id (16 random bytes) | end (8) | HMAC-SHA-256 (32)` in base64url. It is kept nowhere: the
HMAC, under a key derived from the pepper, proves that we made it, and only a used one leaves a mark (its id,
in the sessions table). During a change of the pepper one that was made before it is still ours (D23).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from vaxcert.aws.clock import EVER, epoch, from_epoch
from vaxcert.keys.base64url import decode, encode

_ID: Final = 16
_HEAD: Final = _ID + 8


class Purpose(StrEnum):
    """What a challenge is for. It is in the HMAC, not in the text: one of another purpose is not ours."""

    ENTER = "enter"


class InvalidChallenge(Exception):
    """We never made it, or not for this purpose."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: `nonce` is what travels, `challenge_id` what is burned."""

    nonce: str
    challenge_id: str
    expires_at: datetime


class PepperVersions(Protocol):
    """The peppers as they are known at a moment; see `vaxcert.aws.secrets.Known`."""

    def making(self, now: datetime) -> bytes:
        """The pepper that something is made under now."""
        ...

    def made(self, at: datetime) -> tuple[bytes, ...]:
        """The peppers that something of `at` may have been made under."""
        ...


class Challenges:
    """Makes and recognises challenges, under a key derived from the pepper by domain separation."""

    def __init__(
        self,
        peppers: Callable[[], PepperVersions],
        seconds: int,
        random_bytes: Callable[[int], bytes],
        issued_from: datetime = EVER,
    ) -> None:
        self._peppers = peppers
        self._lifetime = timedelta(seconds=seconds)
        self._random_bytes = random_bytes
        self._issued_from = issued_from

    def make(self, purpose: Purpose, now: datetime) -> Challenge:
        """A new challenge, good until `expires_at`."""
        ends = epoch(now + self._lifetime)
        head = self._random_bytes(_ID) + ends.to_bytes(8)
        return Challenge(
            encode(head + _mac(self._peppers().making(now), head, purpose)),
            head[:_ID].hex(),
            from_epoch(ends),
        )

    def read(self, nonce: str, purpose: Purpose) -> Challenge:
        """The challenge that we made for `purpose`; the caller compares its end. Raises InvalidChallenge, also for one that was made
        before `issued_from`: the mark that burned it may have been lost with its table (docs/runbook/restore.md)."""
        try:
            data = decode(nonce)
        except ValueError:
            raise InvalidChallenge from None
        head, mac = data[:_HEAD], data[_HEAD:]
        try:
            ends = from_epoch(int.from_bytes(head[_ID:]))
            issued = ends - self._lifetime
        except (ValueError, OverflowError, OSError):
            raise InvalidChallenge from None
        macs = [_mac(pepper, head, purpose) for pepper in self._peppers().made(issued)]
        if not any(hmac.compare_digest(mac, one) for one in macs) or issued < self._issued_from:
            raise InvalidChallenge
        return Challenge(nonce, head[:_ID].hex(), ends)


def _mac(pepper: bytes, head: bytes, purpose: Purpose) -> bytes:
    key = hmac.digest(pepper, b"vaxcert/challenge\0", hashlib.sha256)
    return hmac.digest(key, purpose.encode() + b"\0" + head, hashlib.sha256)
