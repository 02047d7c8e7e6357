"""What is asked and answered about reports of wrong entries."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.aws.clock import rfc3339
from vaxcert.http.shapes import Shape
from vaxcert.reports.model import LONGEST_TEXT, STATUS_TITLES
from vaxcert.reports.service import ReportView
from vaxcert.wording import Language


class ReportRequest(BaseModel):
    """What is wrong. `dose_id` names a dose of the records; `text` is kept as typed, control characters but line breaks are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"]
    dose_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class ContactAnswer(Shape):
    """The clinic that can correct the entry; address and phone where they are known."""

    clinic_code: str
    name: str | None = None
    address: str | None = None
    phone: str | None = None


class ReportAnswer(Shape):
    """A report and where it stands; `reply` once it was answered and closed. A correction takes effect the next day (R38)."""

    report_id: str
    case_number: str
    kind: Literal["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"]
    dose_id: str | None = None
    text: str
    status: Literal["received", "forwarded", "corrected", "closed"]
    status_title: str
    received_at: str
    changed_at: str
    reply: str | None = None
    clinic: ContactAnswer
    hotline: str

    @classmethod
    def of(cls, view: ReportView, spoken: Language) -> Self:
        contact = view.contact
        return cls(
            report_id=view.report_id,
            case_number=view.case_number,
            kind=view.kind.value,
            dose_id=view.dose_id,
            text=view.text,
            status=view.status.value,
            status_title=STATUS_TITLES[view.status][spoken == "en"],
            received_at=rfc3339(view.received_at),
            changed_at=rfc3339(view.changed_at),
            reply=view.reply,
            clinic=ContactAnswer(
                clinic_code=contact.clinic_code,
                name=contact.name,
                address=contact.address,
                phone=contact.phone,
            ),
            hotline=view.hotline,
        )


class ReportsAnswer(Shape):
    """A certificate's reports, newest first."""

    reports: list[ReportAnswer]
    next_cursor: str | None
