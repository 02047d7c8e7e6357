"""Whether a certificate may be used today, and what its own claimant is told if it is suspended (D5, D16): the one place for all services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from vaxcert.archives.model import Archive
from vaxcert.claims.model import ACTIVE, Certificate, Status, StatusReason
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.views import still_named
from vaxcert.errors import Conflict, JsonValue, NotFound


class CertificateSuspended(Conflict):
    """The caller claimed it and it is suspended; the problem tells the reason and what to do next. For its claimant only."""

    code = "certificate_suspended"

    def __init__(self, reason: StatusReason, notices: NoticeBoard) -> None:
        super().__init__(extra={"status_reason": str(reason)})
        self._reason = reason
        self._notices = notices

    def members(self, language: str) -> Mapping[str, JsonValue]:
        """`status_reason`, and `notice` in the language asked for, as `not_eligible` has it."""
        return {**self.extra, "notice": self._notices.suspension(self._reason, language).words()}


def require_active(
    certificate: Certificate | None, subject: str, today: date, adult_age: int, notices: NoticeBoard
) -> Certificate:
    """The certificate, if it is active on the day `today` (Shanghai).

    Raises `CertificateSuspended` if `subject` claimed it and it is suspended; `NotFound` to everybody else, if there is none, and
    if it has ended: these are never told apart.
    """
    if certificate is None:
        raise NotFound
    standing = certificate.standing_on(today, adult_age)
    if standing == ACTIVE:
        return certificate
    if standing.status is Status.SUSPENDED and standing.reason and certificate.holder == subject:
        raise CertificateSuspended(standing.reason, notices)
    raise NotFound


def require_kept(certificate: Certificate, subject: str) -> Certificate:
    """The certificate, if it is on the list of what `subject` claimed: a closed one is, a released one is not (D5).

    Raises: `NotFound`.
    """
    if not certificate.kept_by(subject):
        raise NotFound
    return certificate


def require_named(
    certificate: Certificate, archives: Iterable[Archive], subject: str, notices: NoticeBoard
) -> None:
    """Refuse where the archives of an active certificate name its holder no longer: the right is lost before the night has written it (D16).

    Raises `CertificateSuspended` if `subject` is the holder, `NotFound` to everybody else.
    """
    found = tuple(archives)
    if not found or still_named(certificate, found):
        return
    if certificate.holder == subject:
        raise CertificateSuspended(StatusReason.GUARDIAN_REMOVED, notices)
    raise NotFound
