"""The copy of all that is held about somebody, as it is answered."""

from __future__ import annotations

from typing import Literal, Self

from vaxcert.appointments.model import Appointment
from vaxcert.aws.clock import rfc3339
from vaxcert.claims.model import Agreement
from vaxcert.documents.model import Document
from vaxcert.grants.personal import GrantView
from vaxcert.http.shapes import Shape
from vaxcert.my_data.service import HeldCertificate, MyData
from vaxcert.reminders.model import Follow
from vaxcert.reports.model import Report


class ConsentData(Shape):
    """What was agreed to, when, and how the person had proved who they are (D9)."""

    version: str
    purposes: list[str]
    agreed_at: str
    channel: Literal["app", "alipay"]
    method: Literal["face", "strong"]

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        return cls.model_validate(
            {
                "version": agreement.version,
                "purposes": list(agreement.purposes),
                "agreed_at": rfc3339(agreement.agreed_at),
                "channel": agreement.channel,
                "method": agreement.method,
            }
        )


class CertificateData(Shape):
    """A certificate that the caller claimed; the person's number is masked."""

    certificate_id: str
    record_id: str
    kind: Literal["adult", "child"]
    name: str
    birth_date: str
    id_no: str | None = None
    relation: str
    status: Literal["active", "suspended", "closed", "released"]
    status_reason: str | None = None
    claimed_at: str
    consent: ConsentData

    @classmethod
    def of(cls, held: HeldCertificate) -> Self:
        view = held.view
        return cls.model_validate(
            {
                "certificate_id": view.certificate_id,
                "record_id": view.record_id,
                "kind": view.kind.value,
                "name": view.name,
                "birth_date": view.birth_date.isoformat(),
                "id_no": view.id_no,
                "relation": view.relation,
                "status": view.status.value,
                "status_reason": view.status_reason,
                "claimed_at": rfc3339(view.claimed_at),
                "consent": ConsentData.of(held.certificate.agreement),
            }
        )


class GrantData(Shape):
    """A grant; number and phone are masked, and one that has ended shows nothing of its delegate (D7)."""

    certificate_id: str
    grant_id: str
    name: str | None = None
    id_no: str | None = None
    phone: str | None = None
    relation: str
    status: Literal["active", "name_mismatch", "revoked", "expired"]
    created_at: str
    expires_on: str | None = None
    last_used_at: str | None = None

    @classmethod
    def of(cls, certificate_id: str, view: GrantView) -> Self:
        return cls(
            certificate_id=certificate_id,
            grant_id=view.grant_id,
            name=view.name,
            id_no=view.id_no,
            phone=view.phone,
            relation=view.relation,
            status=view.status.value,
            created_at=rfc3339(view.created_at),
            expires_on=view.expires_on.isoformat() if view.expires_on else None,
            last_used_at=rfc3339(view.last_used_at) if view.last_used_at else None,
        )


class AppointmentData(Shape):
    """An appointment as it is kept."""

    certificate_id: str
    appointment_id: str
    clinic_code: str
    starts_at: str
    ends_at: str
    status: Literal["booked", "arrived", "no_show", "cancelled", "moved", "closed_by_clinic"]
    booked_by: Literal["claimant", "delegate"]
    created_at: str

    @classmethod
    def of(cls, one: Appointment) -> Self:
        return cls(
            certificate_id=one.certificate_id,
            appointment_id=one.appointment_id,
            clinic_code=one.place.clinic_code,
            starts_at=rfc3339(one.starts_at),
            ends_at=rfc3339(one.ends_at),
            status=one.status.value,
            booked_by=one.booked_by.value,
            created_at=rfc3339(one.created_at),
        )


class ReportData(Shape):
    """A report with the text as it was written, and the reply if there is one."""

    certificate_id: str
    report_id: str
    case_number: str
    kind: Literal["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"]
    dose_id: str | None = None
    text: str
    status: Literal["received", "forwarded", "corrected", "closed"]
    received_at: str
    changed_at: str
    reply: str | None = None

    @classmethod
    def of(cls, report: Report, text: str, reply: str | None) -> Self:
        return cls(
            certificate_id=report.certificate_id,
            report_id=report.report_id,
            case_number=report.case_number,
            kind=report.kind.value,
            dose_id=report.dose_id,
            text=text,
            status=report.status.value,
            received_at=rfc3339(report.received_at),
            changed_at=rfc3339(report.changed_at),
            reply=reply,
        )


class ReminderData(Shape):
    """A certificate that the caller follows, and what they have been told of: days and times, never a dose."""

    certificate_id: str
    reminder_id: str
    on: bool
    consent: ConsentData
    switched_off_at: str | None = None
    doses_told_on: str | None = None

    @classmethod
    def of(cls, follow: Follow) -> Self:
        doses_on, off_at = follow.told.doses_on, follow.off_at
        return cls(
            certificate_id=follow.certificate_id,
            reminder_id=follow.reminder_id,
            on=follow.on,
            consent=ConsentData.of(follow.agreement),
            switched_off_at=None if off_at is None else rfc3339(off_at),
            doses_told_on=None if doses_on is None else doses_on.isoformat(),
        )


class SessionData(Shape):
    """All that is kept of sessions: a token carries everything else. Every one opened by then is over."""

    signed_out_until: str


class DocumentData(Shape):
    """A paper that was issued, by whomever. Whether it is current its certificate's list tells."""

    certificate_id: str
    document_id: str
    kind: Literal["record", "school_entry"]
    language: Literal["zh", "zh-en"]
    issued_at: str
    as_of: str

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(
            certificate_id=document.certificate_id,
            document_id=document.document_id,
            kind=document.kind.value,
            language=document.language,
            issued_at=rfc3339(document.issued_at),
            as_of=document.as_of.isoformat(),
        )


class MyDataAnswer(Shape):
    """Everything that is held about the caller; `complete` false if a certificate's own lists hold more."""

    certificates: list[CertificateData]
    grants_given: list[GrantData]
    grants_received: list[GrantData]
    appointments: list[AppointmentData]
    reports: list[ReportData]
    reminders: list[ReminderData]
    documents: list[DocumentData]
    sessions: list[SessionData]
    complete: bool

    @classmethod
    def of(cls, data: MyData) -> Self:
        held = data.certificates
        until = data.signed_out_until
        return cls(
            certificates=[CertificateData.of(one) for one in held],
            grants_given=[
                GrantData.of(one.view.certificate_id, grant) for one in held for grant in one.grants
            ],
            grants_received=[GrantData.of(certificate_id, view) for certificate_id, view in data.received],
            appointments=[AppointmentData.of(each) for one in held for each in one.appointments],
            reports=[ReportData.of(*report) for one in held for report in one.reports],
            reminders=[ReminderData.of(follow) for follow in data.reminders],
            documents=[DocumentData.of(each) for one in held for each in one.documents],
            sessions=[SessionData(signed_out_until=rfc3339(until))] if until else [],
            complete=data.complete,
        )
