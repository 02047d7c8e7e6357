"""What becomes of reports by itself: a feed has changed the entry (R37, R38).

While none of the person's archives at clinics stands (void, or merged into one that is claimed already) nothing is said of their entries: the
certificate tells what has happened, the archive may come back as it was, and `corrected` would be for good.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import batched
from typing import Final

from vaxcert.archives.model import Archive
from vaxcert.archives.persons import speaks
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.claims.views import archives_of, own_archives
from vaxcert.reports.model import Kind, Report, Status, entry_digest, person_digest_of_before
from vaxcert.reports.ports import ManyCertificates, OpenReports, Register

_BATCH: Final = 50
_RESERVE_SECONDS: Final = 30.0


class FollowService:
    """Moves reports on. Running it again is always safe: what has moved is not open any more."""

    def __init__(self, reports: OpenReports, certificates: ManyCertificates, register: Register) -> None:
        self._reports = reports
        self._certificates = certificates
        self._register = register

    def follow(self, now: datetime, seconds_left: Callable[[], float]) -> dict[str, int]:
        """Mark as corrected what the last feeds have changed; `{open, corrected, unread}`.

        `unread` are the batches left for the next night when time runs short.
        """
        counts = {"open": 0, "corrected": 0, "unread": 0}
        for some in batched(self._reports.open(), _BATCH, strict=False):
            if seconds_left() < _RESERVE_SECONDS:
                counts["unread"] += len(some)
                break
            for report in self._changed(some):
                counts["corrected"] += self._reports.move(report, Status.CORRECTED, now)
            counts["open"] += len(some)
        return counts

    def _changed(self, some: tuple[Report, ...]) -> list[Report]:
        wanted = [report for report in some if report.about is not None]
        certificates = {
            certificate.certificate_id: certificate
            for certificate in self._certificates.several(report.certificate_id for report in wanted)
        }
        keys = {key for certificate in certificates.values() for key in certificate.archive_keys}
        archives = {archive.key: archive for archive in self._register.archives(sorted(keys))}
        return [
            report
            for report in wanted
            if (certificate := certificates.get(report.certificate_id)) is not None
            and _is_answered(report, certificate, archives)
        ]


def _is_answered(report: Report, certificate: Certificate, archives: Mapping[str, Archive]) -> bool:
    """Whether what stands by now says something else of what the report is about."""
    own = own_archives(certificate, archives_of(certificate, archives))
    if not any(map(speaks, own)):
        return False
    if report.kind is Kind.WRONG_PERSON and report.about == person_digest_of_before(own):
        return False
    received_on = shanghai_date(report.received_at)
    return report.about != entry_digest(report.kind, report.dose_id, own, received_on)
