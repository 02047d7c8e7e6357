"""Requests that may be repeated (`Idempotency-Key`): what is remembered of one, and when two are the same.

The scope of a key is caller, route and key. The record is kept for 24 hours and written in the same transaction as what
the request did (invariant 4), so that after a lost answer the retry gets the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from vaxcert.errors import FieldError, Malformed, Rejected

KEPT = timedelta(hours=24)
_KEY_FORM = re.compile(r"[!-~]{8,128}")


class KeyReused(Rejected):
    """The key was used before with another body."""

    code = "idempotency_key_reused"


class KeyMissing(Malformed):
    """The route wants an `Idempotency-Key` of 8 to 128 visible ASCII characters."""

    code = "idempotency_key_missing"


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """One request: `key` is the hash of its scope, `digest` that of its body."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: status and body, byte for byte."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer to a request, given at `at` and kept until `expires_at`."""

    request: RepeatableRequest
    answer: Answer
    at: datetime

    @property
    def expires_at(self) -> datetime:
        """24 hours later."""
        return self.at + KEPT


class Answers(Protocol):
    """Where answers are kept."""

    def find(self, request: RepeatableRequest, now: datetime) -> Answer | None:
        """The stored answer, None where there is none (or it has expired). Raises `KeyReused` for another body."""
        ...


def repeatable(caller: str, route: str, key: str | None, body: str) -> RepeatableRequest:
    """The request of `caller` (subject or device id) to `route` with this key and body.

    Raises `KeyMissing` where the key is missing or not of its form.
    """
    if key is None or not _KEY_FORM.fullmatch(key):
        raise KeyMissing(fields=(FieldError("/headers/Idempotency-Key", "missing_or_malformed"),))
    scope = f"{caller}\0{route}\0{key}".encode()
    return RepeatableRequest(hashlib.sha256(scope).hexdigest(), hashlib.sha256(body.encode()).hexdigest())


def remember(request: RepeatableRequest, answer: Answer, now: datetime) -> Remembered:
    """The answer, given now."""
    return Remembered(request, answer, now)


def checked(request: RepeatableRequest, kept: Remembered, now: datetime) -> Answer | None:
    """The kept answer where it is this request's and has not expired (TTL only cleans, invariant 5)."""
    if kept.expires_at <= now:
        return None
    if kept.request.digest != request.digest:
        raise KeyReused
    return kept.answer
