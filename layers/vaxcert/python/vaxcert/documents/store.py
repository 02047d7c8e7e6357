"""The register of documents in DynamoDB. Nothing in it is about a person. Paper is kept for years (D20): an
entry ends with its certificate (`vaxcert.documents.erasing`, D22).

| pk | sk | |
|---|---|---|
| `D#<document_id>` | `D` | the document: certificate, kind, content versions, key and signature |
| `C#<certificate_id>` | `D#<day>#<place>` | the same, as that day's first, second, …: put if absent, so that a day has so many and no more |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, cast

from vaxcert.archives.model import ArchiveStatus, System
from vaxcert.aws.clock import from_rfc3339, rfc3339, shanghai_date
from vaxcert.aws.dynamodb import B, Item, M, S, blob, get, maybe_text, newest, put, text, texts
from vaxcert.claims.items import certificate_key
from vaxcert.claims.model import StatusReason
from vaxcert.claims.store import Remembering, SignedIn
from vaxcert.documents.model import Document, Held, Kind, Mark, PaperLanguage
from vaxcert.grants.items import GrantOps
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.programme.shown import is_shown
from vaxcert.trail.items import RANDOM_BYTES, entry_to_item, logged
from vaxcert.trail.model import Entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FIRST, _LAST = "D#", "D~"
CERTIFICATE: Final = ("record_id", "archive_keys", "status_reason", "ended_from")
ARCHIVE: Final = ("pk", "record_id", "system", "status", "content")
"""What is read of a certificate and of an archive to tell where a document stands; `check_document` has the right to no more."""


def document_key(document_id: str) -> Item:
    """The primary key of a document."""
    return {"pk": S(f"D#{document_id}"), "sk": S("D")}


def place_key(document: Document, place: int) -> Item:
    """The primary key of a document's place among those of its certificate."""
    day = shanghai_date(document.issued_at)
    return {"pk": S(f"C#{document.certificate_id}"), "sk": S(f"{_of_day(day)}{place:04d}")}


def to_item(document: Document) -> Item:
    """What is kept of a document, without its key."""
    return {
        "document_id": S(document.document_id),
        "certificate_id": S(document.certificate_id),
        "kind": S(document.kind),
        "language": S(document.language),
        "issued_at": S(rfc3339(document.issued_at)),
        "as_of": S(document.as_of.isoformat()),
        "content": M({key: S(version) for key, version in document.content.items()}),
        "speaks": S(document.speaks),
        "kid": S(document.kid),
        "signature": B(document.signature),
    }


def from_item(item: Item) -> Document:
    """The document that an item holds."""
    return Document(
        document_id=text(item, "document_id"),
        certificate_id=text(item, "certificate_id"),
        kind=Kind(text(item, "kind")),
        language=cast("PaperLanguage", text(item, "language")),
        issued_at=from_rfc3339(text(item, "issued_at")),
        as_of=date.fromisoformat(text(item, "as_of")),
        content={key: version["S"] for key, version in item["content"]["M"].items()},
        speaks=text(item, "speaks"),
        kid=text(item, "kid"),
        signature=blob(item, "signature"),
    )


