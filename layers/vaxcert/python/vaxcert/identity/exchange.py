"""From the one-time code that a page brings back to the platform's assertion, server to server (rulings, "Entry"; R13).

The browser carries the code and our nonce only: no number, name or phone stands in an address. We show the platform who asks by
HTTP Basic authentication (`client_secret_basic`, RFC 6749 §2.3.1).

`POST <token URL> {"entry_code"}` → 200 `{"assertion"}`; 400 `{"error"}` with `invalid_grant` (unknown or used) or `expired_token`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import quote_plus

from vaxcert.errors import Unavailable
from vaxcert.identity.assertions import AssertionExpired, AssertionInvalid
from vaxcert.identity.fetch import Reply, sender
from vaxcert.keys.jws import LARGEST
from vaxcert.strict_json import InvalidJson, parse

SECONDS: Final = 3.0
RETRY_AFTER: Final = 5
"""Seconds after which a caller may ask again if the platform could not be asked."""


class PlatformExchange:
    """Exchanges codes. `send` posts a body to the one token address, or raises OSError; `note` is told why the platform was of no use."""

    def __init__(self, send: Callable[[bytes], Reply], note: Callable[[str], None]) -> None:
        self._send = send
        self._note = note

    def assertion(self, entry_code: str) -> str:
        """The assertion behind a code; the platform gives it once.

        Raises AssertionInvalid for a code that is unknown or used, AssertionExpired for one that is over, Unavailable if the platform
        does not answer as agreed.
        """
        try:
            reply = self._send(json.dumps({"entry_code": entry_code}).encode())
        except OSError:
            raise self._useless("unreachable") from None
        told = _object(reply.body)
        if reply.status == HTTPStatus.OK and isinstance(assertion := told.get("assertion"), str):
            return assertion
        if reply.status == HTTPStatus.BAD_REQUEST:
            match told.get("error"):
                case "invalid_grant":
                    raise AssertionInvalid
                case "expired_token":
                    raise AssertionExpired
        raise self._useless(f"status_{reply.status}")

    def _useless(self, why: str) -> Unavailable:
        self._note(why)
        return Unavailable(retry_after=RETRY_AFTER)


def exchange_of(url: str, client_id: str, secret: str, note: Callable[[str], None]) -> PlatformExchange:
    """The exchange at the address `url`, and no other. Raises ValueError for an address that is not HTTPS off this machine."""
    basic = b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {basic}"}
    return PlatformExchange(sender(url, headers, SECONDS, 2 * LARGEST), note)


def _object(body: bytes) -> dict[str, object]:
    try:
        found = parse(body.decode())
    except (InvalidJson, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
