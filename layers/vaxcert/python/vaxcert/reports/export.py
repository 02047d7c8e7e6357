"""The operators' daily file: reports that nobody has been told of yet, as CSV that a spreadsheet may open.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection): what begins, behind any
white space, with `= + - @`, their full-width forms, or a tab or line break itself. So does one that it would take for another
number than it is: it drops leading zeros, and of an archive number of eighteen digits it keeps fifteen, so that twins would be
one again. Every cell is quoted; a byte-order mark makes Excel read UTF-8.

The archive number tells the clinic who it is, two twins too, and the registered phone lets it call back. Whole names and
identity numbers do not travel: nobody needs them for that.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from vaxcert.aws.clock import SHANGHAI, rfc3339
from vaxcert.reports.model import Report, Status
from vaxcert.reports.personal import ReportData
from vaxcert.reports.ports import Exports, OpenReports

HEAD: Final = (
    "case_number",
    "received_at",
    "kind",
    "clinic_code",
    "clinic_name",
    "archive_no",
    "person",
    "birth_date",
    "phone",
    "dose_id",
    "text",
)
_FORMULA: Final = (
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "|",
    "%",
)  # the last two start DDE in old spreadsheets
_WHITE: Final = ("\t", "\r", "\n")
_MISREAD: Final = re.compile(r"\s*(0[0-9]+|[0-9]{12,}|[0-9]+[Ee][0-9]+)\s*")


def harmless(cell: str) -> str:
    """The cell, which no spreadsheet takes for a formula or another number. Nothing is taken away."""
    if cell.startswith(_WHITE) or cell.lstrip().startswith(_FORMULA) or _MISREAD.fullmatch(cell):
        return "'" + cell
    return cell


def as_csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    """The file of these rows (RFC 4180), with its head."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


class ExportService:
    """Hands reports over. A crash between the file and its marks writes a case twice, never not at all: see its number."""

    def __init__(self, reports: OpenReports, exports: Exports, data: ReportData) -> None:
        self._reports = reports
        self._exports = exports
        self._data = data

    def run(self, now: datetime) -> int:
        """Write what was received and not forwarded yet, and mark it; answers how many. No file where there is none."""
        fresh = [report for report in self._reports.open() if report.status is Status.RECEIVED]
        if not fresh:
            return 0
        # By the microsecond: no other run, not even one at the same time, may take this one's place.
        self._exports.put(f"{now.astimezone(SHANGHAI):%Y-%m-%d/%H%M%S-%f}.csv", as_csv(map(self._row, fresh)))
        for report in fresh:
            self._reports.move(report, Status.FORWARDED, now)
        return len(fresh)

    def _row(self, report: Report) -> tuple[str, ...]:
        return (
            report.case_number,
            rfc3339(report.received_at),
            report.kind,
            report.contact.clinic_code,
            report.contact.name or "",
            self._data.archive_no(report),
            self._data.person(report),
            report.birth_date.isoformat(),
            self._data.call_back(report),
            report.dose_id or "",
            self._data.text(report),
        )
