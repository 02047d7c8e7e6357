"""What is answered about a document to whoever holds the paper, and the keys that papers are signed by."""

from __future__ import annotations

from typing import Any, Literal, Self

from vaxcert.aws.clock import shanghai_date
from vaxcert.documents.checking import Checked
from vaxcert.http.shapes import Shape


class CheckAnswer(Shape):
    """Where a document stands, and nothing about a person. `unknown` says that no document has this id: nothing else comes with it."""

    status: Literal["current", "superseded", "withdrawn", "unknown"]
    kind: Literal["record", "school_entry"] | None = None
    issued_on: str | None = None
    as_of: str | None = None

    @classmethod
    def of(cls, checked: Checked | None) -> Self:
        if checked is None:
            return cls(status="unknown")
        document = checked.document
        return cls(
            status=checked.status.value,
            kind=document.kind.value,
            issued_on=shanghai_date(document.issued_at).isoformat(),
            as_of=document.as_of.isoformat(),
        )


class DocumentKeys(Shape):
    """Every key that ever signed documents, as JWKs (RFC 7517); the ids of killed ones; and both signed by the root key (compact JWS).

    `root` is that key's public half. Its `kid` is its thumbprint (RFC 7638): compare it with the one that you know.
    """

    keys: list[dict[str, Any]]
    killed: list[str]
    signed: str
    root: dict[str, Any]
