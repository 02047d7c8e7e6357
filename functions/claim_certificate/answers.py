"""What is asked and answered about claims."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.archives.relations import ANY
from vaxcert.aws.clock import rfc3339
from vaxcert.claims.model import StatusReason
from vaxcert.claims.notices import NOTICES, Notice
from vaxcert.claims.views import CertificateView, PersonView
from vaxcert.http.consent import ConsentAnswer, ConsentGiven
from vaxcert.http.shapes import Shape, one_of
from vaxcert.wording import Language

MESSAGE: Final = {
    "zh": "电子预防接种证申领成功",  # R19: the notice's own words
    "en": "Electronic vaccination certificate claimed",
}
type Kind = Literal["adult", "child"]
type Relation = Annotated[str, one_of(ANY)]


class ClaimRequest(BaseModel):
    """Whose certificate to claim, and the consent."""

    model_config = ConfigDict(extra="forbid", strict=True)

    record_id: Annotated[str, Field(min_length=1, max_length=64)]
    consent: ConsentGiven | None = None


class ClaimablePerson(Shape):
    """A person whose certificate can be claimed; the identity number is masked."""

    record_id: str
    kind: Kind
    name: str
    birth_date: str
    id_no: str | None = None
    relation: Relation

    @classmethod
    def of(cls, view: PersonView) -> Self:
        return cls(
            record_id=view.record_id,
            kind=view.kind.value,
            name=view.name,
            birth_date=view.birth_date.isoformat(),
            id_no=view.id_no,
            relation=view.relation,
        )


class ClaimableAnswer(ClaimablePerson):
    """The personal information to check, and the consent."""

    consent: ConsentAnswer


class CertificateAnswer(Shape):
    """A certificate; `relation` is the caller's to the person."""

    certificate_id: str
    record_id: str
    kind: Kind
    name: str
    birth_date: str
    id_no: str | None = None
    relation: Relation
    status: Literal["active", "suspended", "closed", "released"]
    status_reason: Annotated[str, one_of(StatusReason)] | None = None
    claimed_at: str

    @classmethod
    def of(cls, view: CertificateView) -> Self:
        return cls(
            certificate_id=view.certificate_id,
            record_id=view.record_id,
            kind=view.kind.value,
            name=view.name,
            birth_date=view.birth_date.isoformat(),
            id_no=view.id_no,
            relation=view.relation,
            status=view.status.value,
            status_reason=view.status_reason,
            claimed_at=rfc3339(view.claimed_at),
        )


class ClaimedAnswer(CertificateAnswer):
    """The certificate just claimed, and the words to show (R19)."""

    message: str

    @classmethod
    def claimed(cls, view: CertificateView, spoken: Language) -> Self:
        """What a claim is answered with."""
        return cls(**CertificateAnswer.of(view).model_dump(), message=MESSAGE[spoken])


class NoticeAnswer(Shape):
    """Why somebody cannot be claimed, and what to do next."""

    code: Annotated[str, one_of(NOTICES)]
    title: str
    detail: str
    next_step: str
    record_id: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(
            code=notice.code,
            title=notice.title,
            detail=notice.detail,
            next_step=notice.next_step,
            record_id=notice.record_id,
            name=notice.name,
        )


class OverviewAnswer(Shape):
    """The caller's lists."""

    claimable: list[ClaimablePerson]
    claimed: list[CertificateAnswer]
    authorized: list[CertificateAnswer]
    notices: list[NoticeAnswer]
