"""What is asked and answered about documents on paper."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from vaxcert.aws.clock import rfc3339
from vaxcert.documents.service import DocumentView
from vaxcert.http.shapes import Shape


class DocumentRequest(BaseModel):
    """`record` is 接种记录 for other provinces, `school_entry` 入托、入学查验; `zh-en` has English beside the Chinese."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["record", "school_entry"]
    language: Literal["zh", "zh-en"] = "zh"


class DocumentAnswer(Shape):
    """A document. `as_of` is the business date of the last feed that it tells of.

    `check_url` is what its code says, where it has just been issued: the page that checks it, and behind # what is checked, which no
    browser sends to a server.
    """

    document_id: str
    kind: Literal["record", "school_entry"]
    language: Literal["zh", "zh-en"]
    issued_at: str
    as_of: str
    status: Literal["current", "superseded", "withdrawn"]
    check_url: str | None = None

    @classmethod
    def of(cls, view: DocumentView) -> Self:
        document = view.document
        return cls(
            document_id=document.document_id,
            kind=document.kind.value,
            language=document.language,
            issued_at=rfc3339(document.issued_at),
            as_of=document.as_of.isoformat(),
            status=view.status.value,
            check_url=view.check_url,
        )


class DocumentsAnswer(Shape):
    """A certificate's documents, newest first."""

    documents: list[DocumentAnswer]
    next_cursor: str | None
