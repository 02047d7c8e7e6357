"""Reports in a dict, under the conditions of the real store; clinics' contacts and the operators' files in dicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tests.fakes.answers import FakeAnswers
from tests.fakes.sessions import FakeSessions
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reports.model import Contact, Report, Status


class FakeReports:
    """Ports `Reports`, `OpenReports` and `Cases`."""

    def __init__(self, sessions: FakeSessions, answers: FakeAnswers) -> None:
        self._sessions = sessions
        self._answers = answers
        self.stored: dict[str, Report] = {}

    def add(self, report: Report, *, session: Session, remembered: Remembered) -> Commit:
        if self._sessions.signed_out(session):
            return Commit.SIGNED_OUT
        if remembered.request.key in self._answers.kept or self.find(report.case_number):
            return Commit.STALE
        self.stored[report.report_id] = report
        self._answers.keep(remembered)
        return Commit.DONE

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Report]], bool]:
        lines = sorted(
            (f"R#{report.received_at.isoformat()}#{report.report_id}", report)
            for report in self.stored.values()
            if report.certificate_id == certificate_id
        )[::-1]
        found = [line for line in lines if before is None or line[0] < before]
        return found[:limit], len(found) > limit

    def open(self) -> Iterator[Report]:
        ordered = sorted(self.stored.values(), key=lambda report: report.case_number)
        return iter([report for report in ordered if report.status.open])

    def find(self, case_number: str) -> Report | None:
        return next((report for report in self.stored.values() if report.case_number == case_number), None)

    def move(self, report: Report, status: Status, now: datetime, reply: bytes | None = None) -> bool:
        if self.stored.get(report.report_id) != report:
            return False
        self.stored[report.report_id] = replace(report, status=status, changed_at=now, reply=reply)
        return True


class FakeDirectory(dict[str, Contact]):
    """Port `Directory`."""

    def find(self, clinic_code: str) -> Contact | None:
        return self.get(clinic_code)


class FakeExports(dict[str, bytes]):
    """Port `Exports`."""

    def put(self, name: str, content: bytes) -> None:
        self[name] = content