class DocumentReader:
    """Finds documents, one by its id or those of a certificate."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, document_id: str) -> Document | None:
        """See `Documents.find`; strongly consistent: the paper may be checked in the second in which it was issued."""
        item = get(self._client, self._table, document_key(document_id))
        return None if item is None else from_item(item)

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Document]], bool]:
        """See `Documents.latest`: one query."""
        items, more = newest(self._client, self._table, f"C#{certificate_id}", (_FIRST, _LAST), before, limit)
        return [(text(item, "sk"), from_item(item)) for item in items], more


class DocumentStore(DocumentReader):
    """Port `Documents`."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        sessions_table: str,
        access_log_table: str,
        grants_table: str,
        log_kept: timedelta,
        remembering: Remembering,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        super().__init__(client, table)
        self._signed_in = SignedIn(client, sessions_table)
        self._access_log = access_log_table
        self._grants = GrantOps(grants_table)
        self._log_kept = log_kept
        self._remembering = remembering
        self._random_bytes = random_bytes

    def add(
        self,
        document: Document,
        place: int,
        *,
        entry: Entry,
        grant: Grant | None,
        session: Session,
        remembered: Remembered,
    ) -> Commit:
        """See `Documents.add`: one transaction."""
        item = to_item(document)
        mark = self._random_bytes(RANDOM_BYTES).hex()
        line = entry_to_item(document.certificate_id, entry, mark, self._log_kept)
        ops = [
            self._remembering(remembered),
            put(self._table, {**document_key(document.document_id), **item}, "attribute_not_exists(pk)"),
            put(self._table, {**place_key(document, place), **item}, "attribute_not_exists(pk)"),
            logged(self._access_log, line),
        ]
        if grant is not None:
            ops.append(self._grants.used(grant, rfc3339(entry.at)))
        return self._signed_in.write(session, ops)

    def of_day(self, certificate_id: str, day: date) -> int:
        """See `Documents.of_day`: one query, of keys alone."""
        found = self._client.query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
            ExpressionAttributeValues={":pk": S(f"C#{certificate_id}"), ":day": S(_of_day(day))},
            Select="COUNT",
        )
        return int(found["Count"])


class StandingReader:
    """Port `Standings`: of certificates and archives it reads what tells where a document stands, and nothing about a person."""

    def __init__(
        self, client: DynamoDBClient, *, certificates_table: str, archives_table: str, rabies: bool
    ) -> None:
        self._client = client
        self._certificates = certificates_table
        self._archives = archives_table
        self._rabies = rabies

    def of(self, document: Document) -> tuple[Held | None, Sequence[Mark]]:
        """See `Standings.of`: one read for the certificate and one for each of its archives, of which a person has one or two.

        Not in a batch: the right to single attributes is one to single reads (ADR 0014).
        """
        certificate = certificate_key(document.certificate_id)
        held = _held(get(self._client, self._certificates, certificate, only=CERTIFICATE))
        keys = sorted(document.content if held is None else held.archive_keys)
        items = (get(self._client, self._archives, {"pk": S(key)}, only=ARCHIVE) for key in keys)
        return held, [self._mark(item) for item in items if item is not None]

    def _mark(self, item: Item) -> Mark:
        system, status = System(text(item, "system")), ArchiveStatus(text(item, "status"))
        return Mark(
            text(item, "pk"),
            text(item, "record_id"),
            is_shown(system, status, rabies=self._rabies),
            maybe_text(item, "content"),
        )


def _held(item: Item | None) -> Held | None:
    if item is None:
        return None
    reason = maybe_text(item, "ended_from") or maybe_text(item, "status_reason")
    return Held(
        text(item, "record_id"), texts(item, "archive_keys"), StatusReason(reason) if reason else None
    )


def _of_day(day: date) -> str:
    return f"{_FIRST}{day.isoformat()}#"


def documents_of(
    env: Mapping[str, str],
    dynamodb: DynamoDBClient,
    remembering: Remembering,
    *,
    random_bytes: Callable[[int], bytes],
    log_kept: timedelta,
) -> DocumentStore:
    """A function that issues documents has DOCUMENTS_TABLE, and the tables of the grant, the session and the log."""
    return DocumentStore(
        dynamodb,
        env["DOCUMENTS_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
        access_log_table=env["ACCESS_LOG_TABLE"],
        grants_table=env["GRANTS_TABLE"],
        log_kept=log_kept,
        remembering=remembering,
        random_bytes=random_bytes,
    )


def register_of(env: Mapping[str, str], dynamodb: DynamoDBClient) -> DocumentReader:
    """A function that looks documents up has DOCUMENTS_TABLE."""
    return DocumentReader(dynamodb, env["DOCUMENTS_TABLE"])


def standings_of(env: Mapping[str, str], dynamodb: DynamoDBClient, *, rabies: bool) -> StandingReader:
    """A function that tells where documents stand has CERTIFICATES_TABLE and ARCHIVES_TABLE."""
    return StandingReader(
        dynamodb,
        certificates_table=env["CERTIFICATES_TABLE"],
        archives_table=env["ARCHIVES_TABLE"],
        rabies=rabies,
    )
