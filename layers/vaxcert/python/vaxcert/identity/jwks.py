"""The identity platform's keys: from one configured address, kept for a while, asked for again sparingly."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from vaxcert.errors import Unavailable
from vaxcert.keys.jwk import InvalidKey, public_key
from vaxcert.keys.jws import Key

FRESH: Final = timedelta(minutes=10)
# A platform that does not answer may not lock everybody out, and a key that it withdrew may not live on for
# long.
STALE: Final = timedelta(hours=1)
PAUSE: Final = timedelta(seconds=30)
_MOST_KEYS: Final = 64


class PlatformKeys:
    """Keys by `kid`. `fetch` answers the bytes of the key set or raises OSError; it bounds time and size.

    Anyone can send a token with an unknown `kid`, so asking again is limited to once in `PAUSE` whatever
    arrives, whether the last asking succeeded or not.
    """

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        self._fetch = fetch
        self._keys: dict[str, Key] = {}
        self._fetched: datetime | None = None
        self._asked: datetime | None = None

    def key(self, kid: str, now: datetime) -> Key | None:
        """The key, or None where the platform has none of this id. Raises Unavailable when it is not had."""
        if (kid not in self._keys or self._older_than(FRESH, now)) and self._may_ask(now):
            self._refresh(now)
        if self._older_than(STALE, now):
            raise Unavailable(retry_after=int(PAUSE.total_seconds()))
        return self._keys.get(kid)

    def _older_than(self, age: timedelta, now: datetime) -> bool:
        return self._fetched is None or now - self._fetched > age

    def _may_ask(self, now: datetime) -> bool:
        return self._asked is None or now - self._asked >= PAUSE

    def _refresh(self, now: datetime) -> None:
        self._asked = now
        try:
            keys = _key_set(self._fetch())
        except (OSError, ValueError, RecursionError):
            return
        if keys:
            self._keys, self._fetched = keys, now


def _key_set(data: bytes) -> dict[str, Key]:
    """The keys of a JWKS that we can use, the first 64 of them; ValueError or RecursionError for what is no JSON.

    The list is another's: an entry that we cannot use (no `kid`, a `kid` that stood before, another type, no object) is passed
    over (RFC 7517 §5), and the others count.
    """
    told: Any = json.loads(data)
    listed = told.get("keys") if isinstance(told, dict) else None
    keys: dict[str, Key] = {}
    for jwk in listed if isinstance(listed, list) else ():
        kid = jwk.get("kid") if isinstance(jwk, dict) else None
        if not isinstance(kid, str) or kid in keys:
            continue
        try:
            keys[kid] = public_key(jwk)
        except InvalidKey:
            continue
        if len(keys) == _MOST_KEYS:
            break
    return keys
