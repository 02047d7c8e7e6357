"""What a citizen wrote, and whom it is about: sealed when it is kept, opened for the holder and for the export."""

from __future__ import annotations

from typing import Final, Protocol

from vaxcert.archives.personal import Closer, Opener
from vaxcert.reports.model import Report

_TABLE: Final = "reports"


class Sealing(Opener, Closer, Protocol):
    """Both halves of a sealer."""


class ReportData:
    """Seals and opens; values are bound to certificate, report and attribute."""

    def __init__(self, sealer: Sealing) -> None:
        self._sealer = sealer

    def sealed(self, certificate_id: str, report_id: str, *, text: str, person: str) -> tuple[bytes, bytes]:
        """The text as typed and the masked name, sealed for one report."""
        place = _place(certificate_id, report_id)
        return (
            self._sealer.seal(text, table=_TABLE, key=place, attribute="text"),
            self._sealer.seal(person, table=_TABLE, key=place, attribute="person"),
        )

    def text(self, report: Report) -> str:
        """The text as typed."""
        return self._open(report, "text", report.text)

    def person(self, report: Report) -> str:
        """The person's masked name."""
        return self._open(report, "person", report.person)

    def _open(self, report: Report, attribute: str, sealed: bytes) -> str:
        place = _place(report.certificate_id, report.report_id)
        return self._sealer.open(sealed, table=_TABLE, key=place, attribute=attribute)


def _place(certificate_id: str, report_id: str) -> str:
    return f"C#{certificate_id}|{report_id}"
