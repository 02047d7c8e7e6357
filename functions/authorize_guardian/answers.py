"""What is asked and answered about grants."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from vaxcert.aws.clock import rfc3339
from vaxcert.grants.personal import GrantView
from vaxcert.http.shapes import Shape


class GrantRequest(BaseModel):
    """The delegate (被授权人). `relation` is one of D7's twelve words, Chinese or English, or an everyday one (爷爷); `expires_on` the last day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # Wider than 18, so that a mistyped number is told as one.
    id_no: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    relation: Annotated[str, Field(min_length=1, max_length=32)]
    # As people write it; a number of elsewhere with + and its code (D17).
    phone: Annotated[str, Field(min_length=1, max_length=40)]
    expires_on: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None


class PhoneRequest(BaseModel):
    """Another phone of the delegate, as people write it (D17)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    phone: Annotated[str, Field(min_length=1, max_length=40)]


class GrantAnswer(Shape):
    """A grant; identity number and phone are masked. One that has ended shows no name, number or phone (D7, D22)."""

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
    def of(cls, view: GrantView) -> Self:
        return cls(
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


class GrantsAnswer(Shape):
    """A certificate's grants, newest first."""

    grants: list[GrantAnswer]
    next_cursor: str | None
