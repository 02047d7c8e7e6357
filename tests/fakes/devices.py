"""Enrolled devices and used assertions in dicts, and a device that proves itself as a clinic's would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from vaxcert.devices.model import Enrolment, Station
from vaxcert.identity.model import Device
from vaxcert.keys.store import public_jwk

CLINIC = "3206000001"
AUDIENCE = "https://api.example.cn/v1/devices/token"
EVERYWHERE = frozenset(Station)


class FakeEnrolments:
    """Port `Enrolments`."""

    def __init__(self, *enrolments: Enrolment) -> None:
        self.stored = {enrolment.device_id: enrolment for enrolment in enrolments}

    def find(self, device_id: str) -> Enrolment | None:
        return self.stored.get(device_id)

    def save(self, enrolment: Enrolment, replaces: int | None) -> bool:
        standing = self.stored.get(enrolment.device_id)
        if standing is not None and standing == enrolment:
            return True
        if (None if standing is None else standing.version) != replaces:
            return False
        self.stored[enrolment.device_id] = enrolment
        return True


class FakeBurnedAssertions:
    """Port `BurnedAssertions`."""

    def __init__(self) -> None:
        self.burned: dict[tuple[str, str], tuple[str, datetime]] = {}

    def burn(self, device_id: str, jti: str, owner: str, until: datetime, now: datetime) -> bool:
        standing = self.burned.get((device_id, jti))
        if standing is not None and standing[1] > now:
            return standing[0] == owner
        self.burned[device_id, jti] = (owner, until)
        return True


def private_key(device_id: str) -> ec.EllipticCurvePrivateKey:
    """The device's own key, the same for the whole run."""
    return ec.derive_private_key(int.from_bytes(device_id.encode()[:24]) + 7, ec.SECP256R1())


def an_enrolment(device_id: str = "reg-1", **changed: Any) -> Enrolment:
    """A device of the example clinic that serves every station."""
    jwk = public_jwk(private_key(device_id).public_key(), "")
    values: dict[str, Any] = {
        "device_id": device_id,
        "clinic_code": CLINIC,
        "clinic_name": "示范门诊",
        "stations": EVERYWHERE,
        "public_jwk": {name: jwk[name] for name in ("kty", "crv", "x", "y")},
    }
    return Enrolment(**(values | changed))


def token_of(enrolment: Enrolment, now: datetime) -> Device:
    """The device as its token describes it."""
    return Device(
        enrolment.device_id,
        enrolment.clinic_code,
        frozenset(enrolment.stations),
        enrolment.version,
        now + timedelta(minutes=15),
    )


def assertion(now: datetime, device_id: str = "reg-1", *, typ: str = "JWT", **changed: Any) -> str:
    """A client assertion (RFC 7523), by PyJWT as a device would make it; a claim given as None is left out."""
    claims: dict[str, Any] = {
        "iss": device_id,
        "sub": device_id,
        "aud": AUDIENCE,
        "jti": "assertion-0001",
        "exp": int(now.timestamp()) + 60,
    }
    claims = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode(claims, private_key(device_id), algorithm="ES256", headers={"typ": typ})
