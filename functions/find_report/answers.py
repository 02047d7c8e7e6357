"""What an operator asks of `find_report`, and what a case answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, StringConstraints, TypeAdapter

from vaxcert.aws.clock import rfc3339
from vaxcert.aws.console import Accountable
from vaxcert.reports.cases import Case
from vaxcert.reports.model import LONGEST_REPLY, STATUS_TITLES
from vaxcert.text import character_fault


def _readable(reply: str) -> str:
    if character_fault(reply, lines=True):
        raise ValueError("control characters")
    return reply


# As it is told on the telephone: small letters and blanks around it are no slip.
type CaseNumber = Annotated[
    str, StringConstraints(to_upper=True, strip_whitespace=True, pattern=r"^[0-9]{8}-[0-9A-Za-z]{6}$")
]


class Find(Accountable):
    """Show a case."""

    action: Literal["find"]
    case_number: CaseNumber


class Reply(Accountable):
    """Close a case; `reply` is what the family reads of it, as it is written here."""

    action: Literal["answer"]
    case_number: CaseNumber
    reply: Annotated[
        str, StringConstraints(min_length=3, max_length=LONGEST_REPLY), AfterValidator(_readable)
    ]


WANTED: Final[TypeAdapter[Find | Reply]] = TypeAdapter(Annotated[Find | Reply, Discriminator("action")])


def shown(case: Case) -> dict[str, Any]:
    """The case as the operator sees it: the person's name masked, as in the daily file."""
    report = case.report
    return {
        "case_number": report.case_number,
        "kind": report.kind.value,
        "status": report.status.value,
        "status_title": STATUS_TITLES[report.status][0],
        "received_at": rfc3339(report.received_at),
        "changed_at": rfc3339(report.changed_at),
        "clinic": {
            "clinic_code": report.contact.clinic_code,
            "name": report.contact.name,
            "address": report.contact.address,
            "phone": report.contact.phone,
        },
        "archive_no": case.archive_no,
        "person": case.person,
        "birth_date": report.birth_date.isoformat(),
        "phone": case.call_back,
        "dose_id": report.dose_id,
        "text": case.text,
        "reply": case.reply,
    }
