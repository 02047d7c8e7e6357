"""Showing a code (亮码, R2): who may, and what they get (D7, D8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.model import Certificate
from vaxcert.codes.model import HOLDER_SLOT, NONCE_BYTES, Code
from vaxcert.codes.token import write
from vaxcert.errors import NotFound, Unauthorized
from vaxcert.grants.access import Act, Rights
from vaxcert.grants.model import Grant
from vaxcert.identity.model import Citizen, Session
from vaxcert.keys.es256 import SigningKey

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

    def find(self, certificate_id: str, session: Session) -> Holding:
        """Strongly consistent."""
        ...


@dataclass(frozen=True, slots=True)
class ShownCode:
    """The text of a code, until when it holds, and in how many seconds the screen should ask for the next one (D8)."""

    text: str
    expires_at: datetime
    refresh_after: int


class IssueService:
    """Use case of `POST …/codes`. Nothing is written of a code: one that is never scanned leaves no trace. What a delegate's visit
    finds about their name is (D7): the code would be refused at the clinic otherwise, or shown to another name.
    """

    def __init__(
        self,
        *,
        holdings: Holdings,
        keys: CodeKeys,
        ttl_seconds: int,
        refresh_seconds: int,
        rights: Rights,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._holdings = holdings
        self._keys = keys
        self._lifetime = timedelta(seconds=ttl_seconds)
        # Whatever is set: a screen that waits longer shows a code that has ended.
        self._refresh = min(refresh_seconds, ttl_seconds)
        self._rights = rights
        self._random_bytes = random_bytes

    def issue(self, caller: Citizen, certificate_id: str, now: datetime) -> ShownCode:
        """A code for the holder or a delegate.

        Raises: `NotFound` for a certificate that the caller may not use or that has ended, `CertificateSuspended`, `Unauthorized` for
        a session that was signed out, `Unavailable`.
        """
        if not is_certificate_id(certificate_id):
            raise NotFound
        holding = self._holdings.find(certificate_id, caller.session)
        if holding.signed_out:
            raise Unauthorized
        right = self._rights.to(
            Act.SHOW_CODE, caller, certificate_id, holding.certificate, now, holding.grants
        )
        slot, version = (right.grant.slot, right.grant.version) if right.grant else (HOLDER_SLOT, _NO_GRANT)
        issued_at = now.replace(microsecond=0)
        code = Code(
            certificate_id=certificate_id,
            slot=slot,
            grant_version=version,
            nonce=self._random_bytes(NONCE_BYTES),
            issued_at=issued_at,
            expires_at=issued_at + self._lifetime,
        )
        return ShownCode(write(code, self._keys.signing("code")), code.expires_at, self._refresh)
