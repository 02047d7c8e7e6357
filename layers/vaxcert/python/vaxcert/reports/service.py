"""Reporting a wrong entry, and seeing what became of it (反馈, R34, R35, R37)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from vaxcert.archives.model import GONE, Archive, Dose, System
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.paging import cursor_at, position_of
from vaxcert.claims.views import Views, own_archives
from vaxcert.errors import Conflict, FieldError, NotFound, Rejected
from vaxcert.grants.access import Act, Rights
from vaxcert.idempotency.model import Answer, Answers
from vaxcert.idempotency.turn import Asked, Deed, Repeatable
from vaxcert.identity.model import Citizen, mask_name
from vaxcert.reports.model import (
    MOST_OPEN,
    Contact,
    Kind,
    Report,
    Status,
    archive_holding,
    case_number,
    dose_of,
    entry_digest,
    text_fault,
)
from vaxcert.reports.personal import ReportData
from vaxcert.reports.ports import Directory, HeldCertificates, Register, Reports

_ID_BYTES: Final = 12
_NUMBER_BYTES: Final = 4


class ReportLimitReached(Conflict):
    """So many reports of this certificate are open already (20)."""

    code = "report_limit_reached"


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What the holder writes."""

    kind: Kind
    dose_id: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as its holder sees it."""

    report_id: str
    case_number: str
    kind: Kind
    dose_id: str | None
    text: str
    status: Status
    received_at: datetime
    changed_at: datetime
    contact: Contact
    hotline: str
    reply: str | None = None


class ReportService:
    """A holder's reports; delegates read them and file none. Nothing here changes a record (R37)."""

    def __init__(
        self,
        *,
        certificates: HeldCertificates,
        register: Register,
        directory: Directory,
        reports: Reports,
        answers: Answers,
        views: Views,
        data: ReportData,
        rights: Rights,
        rabies_shown: bool,
        hotline: str,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._certificates = certificates
        self._register = register
        self._directory = directory
        self._reports = reports
        self._repeatable = Repeatable(answers, own=ReportLimitReached)
        self._views = views
        self._data = data
        self._rights = rights
        self._rabies_shown = rabies_shown
        self._hotline = hotline
        self._random_bytes = random_bytes

    def report(
        self, caller: Citizen, certificate_id: str, form: ReportForm, asked: Asked[ReportView], now: datetime
    ) -> Answer:
        """Report a wrong entry. The same request again gets the same answer (invariant 4).

        Raises `KeyReused`, `NotFound` for everybody but the holder and where it has ended, `CertificateSuspended`, `Rejected` with
        fields, `ReportLimitReached`, `Unauthorized`, `Unavailable`.
        """

        def prepare() -> Callable[[], Deed[ReportView]]:
            numbered = self._written(caller, certificate_id, form, now)

            def decide() -> Deed[ReportView]:
                # A number that is another's already is drawn again; all else stays.
                number = case_number(shanghai_date(now), self._random_bytes(_NUMBER_BYTES))
                report = numbered(case_number=number)
                write = partial(self._reports.add, report, session=caller.session)
                return Deed(self._view(report, form.text), write)

            return decide

        return self._repeatable.answer(asked, now, prepare)

    def reports(
        self, caller: Citizen, certificate_id: str, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[list[ReportView], str | None]:
        """A certificate's reports, newest first, and the next cursor; for its holder, and for a delegate to read (D7).

        Raises `NotFound`, `UnknownCursor`.
        """
        self._rights.to(Act.SEE_REPORTS, caller, certificate_id, self._certificates.get(certificate_id), now)
        scope = f"reports|{certificate_id}"
        before = None if cursor is None else position_of(scope, cursor)
        found, more = self._reports.latest(certificate_id, before, limit)
        return [self._view(report, self._data.text(report)) for _, report in found], (
            cursor_at(scope, found[-1][0]) if more and found else None
        )

    def _checked(self, form: ReportForm, archives: Sequence[Archive]) -> Dose | None:
        fault = text_fault(form.text)
        if fault is not None:
            raise Rejected(fields=(FieldError("/text", fault),))
        if form.dose_id is None:
            return None
        dose = dose_of(archives, form.dose_id, rabies=self._rabies_shown)
        if dose is None:
            raise Rejected(fields=(FieldError("/dose_id", "unknown", "dose"),))
        return dose

    def _contact(self, archives: Sequence[Archive], dose: Dose | None) -> Contact:
        """Who gave the dose, where it was given here; else who keeps the archive: only they can correct it (R37)."""
        if dose is not None and dose.origin == "local":
            known = Contact(dose.clinic_code, dose.clinic_name)
        elif (chief := self._views.chief(archives)) is not None:
            known = Contact(chief.clinic.code, chief.clinic.name)
        else:
            raise NotFound
        said = self._directory.find(known.clinic_code)
        if said is None:
            return known
        return Contact(known.clinic_code, known.name or said.name, said.address, said.phone)

    def _to_find_by(self, archives: Sequence[Archive], dose: Dose | None) -> list[Archive]:
        """The person's archives, first the one to look into: where the dose stands, else the one that speaks for the person.

        A rabies archive only where it is shown (R43): a dog-bite clinic's number is no other clinic's business.
        """
        standing = [
            archive
            for archive in archives
            if archive.status not in GONE and (self._rabies_shown or archive.system is not System.RABIES)
        ]
        holding = None if dose is None else archive_holding(standing, dose)
        first = holding or self._views.chief(standing)
        return sorted(standing, key=lambda archive: archive is not first)

    def _written(
        self, caller: Citizen, certificate_id: str, form: ReportForm, now: datetime
    ) -> partial[Report]:
        """The report, all but its case number."""
        today = shanghai_date(now)
        right = self._rights.to(
            Act.REPORT, caller, certificate_id, self._certificates.get(certificate_id), now
        )
        certificate = right.certificate
        archives = own_archives(certificate, self._register.archives(certificate.archive_keys))
        self._rights.still_named(right, archives, caller)
        dose = self._checked(form, archives)
        if self._open(certificate_id) >= MOST_OPEN:
            raise ReportLimitReached
        person = self._views.certificate(certificate, archives, today)
        contact = self._contact(archives, dose)
        report_id = f"p{self._random_bytes(_ID_BYTES).hex()}"
        text, masked = self._data.sealed(
            certificate_id, report_id, text=form.text, person=mask_name(person.name)
        )
        archive_no, call_back = self._data.sealed_finding(
            certificate_id, report_id, self._to_find_by(archives, dose)
        )
        return partial(
            Report,
            report_id=report_id,
            certificate_id=certificate_id,
            kind=form.kind,
            dose_id=form.dose_id,
            about=entry_digest(form.kind, form.dose_id, archives, today),
            status=Status.RECEIVED,
            received_at=now,
            changed_at=now,
            contact=contact,
            birth_date=person.birth_date,
            text=text,
            person=masked,
            archive_no=archive_no,
            call_back=call_back,
        )

    def _open(self, certificate_id: str) -> int:
        """How many are open, as far as the bound; one query for each `MOST_OPEN` reports, and most certificates never have as many."""
        count, before, more = 0, None, True
        while more and count < MOST_OPEN:
            found, more = self._reports.latest(certificate_id, before, MOST_OPEN)
            count += sum(report.status.open for _, report in found)
            before = found[-1][0] if found else None
        return count

    def _view(self, report: Report, text: str) -> ReportView:
        return ReportView(
            report.report_id,
            report.case_number,
            report.kind,
            report.dose_id,
            text,
            report.status,
            report.received_at,
            report.changed_at,
            report.contact,
            self._hotline,
            self._data.reply(report),
        )
