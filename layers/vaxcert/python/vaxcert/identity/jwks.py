"""The identity platform's keys: from one configured address, kept for a while, asked for again sparingly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from vaxcert.errors import Unavailable
from vaxcert.identity.jwk import InvalidKey, public_key
from vaxcert.identity.jws import InvalidToken, Key, parse_json

FRESH: Final = timedelta(minutes=10)
# A platform that does not answer may not lock everybody out, and a key that it withdrew may not live on for
# long.
STALE: Final = timedelta(hours=1)
PAUSE: Final = timedelta(seconds=30)
_MOST_KEYS: Final = 16


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
        except (OSError, InvalidToken):
            return
        if keys:
            self._keys, self._fetched = keys, now


def _key_set(data: bytes) -> dict[str, Key]:
    """The usable keys of a JWKS (RFC 7517 §5); those of other types are passed over, as the RFC has it."""
    listed: Any = parse_json(data).get("keys")
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise InvalidToken
    keys: dict[str, Key] = {}
    for jwk in listed:
        if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or jwk["kid"] in keys:
            raise InvalidToken
        try:
            keys[jwk["kid"]] = public_key(jwk)
        except InvalidKey:
            continue
    return keys
