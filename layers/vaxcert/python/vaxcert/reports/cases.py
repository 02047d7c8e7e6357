"""An operator's cases: found by their number, answered and closed (R34, R35). Correcting is the clinic's (R37)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from vaxcert.reports.model import Report, Status
from vaxcert.reports.personal import ReportData
from vaxcert.reports.ports import Cases


class UnknownCase(Exception):
    """No report has this case number. A console event's slip must not look like success."""

    def __init__(self) -> None:
        super().__init__(
            "no report has this case number: compare it with the family's page or the daily file. It is the day and six characters, "
            "in which I, L, O and U do not occur. The case of somebody who was erased is gone with all else of them: an erasure by it that "
            "got no answer, and now finds none, is done"
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A report with what was sealed in it. `person` is the masked name, `call_back` the phone that the clinic has registered."""

    report: Report
    text: str
    person: str
    archive_no: str
    call_back: str
    reply: str | None


class CaseService:
    """Use cases of `find_report`."""

    def __init__(self, cases: Cases, data: ReportData) -> None:
        self._cases = cases
        self._data = data

    def find(self, case_number: str) -> Case:
        """The case, open or over. Raises `UnknownCase`."""
        return self._opened(self._known(case_number))

    def answer(self, case_number: str, reply: str, now: datetime) -> tuple[Case, bool]:
        """Close an open case with words for the family; the case as it stands, and whether this closed it.

        Repeating it changes nothing: the first words stand. Raises `UnknownCase`.
        """
        while (report := self._known(case_number)).status.open:
            sealed = self._data.sealed_reply(report, reply)
            if self._cases.move(report, Status.CLOSED, now, sealed):
                closed = replace(report, status=Status.CLOSED, changed_at=now, reply=sealed)
                return self._opened(closed), True
        return self._opened(report), False

    def _known(self, case_number: str) -> Report:
        report = self._cases.find(case_number)
        if report is None:
            raise UnknownCase
        return report

    def _opened(self, report: Report) -> Case:
        data = self._data
        return Case(
            report,
            data.text(report),
            data.person(report),
            data.archive_no(report),
            data.call_back(report),
            data.reply(report),
        )
