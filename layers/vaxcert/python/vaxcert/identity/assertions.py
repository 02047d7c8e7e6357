"""The identity platform's signed word on who somebody is (R3, R11-R15, D9), checked claim by claim.

What the platform sends, and all that is taken:

- a compact JWS whose header is exactly `alg` ("ES256" or "RS256"), `typ` ("JWT") and `kid`; at most 4096
  characters;
- `iss` and `aud` as configured, `aud` one string; `nonce` our challenge;
- `iat`, `exp`, `auth_time`: whole seconds; `exp` within 10 minutes of `iat`, `auth_time` at most 5 minutes
  ago;
- `amr`: an array of one method, "face" or "strong", that the setting ALLOWED_METHODS permits;
- `channel`: "app" or "alipay"; `id_type`, `id_no`, `name`. What else it says (`phone`) is not even read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vaxcert.aws.clock import epoch, from_epoch, shanghai_date
from vaxcert.errors import Rejected
from vaxcert.identity.model import IdentityNumber, IdType, normalise_name, parse_id_no
from vaxcert.keys import jws

SKEW: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(minutes=10)
FRESH: Final = timedelta(minutes=5)
_TYP: Final = "JWT"

type Channel = Literal["app", "alipay"]
type Method = Literal["face", "strong"]


class AssertionInvalid(Rejected):
    """It is not the platform's word, not for us, or not in the agreed form."""

    code = "assertion_invalid"


class AssertionExpired(Rejected):
    """It was all right, and is over: the assertion, the verification behind it or our challenge."""

    code = "assertion_expired"


class AssertionReplayed(Rejected):
    """Its challenge was used before."""

    code = "assertion_replayed"


@dataclass(frozen=True, slots=True)
class Assertion:
    """Who the platform says it is. Number and name stay out of its repr (invariant 7)."""

    nonce: str
    id_no: IdentityNumber = field(repr=False)
    name: str = field(repr=False)
    method: Method
    channel: Channel
    auth_time: datetime


class KeySource(Protocol):
    """Where the platform's public keys come from."""

    def key(self, kid: str, now: datetime) -> jws.Key | None:
        """The key of this id, or None. Raises Unavailable where the platform cannot be asked."""
        ...


type _Seconds = Annotated[int, Field(ge=0, le=0xFFFFFFFF)]


class _Claims(BaseModel):
    """The form of the claims. Strict: a `true` or "1" is no number, a list is no string."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    iss: str
    aud: str
    nonce: str
    iat: _Seconds
    exp: _Seconds
    auth_time: _Seconds
    amr: Annotated[list[Method], Field(min_length=1, max_length=1)]
    channel: Channel
    # Not strict, which would take a member of the enumeration only and not the text that names it.
    id_type: Annotated[IdType, Field(strict=False)]
    id_no: Annotated[str, Field(max_length=64)]
    name: Annotated[str, Field(max_length=64)]


class AssertionVerifier:
    """Verifies assertions of one platform for one audience."""

    def __init__(self, keys: KeySource, issuer: str, audience: str, allowed_methods: frozenset[str]) -> None:
        if not issuer or not audience:
            raise ValueError("the platform's issuer and our audience must be set")
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._allowed_methods = allowed_methods

    def verify(self, text: str, now: datetime) -> Assertion:
        """The identity that `text` vouches for at `now`; its nonce is the caller's to check and burn.

        Raises AssertionInvalid, AssertionExpired, InvalidIdentityNumber, and Unavailable while the platform's
        keys cannot be had. Time is looked at last, so that only what is genuine otherwise is called expired.
        """
        claims = self._claims(text, now)
        if claims.iss != self._issuer or claims.aud != self._audience:
            raise AssertionInvalid
        method = claims.amr[0]
        if method not in self._allowed_methods or not normalise_name(claims.name):
            raise AssertionInvalid
        _check_times(claims, now)
        return Assertion(
            nonce=claims.nonce,
            id_no=parse_id_no(claims.id_no, claims.id_type, shanghai_date(now)),
            name=claims.name,
            method=method,
            channel=claims.channel,
            auth_time=from_epoch(claims.auth_time),
        )

    def _claims(self, text: str, now: datetime) -> _Claims:
        try:
            token = jws.read(text)
            if token.typ != _TYP:
                raise AssertionInvalid
            key = self._keys.key(token.kid, now)
            if key is None:
                raise AssertionInvalid
            # An ordinary signer does not promise the low s; a replay is stopped by the challenge that is burned.
            found: dict[str, Any] = jws.verify(token, key, low_s=False)
            return _Claims.model_validate(found)
        except (jws.InvalidToken, ValidationError):
            raise AssertionInvalid from None


def _check_times(claims: _Claims, now: datetime) -> None:
    skew = int(SKEW.total_seconds())
    seconds = epoch(now)
    lifetime = claims.exp - claims.iat
    if not 0 < lifetime <= LONGEST.total_seconds() or claims.auth_time > claims.iat + skew:
        raise AssertionInvalid
    if claims.iat > seconds + skew:
        raise AssertionInvalid
    if claims.exp + skew <= seconds or claims.auth_time + FRESH.total_seconds() + skew < seconds:
        raise AssertionExpired
