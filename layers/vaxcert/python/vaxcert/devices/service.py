"""Enrolling devices, and changing their proof of identity into a token of fifteen minutes (RFC 7523, `private_key_jwt`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Protocol

from vaxcert.aws.clock import epoch
from vaxcert.devices.looking import UnknownDevice
from vaxcert.devices.model import Enrolment, is_device_id
from vaxcert.errors import Malformed, Unauthorized
from vaxcert.identity.model import Device
from vaxcert.identity.tokens import mint_device
from vaxcert.keys import jws
from vaxcert.keys.es256 import SigningKey
from vaxcert.keys.jwk import InvalidKey, public_key

GRANT_TYPE: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST: Final = timedelta(seconds=60)
# Clinics' clocks: an assertion made by a fast one ends later than it should. One that has ended has ended.
SKEW: Final = timedelta(seconds=30)
_TOKEN_ID: Final = 16
_JTI_FORM: Final = re.compile(r"[!-~]{8,128}")
# Long enough that our own clocks may differ; the assertion itself has ended by then.
_BURNED: Final = timedelta(minutes=5)


class InvalidClient(Unauthorized):
    """The device did not prove who it is. Says nothing more: not enrolled, disabled and forged look alike (RFC 6749 §5.2)."""

    code = "device_assertion_invalid"

    def __init__(self) -> None:
        super().__init__(extra={"error": "invalid_client"})


class InvalidTokenRequest(Malformed):
    """The form is not that of the grant (RFC 6749 §5.2)."""

    def __init__(self, error: str = "invalid_request") -> None:
        super().__init__(extra={"error": error}, words="unsupported_grant_type")


class DeviceKeys(Protocol):
    """Port: the key that signs new device tokens."""

    def signing(self, purpose: Literal["device"]) -> SigningKey:
        """The newest valid key of a purpose. Raises Unavailable where there is none."""
        ...


class Enrolments(Protocol):
    """Port: enrolled devices."""

    def find(self, device_id: str) -> Enrolment | None:
        """The device as it stands, strongly consistent."""
        ...

    def save(self, enrolment: Enrolment, replaces: int | None) -> bool:
        """Write it where version `replaces` stands (None: nothing does); False where something else does."""
        ...


class BurnedAssertions(Protocol):
    """Port: the marks that used assertions leave."""

    def burn(self, device_id: str, jti: str, owner: str, until: datetime, now: datetime) -> bool:
        """Mark an assertion as used by the request `owner`; False where it was used before. Repeating it as the same owner is True."""
        ...


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token and the seconds it is good for (RFC 6749 §5.1)."""

    access_token: str
    expires_in: int


