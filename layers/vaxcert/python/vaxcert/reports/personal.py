"""What a citizen wrote, and whom it is about: sealed when it is kept, opened for the holder and for the export.

The platform's phone is not read and no session keeps it (see `vaxcert.identity.assertions`), so that the phone to call back is
the one that the clinic has registered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.archives.personal import Closer, Opener, archive_no_of, phone_of
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

    def sealed_finding(
        self, certificate_id: str, report_id: str, archives: Iterable[Archive]
    ) -> tuple[bytes | None, bytes | None]:
        """Archive number and phone, sealed for one report: of the first archive, else of the next that has them."""
        place, found = _place(certificate_id, report_id), list(archives)

        def sealed(attribute: str, given: Iterable[str | None]) -> bytes | None:
            plain = next((one for one in given if one), None)
            if plain is None:
                return None
            return self._sealer.seal(plain, table=_TABLE, key=place, attribute=attribute)

        return (
            sealed("archive_no", (archive_no_of(self._sealer, one) for one in found)),
            sealed("call_back", (phone_of(self._sealer, one) for one in found)),
        )

    def sealed_reply(self, report: Report, reply: str) -> bytes:
        """What an operator tells the family, sealed for one report."""
        place = _place(report.certificate_id, report.report_id)
        return self._sealer.seal(reply, table=_TABLE, key=place, attribute="reply")

    def text(self, report: Report) -> str:
        """The text as typed."""
        return self._open(report, "text", report.text)

    def person(self, report: Report) -> str:
        """The person's masked name."""
        return self._open(report, "person", report.person)

    def archive_no(self, report: Report) -> str:
        """The number of the archive, empty where it is not known."""
        return "" if report.archive_no is None else self._open(report, "archive_no", report.archive_no)

    def call_back(self, report: Report) -> str:
        """The phone to call back, empty where none is known."""
        return "" if report.call_back is None else self._open(report, "call_back", report.call_back)

    def reply(self, report: Report) -> str | None:
        """What the operator told the family when the case was closed; None if nothing was said."""
        return None if report.reply is None else self._open(report, "reply", report.reply)

    def _open(self, report: Report, attribute: str, sealed: bytes) -> str:
        place = _place(report.certificate_id, report.report_id)
        return self._sealer.open(sealed, table=_TABLE, key=place, attribute=attribute)


def _place(certificate_id: str, report_id: str) -> str:
    return f"C#{certificate_id}|{report_id}"
