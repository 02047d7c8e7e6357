"""From a bearer token to a caller and the policy that API Gateway enforces for them.

The policy allows every route of the caller's class and not only the one asked for, since API Gateway caches
it by token; what is not listed is denied. What the token says travels on as the context that
`vaxcert.http.caller` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from vaxcert.aws.clock import EVER, epoch
from vaxcert.errors import Unauthorized
from vaxcert.identity.model import Citizen, Device, Session
from vaxcert.identity.routes import ROUTES, CallerClass
from vaxcert.identity.tokens import DEVICE, SESSION, read_device, read_session
from vaxcert.keys import jws

_OPEN: Final = {
    CallerClass.CITIZEN: {CallerClass.CITIZEN},
    CallerClass.DEVICE: {CallerClass.DEVICE, CallerClass.BOARD},
    CallerClass.BOARD: {CallerClass.BOARD},
}
_PATTERNS: Final = {
    caller: tuple(route.pattern for route in ROUTES if route.caller in opened)
    for caller, opened in _OPEN.items()
}


class PublicKeys(Protocol):
    """Port: public keys by purpose, at most 30 seconds old; API Gateway keeps our answer for 30 more."""

    def public(self, purpose: Literal["session", "device"]) -> Mapping[str, jws.Key]:
        """The keys of a purpose by their id."""
        ...


class EndedSessions(Protocol):
    """Port: which sessions were signed out."""

    def signed_out(self, session: Session) -> bool:
        """Whether the session was ended."""
        ...


class Authorizer:
    """Knows callers by their tokens: one signature check, and for citizens one read."""

    def __init__(self, keys: PublicKeys, sessions: EndedSessions, issued_from: datetime = EVER) -> None:
        self._keys = keys
        self._sessions = sessions
        self._issued_from = issued_from

    def caller(self, token: str, now: datetime) -> Citizen | Device:
        """Who bears the token. Raises Unauthorized whatever the reason; Unavailable without keys."""
        try:
            unverified = jws.read(token)
        except jws.InvalidToken:
            raise Unauthorized from None
        if unverified.typ == DEVICE:
            return read_device(unverified, self._keys.public("device"), now, self._issued_from)
        if unverified.typ != SESSION:
            raise Unauthorized
        citizen = read_session(unverified, self._keys.public("session"), now, self._issued_from)
        if self._sessions.signed_out(citizen.session):
            raise Unauthorized
        return citizen


def policy(caller: Citizen | Device, method_arn: str) -> dict[str, Any]:
    """The authorizer's answer for a caller of the API and stage that `method_arn` is of."""
    kind, principal = _known_as(caller)
    stage = "/".join(method_arn.split("/")[:2])  # arn:…:<api>/<stage>, in whatever partition
    return {
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": [f"{stage}/{pattern}" for pattern in _PATTERNS[kind]],
                }
            ],
        },
        "context": _context(caller),
    }


def _known_as(caller: Citizen | Device) -> tuple[CallerClass, str]:
    if isinstance(caller, Citizen):
        return CallerClass.CITIZEN, caller.subject
    return (CallerClass.DEVICE if caller.stations else CallerClass.BOARD), caller.device_id


def _context(caller: Citizen | Device) -> dict[str, str]:
    """Texts only: API Gateway passes no other type on unchanged."""
    if isinstance(caller, Citizen):
        return {
            "kind": "citizen",
            "subject": caller.subject,
            "name_key": caller.name_key,
            "session_id": caller.session_id,
            "auth_time": str(epoch(caller.auth_time)),
            "iat": str(epoch(caller.issued_at)),
            "exp": str(epoch(caller.expires_at)),
            "channel": caller.channel,
            "method": caller.method,
        }
    return {
        "kind": "device",
        "device_id": caller.device_id,
        "clinic_code": caller.clinic_code,
        "stations": ",".join(sorted(caller.stations)),
        "version": str(caller.version),
        "exp": str(epoch(caller.expires_at)),
    }
