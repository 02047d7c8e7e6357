"""The way through the platform's page: from a nonce and an address to return to, to a one-time code, to the assertion.

Everything is in memory and short-lived. An address never holds more than random codes and the nonce.
"""

import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from local.platform.people import Somebody
from local.platform.signing import NONCE, InvalidRequest, Platform

JOURNEY_SECONDS = 600
CODE_SECONDS = 60
CHANNELS: Final[Mapping[str, str]] = {"app": "苏服办 App", "alipay": "支付宝小程序“苏服办”"}
METHODS: Final[Mapping[str, str]] = {"face": "人脸验证", "strong": "短信验证码和登录密码"}

type Refused = Literal["invalid_client", "invalid_grant", "expired_token"]


class TokenRefused(Exception):
    """Why a code is not exchanged, as RFC 6749 §5.2 and RFC 8628 §3.5 call it."""

    def __init__(self, error: Refused) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Client:
    """Whom codes are exchanged for: `client_secret_basic`, and the origins that people may be sent back to."""

    client_id: str
    secret: str
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Journey:
    """Somebody on the page: where they came from, and what they have chosen so far."""

    nonce: str
    back: str
    ends: float
    channel: str = "app"
    person: Somebody | None = None

    def returning(self, **answer: str) -> str:
        """The address to return to, with `answer` and the nonce in its query."""
        parts = urlsplit(self.back)
        query = "&".join(filter(None, (parts.query, urlencode({**answer, "nonce": self.nonce}))))
        return urlunsplit(parts._replace(query=query))


class Entries:
    """Journeys and codes. `platform.now` is the clock of both."""

    def __init__(
        self, platform: Platform, client: Client, token: Callable[[], str] = lambda: secrets.token_urlsafe(24)
    ) -> None:
        self._platform = platform
        self._client = client
        self._token = token
        self._lock = threading.Lock()
        self._journeys: dict[str, Journey] = {}
        self._codes: dict[str, tuple[float, dict[str, str] | None]] = {}

    @property
    def origins(self) -> frozenset[str]:
        """Where people may be sent back to."""
        return self._client.origins

    def begin(self, nonce: str, back: str, channel: str) -> str:
        """A new journey's key. Raises InvalidRequest for an address that is not on the list, or what is no nonce."""
        faults = {}
        if not NONCE.fullmatch(nonce):
            faults["nonce"] = "is the challenge of POST /v1/challenges"
        if origin_of(back) not in self._client.origins:
            faults["return"] = f"is an address of {', '.join(sorted(self._client.origins))}"
        if channel not in CHANNELS:
            faults["channel"] = "is app or alipay"
        if faults:
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "this is no way in", faults)
        key = self._token()
        with self._lock:
            self._forget()
            self._journeys[key] = Journey(nonce, back, self._platform.now() + JOURNEY_SECONDS, channel)
        return key

    def journey(self, key: str) -> Journey:
        """The journey of a key. Raises InvalidRequest if it is over."""
        with self._lock:
            found = self._journeys.get(key)
        if found is None or found.ends <= self._platform.now():
            raise InvalidRequest(HTTPStatus.GONE, "this way in is over")
        return found

    def go_on(self, key: str, *, channel: str | None = None, person: Somebody | None = None) -> Journey:
        """What has been chosen is kept. Raises InvalidRequest."""
        before = self.journey(key)
        if channel is not None and channel not in CHANNELS:
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "no such channel")
        after = replace(before, channel=channel or before.channel, person=person or before.person)
        with self._lock:
            self._journeys[key] = after
        return after

    def verified(self, key: str, method: str) -> str:
        """The journey ends with a code: the address to return to. Raises InvalidRequest."""
        journey = self.journey(key)
        if journey.person is None or method not in METHODS:
            raise InvalidRequest(HTTPStatus.BAD_REQUEST, "nobody was verified")
        somebody, code = journey.person, self._token()
        asked = {
            "id_type": somebody.id_type,
            "id_no": somebody.id_no,
            "name": somebody.name,
            "phone": somebody.phone,
            "channel": journey.channel,
            "method": method,
            "nonce": journey.nonce,
        }
        with self._lock:
            del self._journeys[key]
            self._codes[code] = (self._platform.now() + CODE_SECONDS, asked)
        return journey.returning(entry_code=code)

    def gave_up(self, key: str, why: Literal["cancelled", "failed"]) -> str:
        """The journey ends without a code: the address to return to, saying why. Raises InvalidRequest."""
        journey = self.journey(key)
        with self._lock:
            self._journeys.pop(key, None)
        return journey.returning(entry_error=why)

    def exchange(self, client_id: str, secret: str, code: str) -> str:
        """The assertion behind a code, once. Raises TokenRefused."""
        known = hmac.compare_digest(secret.encode(), self._client.secret.encode())
        if client_id != self._client.client_id or not known:
            raise TokenRefused("invalid_client")
        with self._lock:
            ends, asked = self._codes.get(code, (0.0, None))
            if asked is not None:
                self._codes[code] = (ends, None)
        if asked is None:
            raise TokenRefused("invalid_grant")
        if ends <= self._platform.now():
            raise TokenRefused("expired_token")
        return self._platform.assertion(asked)

    def _forget(self) -> None:
        now = self._platform.now()
        self._journeys = {key: one for key, one in self._journeys.items() if one.ends > now}
        # Codes stay a while longer, so that a late one is told as late.
        self._codes = {code: one for code, one in self._codes.items() if one[0] + JOURNEY_SECONDS > now}


def origin_of(address: str) -> str:
    """The origin of an address, empty for what reads differently to a browser."""
    try:
        parts = urlsplit(address)
        # A backslash, a user before the host, a line end.
        if not address.isprintable() or "\\" in address or " " in address or "@" in parts.netloc:
            return ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
