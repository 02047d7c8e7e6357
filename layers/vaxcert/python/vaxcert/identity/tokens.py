"""Our own tokens: sessions of citizens and access tokens of devices (JWT, ES256, `typ` says which).

Both are minted and read here, so that the two sides cannot drift. Their keys are of different purposes and
`typ` is compared exactly: neither can pass as the other, nor as an assertion.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from vaxcert.aws.clock import EVER, epoch, from_epoch
from vaxcert.errors import Unauthorized
from vaxcert.identity.model import Citizen, Device
from vaxcert.keys import jws
from vaxcert.keys.es256 import SigningKey

SESSION: Final = "session+jwt"
DEVICE: Final = "device+jwt"
SKEW: Final = timedelta(seconds=30)
# Nothing that we mint lives longer, whatever the settings: a slip there must not become a token for years.
LONGEST: Final = timedelta(hours=12)

type Keys = Mapping[str, jws.Key]


def mint_session(citizen: Citizen, key: SigningKey) -> str:
    """A session token for `citizen`, until its `expires_at`."""
    claims = {
        "sub": citizen.subject,
        "name": citizen.name_key,
        "jti": citizen.session_id,
        "iat": epoch(citizen.issued_at),
        "exp": epoch(citizen.expires_at),
        "auth_time": epoch(citizen.auth_time),
        "amr": [citizen.method],
        "channel": citizen.channel,
    }
    return jws.sign(claims, SESSION, key)


def read_session(token: jws.Unverified, keys: Keys, now: datetime, issued_from: datetime = EVER) -> Citizen:
    """The citizen of a session token. Raises Unauthorized; whether they signed out is asked elsewhere.

    Nothing counts that was issued before `issued_from`: the marks that ended it may have been lost with a table (docs/runbook/restore.md).
    """
    claims = _verified(token, SESSION, keys, now, issued_from)
    methods = claims.get("amr")
    if not isinstance(methods, list) or len(methods) != 1 or not isinstance(methods[0], str):
        raise Unauthorized
    return Citizen(
        subject=_text(claims, "sub"),
        name_key=_text(claims, "name"),
        session_id=_text(claims, "jti"),
        auth_time=from_epoch(_seconds(claims, "auth_time")),
        expires_at=from_epoch(_seconds(claims, "exp")),
        channel=_text(claims, "channel"),
        method=methods[0],
        issued_at=from_epoch(_seconds(claims, "iat")),
    )


def mint_device(device: Device, token_id: str, key: SigningKey, now: datetime) -> str:
    """An access token for `device`, until its `expires_at`; `token_id` (jti) is random."""
    claims = {
        "sub": device.device_id,
        "clinic_code": device.clinic_code,
        "stations": sorted(device.stations),
        "version": device.version,
        "jti": token_id,
        "iat": epoch(now),
        "exp": epoch(device.expires_at),
    }
    return jws.sign(claims, DEVICE, key)


def read_device(token: jws.Unverified, keys: Keys, now: datetime, issued_from: datetime = EVER) -> Device:
    """The device of an access token. Raises Unauthorized; whether it is still enabled the scan asks. `issued_from` as for a session."""
    claims = _verified(token, DEVICE, keys, now, issued_from)
    _text(claims, "jti")
    stations = claims.get("stations")
    if not isinstance(stations, list) or not all(isinstance(each, str) for each in stations):
        raise Unauthorized
    return Device(
        device_id=_text(claims, "sub"),
        clinic_code=_text(claims, "clinic_code"),
        stations=frozenset(stations),
        version=_seconds(claims, "version"),
        expires_at=from_epoch(_seconds(claims, "exp")),
    )


def _verified(
    token: jws.Unverified, typ: str, keys: Keys, now: datetime, issued_from: datetime
) -> Mapping[str, Any]:
    key = keys.get(token.kid)
    if token.typ != typ or key is None:
        raise Unauthorized
    try:
        claims = jws.verify(token, key)
    except jws.InvalidToken:
        raise Unauthorized from None
    issued, expires = _seconds(claims, "iat"), _seconds(claims, "exp")
    if not 0 < expires - issued <= LONGEST.total_seconds():
        raise Unauthorized
    if issued < issued_from.timestamp():
        raise Unauthorized
    if issued > epoch(now + SKEW) or expires <= epoch(now):  # we wrote the end ourselves: no leeway on it
        raise Unauthorized
    return claims


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Unauthorized
    return value


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    """A non-negative whole number; `true` is an int in Python and none here."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 0xFFFFFFFF:
        raise Unauthorized
    return value
