"""The operators' daily file: reports that nobody has been told of yet, as CSV that a spreadsheet may open.

The archive number tells the clinic who it is, two twins too, and the registered phone lets it call back. Whole names and
identity numbers do not travel: nobody needs them for that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from vaxcert.aws.clock import SHANGHAI, rfc3339
from vaxcert.reports.model import Report, Status
from vaxcert.reports.personal import ReportData
from vaxcert.reports.ports import Exports, OpenReports
from vaxcert.spreadsheet import as_csv

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
        self._exports.put(
            f"{now.astimezone(SHANGHAI):%Y-%m-%d/%H%M%S-%f}.csv", as_csv(HEAD, map(self._row, fresh))
        )
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
