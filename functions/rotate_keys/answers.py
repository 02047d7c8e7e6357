"""What an operator asks of `rotate_keys`, and how keys are told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from vaxcert.aws.clock import rfc3339
from vaxcert.aws.console import Accountable
from vaxcert.keys.model import KeyRecord


class Kill(Accountable):
    """Kill a key for good."""

    kill: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4,16}$")]


class Renew(Accountable):
    """Make the next data key before its time."""

    renew: Literal["data_key"]


class Show(Accountable):
    """Tell which keys there are."""

    show: Literal["keys"]


def told(keys: Iterable[KeyRecord], now: datetime) -> list[dict[str, Any]]:
    """The keys by purpose and id: which signs, which verifies still, which is killed. Nothing of a key itself."""
    return [
        {
            "purpose": key.purpose,
            "kid": key.kid,
            "from": rfc3339(key.not_before),
            "until": None if key.retire_at is None else rfc3339(key.retire_at),
            "state": _state(key, now),
        }
        for key in sorted(keys, key=lambda key: (key.purpose, key.not_before, key.kid))
    ]


def _state(key: KeyRecord, now: datetime) -> str:
    if key.killed:
        return "killed"
    if not key.verifies(now):
        return "retired"
    return "in use" if key.signs(now) else "published ahead"