class TokenExchange:
    """Use case of `POST /v1/devices/token`."""

    def __init__(
        self,
        *,
        enrolments: Enrolments,
        burned: BurnedAssertions,
        keys: DeviceKeys,
        audience: str,
        token_seconds: int,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        if not audience:
            raise ValueError("device_audience must be set")
        self._enrolments = enrolments
        self._burned = burned
        self._keys = keys
        self._audience = audience
        self._lifetime = timedelta(seconds=token_seconds)
        self._random_bytes = random_bytes

    def exchange(self, form: Mapping[str, str], now: datetime) -> IssuedToken:
        """A token for the device whose assertion the form holds. Raises InvalidTokenRequest, InvalidClient, Unavailable.

        The assertion's `jti` is burned last: whatever else can fail has failed before.
        """
        if form.get("grant_type") != GRANT_TYPE:
            raise InvalidTokenRequest("unsupported_grant_type" if "grant_type" in form else "invalid_request")
        assertion = form.get("client_assertion")
        if form.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
            raise InvalidTokenRequest
        enrolment, jti, ends = self._authenticated(assertion, form.get("client_id"), now)
        token_id = self._random_bytes(_TOKEN_ID).hex()
        device = Device(
            device_id=enrolment.device_id,
            clinic_code=enrolment.clinic_code,
            stations=frozenset(enrolment.stations),
            version=enrolment.version,
            expires_at=now.replace(microsecond=0) + self._lifetime,
        )
        token = mint_device(device, token_id, self._keys.signing("device"), now)
        if not self._burned.burn(enrolment.device_id, jti, token_id, ends + _BURNED, now):
            raise InvalidClient
        return IssuedToken(token, int(self._lifetime.total_seconds()))

    def _authenticated(
        self, assertion: str, client_id: str | None, now: datetime
    ) -> tuple[Enrolment, str, datetime]:
        try:
            unverified = jws.read(assertion)
            device_id = jws.parse_json(unverified.payload).get("sub")
            if (
                unverified.typ != "JWT"
                or not isinstance(device_id, str)
                or client_id not in {None, device_id}
            ):
                raise InvalidClient
            enrolment = self._find(device_id)
            claims = jws.verify(unverified, public_key(enrolment.public_jwk), low_s=False)
        except (jws.InvalidToken, InvalidKey):
            raise InvalidClient from None
        jti, ends = self._checked(claims, device_id, now)
        return enrolment, jti, ends

    def _find(self, device_id: str) -> Enrolment:
        # The id comes from a text that nobody has verified yet: it may only pick a key of ours, and has an id's form before it does.
        enrolment = self._enrolments.find(device_id) if is_device_id(device_id) else None
        if enrolment is None or not enrolment.enabled:
            raise InvalidClient
        return enrolment

    def _checked(self, claims: Mapping[str, Any], device_id: str, now: datetime) -> tuple[str, datetime]:
        """RFC 7523 §3: issuer, subject, audience, end, and a `jti` to burn. `nbf` and `iat` hold where they are given."""
        if (
            claims.get("iss") != device_id
            or claims.get("sub") != device_id
            or claims.get("aud") != self._audience
        ):
            raise InvalidClient
        ends, jti = _seconds(claims.get("exp")), claims.get("jti")
        if ends is None or not isinstance(jti, str) or not _JTI_FORM.fullmatch(jti):
            raise InvalidClient
        if not epoch(now) < ends <= epoch(now + LONGEST + SKEW):
            raise InvalidClient
        for name in ("iat", "nbf"):
            begun = _seconds(claims.get(name, 0))
            if begun is None or begun > epoch(now + SKEW):
                raise InvalidClient
            if name == "iat" and name in claims and ends - begun > LONGEST.total_seconds():
                raise InvalidClient
        return jti, now + timedelta(seconds=ends - epoch(now))


class EnrolmentService:
    """Use cases of `enroll_device`. Each change grows the version; repeating one changes nothing."""

    def __init__(self, enrolments: Enrolments) -> None:
        self._enrolments = enrolments

    def enroll(self, wanted: Enrolment) -> Enrolment:
        """Enrol a device, or change its clinic, stations or key; one that was disabled stays so.

        Raises ValueError for a key that is no P-256 public key.
        """
        try:
            public_key(wanted.public_jwk)
        except InvalidKey:
            raise ValueError("public_jwk is no P-256 public key") from None
        if wanted.public_jwk.get("kty") != "EC":
            raise ValueError("public_jwk is no P-256 public key")
        return self._change(
            wanted.device_id,
            lambda standing: wanted if standing is None else replace(wanted, enabled=standing.enabled),
        )

    def disable(self, device_id: str) -> Enrolment:
        """Refuse the device from its next scan on. Raises UnknownDevice."""
        return self._change(device_id, lambda standing: _switched(standing, enabled=False))

    def enable(self, device_id: str) -> Enrolment:
        """Take it back. Raises UnknownDevice."""
        return self._change(device_id, lambda standing: _switched(standing, enabled=True))

    def _change(self, device_id: str, change: Callable[[Enrolment | None], Enrolment]) -> Enrolment:
        while True:
            standing = self._enrolments.find(device_id)
            wanted = change(standing)
            if standing is not None and standing.says_as(wanted):
                return standing
            version = 1 if standing is None else standing.version + 1
            if self._enrolments.save(
                replace(wanted, version=version), None if standing is None else standing.version
            ):
                return replace(wanted, version=version)


def _switched(standing: Enrolment | None, *, enabled: bool) -> Enrolment:
    if standing is None:
        raise UnknownDevice
    return replace(standing, enabled=enabled)


def _seconds(value: object) -> int | None:
    """A NumericDate (RFC 7519 §2) in whole seconds; `true` is an int in Python and none here."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0xFFFFFFFF:
        return None
    return int(value)
