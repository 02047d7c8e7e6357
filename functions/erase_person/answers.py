"""What an operator asks of `erase_person`, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Discriminator, StringConstraints, Tag, TypeAdapter

from vaxcert.aws.console import Accountable, Event


class EraseByNumber(Accountable):
    """The person of an identity number."""

    id_no: Annotated[str, StringConstraints(to_upper=True, min_length=18, max_length=18)]
    erase: bool = False


class EraseByCase(Accountable):
    """Who holds the certificate that a report is about."""

    case_number: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[0-9]{8}-[0-9A-Za-z]{6}$")]
    erase: bool = False


type Asked = EraseByNumber | EraseByCase


def _which(event: Event) -> str:
    return "case" if "case_number" in event else "number"


WANTED: Final[TypeAdapter[Asked]] = TypeAdapter(
    Annotated[
        Annotated[EraseByNumber, Tag("number")] | Annotated[EraseByCase, Tag("case")], Discriminator(_which)
    ]
)


def staying(log_days: int, feed_days: int) -> list[dict[str, Any]]:
    """What is not erased, for how long at most, and why: to be told to the person (PIPL 47)."""
    return [
        {
            "what": "vaccination records and the archive",
            "days": None,
            "why": "the province's and the clinics', kept by the Vaccine Administration Law, article 45; corrected there",
        },
        {
            "what": "access log, and released certificates without a name",
            "days": log_days,
            "why": "to show who looked at records, as long as claims about personal data may be made (D11)",
        },
        {"what": "visits of clinics", "days": 30, "why": "questions about a visit; they go by themselves"},
        {
            "what": "appointments that were kept or missed",
            "days": 90,
            "why": "the clinic's day; they go by themselves",
        },
        {
            "what": "the operators' files of reports",
            "days": feed_days,
            "why": "a file is not rewritten; the bucket removes it",
        },
        {"what": "backups", "days": 35, "why": "read by nobody but to restore"},
        {"what": "sealed answers to repeated requests", "days": 1, "why": "they go by themselves"},
    ]
