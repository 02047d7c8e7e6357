"""Showing a code (亮码, R2): who may, and what they get (D7, D8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.active import require_active
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.model import Certificate
from vaxcert.claims.notices import NoticeBoard
from vaxcert.codes.model import HOLDER_SLOT, NONCE_BYTES, Code
from vaxcert.codes.token import write
from vaxcert.errors import NotFound, Unauthorized
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.identity.model import Citizen
from vaxcert.keys.jws import SigningKey

_NO_GRANT: Final = 0


class CodeKeys(Protocol):
    """Port: the key that signs codes."""

    def signing(self, purpose: Literal["code"]) -> SigningKey:
        """The newest key that has begun. Raises Unavailable where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Holding:
    """A certificate, its grants, and whether the asking session was signed out, all as they stand now."""

    certificate: Certificate | None
    grants: tuple[Grant, ...]
    signed_out: bool


class Holdings(Protocol):
    """Port: what decides whether a code is shown, in one round trip."""

    def find(self, certificate_id: str, session_id: str) -> Holding:
        """Strongly consistent."""
        ...


@dataclass(frozen=True, slots=True)
class ShownCode:
    """The text of a code, until when it holds, and in how many seconds the screen should ask for the next one (D8)."""

    text: str
    expires_at: datetime
    refresh_after: int


class IssueService:
    """Use case of `POST …/codes`. Nothing is written: a code that is never scanned leaves no trace."""

    def __init__(
        self,
        *,
        holdings: Holdings,
        keys: CodeKeys,
        ttl_seconds: int,
        refresh_seconds: int,
        adult_age: int,
        notices: NoticeBoard,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._holdings = holdings
        self._keys = keys
        self._lifetime = timedelta(seconds=ttl_seconds)
        self._refresh = refresh_seconds
        self._adult_age = adult_age
        self._notices = notices
        self._random_bytes = random_bytes

    def issue(self, caller: Citizen, certificate_id: str, now: datetime) -> ShownCode:
        """A code for the holder or a delegate.

        Raises `NotFound` for a certificate that the caller may not use or that has ended, `CertificateSuspended`, `Unauthorized` for a session that was signed out, `Unavailable`.
        """
        if not is_certificate_id(certificate_id):
            raise NotFound
        holding = self._holdings.find(certificate_id, caller.session_id)
        if holding.signed_out:
            raise Unauthorized
        today = shanghai_date(now)
        slot, grant_version = self._place(caller, holding, today)
        issued_at = now.replace(microsecond=0)
        code = Code(
            certificate_id=certificate_id,
            slot=slot,
            grant_version=grant_version,
            nonce=self._random_bytes(NONCE_BYTES),
            issued_at=issued_at,
            expires_at=issued_at + self._lifetime,
        )
        return ShownCode(write(code, self._keys.signing("code")), code.expires_at, self._refresh)

    def _place(self, caller: Citizen, holding: Holding, today: date) -> tuple[int, int]:
        """The caller's slot and its version: 0 and 0 for the holder."""
        certificate = require_active(
            holding.certificate, caller.subject, today, self._adult_age, self._notices
        )
        if certificate.holder == caller.subject:
            return HOLDER_SLOT, _NO_GRANT
        for grant in holding.grants:
            # Number and name must both match (D7); a mismatch is for the claimant to see, not for the delegate.
            own = grant.delegate == caller.subject and grant.name_key == caller.name_key
            if own and grant.status_on(today) is GrantStatus.ACTIVE:
                return grant.slot, grant.version
        raise NotFound
