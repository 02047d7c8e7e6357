"""Whether a certificate and a grant still stand behind a code that is authentic (D5, D6, D7)."""

from __future__ import annotations

from datetime import date

from vaxcert.claims.model import Certificate, Status
from vaxcert.codes.model import HOLDER_SLOT, Code
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.visits.model import Reason


def standing_behind(
    code: Code, certificate: Certificate | None, grant: Grant | None, today: date, adult_age: int
) -> Certificate | Reason:
    """The certificate, where it and the grant stand on the day `today`; else why not: certificate, then grant."""
    if certificate is None:
        return Reason.RELEASED
    status = certificate.standing_on(today, adult_age).status
    if status is not Status.ACTIVE:
        return Reason(status)
    return _of_grant(code, grant, today) or certificate


def _of_grant(code: Code, grant: Grant | None, today: date) -> Reason | None:
    if code.slot == HOLDER_SLOT:
        return None
    if grant is None or grant.version != code.grant_version:
        return Reason.GRANT_REVOKED  # the slot was used again
    status = grant.status_on(today)
    if status is GrantStatus.ACTIVE:
        return None
    return Reason.GRANT_EXPIRED if status is GrantStatus.EXPIRED else Reason.GRANT_REVOKED
