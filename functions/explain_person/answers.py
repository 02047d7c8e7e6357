"""What an operator asks of `explain_person`, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, StringConstraints, Tag, TypeAdapter

from vaxcert.aws.console import Accountable, Event, printable
from vaxcert.claims.notices import Notice
from vaxcert.claims.views import CertificateView, PersonView
from vaxcert.identity.model import mask_name
from vaxcert.operators.explaining import Explained


class ByNumber(Accountable):
    """The person as the platform would name them: identity number and name, as on the card."""

    id_no: Annotated[str, StringConstraints(to_upper=True, min_length=18, max_length=18)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(printable)]
    language: Literal["zh", "en"] = "zh"


class ByCase(Accountable):
    """The person whose certificate a report is about."""

    case_number: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[0-9]{8}-[0-9A-Za-z]{6}$")]
    language: Literal["zh", "en"] = "zh"


def _which(event: Event) -> str:
    return "case" if "case_number" in event else "number"


WANTED: Final[TypeAdapter[ByNumber | ByCase]] = TypeAdapter(
    Annotated[Annotated[ByNumber, Tag("number")] | Annotated[ByCase, Tag("case")], Discriminator(_which)]
)


def shown(explained: Explained) -> dict[str, Any]:
    """The person's lists and notices. Names are masked and no number is shown: who asks has them, or needs none."""
    found = explained.overview
    return {
        "claimable": [_person(one) for one in found.claimable],
        "claimed": [_certificate(one) for one in found.claimed],
        "authorized": [_certificate(one) for one in found.authorized],
        "notices": [_notice(one) for one in found.notices],
        "told": (
            "all that the person reads on entering"
            if explained.by_name
            else "all that needs no name; for authorisations and archives that are held apart ask again with id_no and name"
        ),
    }


def _person(view: PersonView) -> dict[str, Any]:
    return {
        "record_id": view.record_id,
        "kind": view.kind.value,
        "name": mask_name(view.name),
        "birth_date": view.birth_date.isoformat(),
        "relation": view.relation,
    }


def _certificate(view: CertificateView) -> dict[str, Any]:
    return {
        "certificate_id": view.certificate_id,
        "record_id": view.record_id,
        "kind": view.kind.value,
        "name": mask_name(view.name),
        "birth_date": view.birth_date.isoformat(),
        "relation": view.relation,
        "status": view.status.value,
        "status_reason": None if view.status_reason is None else view.status_reason.value,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        **notice.words(),
        "record_id": notice.record_id,
        "name": None if notice.name is None else mask_name(notice.name),
    }
