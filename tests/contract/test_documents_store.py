"""The register of documents, on moto and on the emulator: kept once, counted by the day, compared with what the night wrote (D20)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.contract.test_certificates_store import certificate
from tests.contract.test_grants_store import a_grant
from tests.fakes.clients import stands_in
from tests.fakes.papers import AS_OF, ISSUED, a_childhood
from tests.fakes.people import SEALER, a_session, an_archive
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.dynamodb import S
from vaxcert.claims.items import from_item as certificate_from_item
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.claims.model import (
    CAME_OF_AGE,
    DECEASED,
    RELEASED,
    REPLACED,
    Standing,
    StatusReason,
    suspended,
)
from vaxcert.documents.model import Document, Held, Kind, Mark, Status, content_of, document_id_of, status_of
from vaxcert.documents.store import DocumentStore, StandingReader
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.grants.items import to_item as grant_to_item
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Answer, remember, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.trail.model import Access, Entry

CHILD = an_archive(doses=a_childhood())
CERTIFICATE = certificate(archive_keys=(CHILD.key,), record_id=CHILD.record_id)
DOCUMENT = Document(
    document_id_of(bytes(16)),
    CERTIFICATE.certificate_id,
    Kind.RECORD,
    "zh-en",
    ISSUED,
    AS_OF,
    content_of([CHILD]),
    CHILD.key,
    "puh70",
    b"signature",
)
SESSION = a_session()


def numbered(number: int, **fields: Any) -> Document:
    return replace(DOCUMENT, document_id=document_id_of(number.to_bytes(16)), **fields)


@dataclass
class World:
    """Both sides of the table."""

    client: Any
    tables: Mapping[str, str]
    documents: DocumentStore
    standings: StandingReader

    def add(
        self,
        document: Document,
        place: int = 0,
        key: str | None = None,
        session: Session = SESSION,
        grant: Grant | None = None,
    ) -> Commit:
        request = repeatable("v1:a", "POST /documents", key or f"key-{document.document_id}", "{}")
        return self.documents.add(
            document,
            place,
            entry=Entry(document.issued_at, Access.DOCUMENT, "v1:a", 0),
            grant=grant,
            session=session,
            remembered=remember(request, Answer(201, "{}"), ISSUED),
        )

    def put(self, table: str, item: dict[str, Any]) -> None:
        self.client.put_item(TableName=self.tables[table], Item=item)

    def logged(self) -> int:
        return int(self.client.scan(TableName=self.tables["AccessLogTable"])["Count"])

    def status(self, document: Document = DOCUMENT) -> Status:
        held, marks = self.standings.of(document)
        return status_of(document, held, marks, key_counts=True)


@pytest.fixture
def world(database: Database) -> World:
    client, tables = database.client, database.tables
    return World(
        client,
        tables,
        DocumentStore(
            client,
            tables["DocumentsTable"],
            sessions_table=tables["SessionsTable"],
            access_log_table=tables["AccessLogTable"],
            grants_table=tables["GrantsTable"],
            log_kept=timedelta(days=1095),
            remembering=AnswerStore(client, tables["IdempotencyTable"], SEALER).op,
            random_bytes=os.urandom,
        ),
        StandingReader(
            client,
            certificates_table=tables["CertificatesTable"],
            archives_table=tables["ArchivesTable"],
            rabies=False,
        ),
    )


def test_d20_a_document_comes_back_whole_and_leaves_its_trace(world: World) -> None:
    assert world.add(DOCUMENT) is Commit.DONE
    assert world.documents.find(DOCUMENT.document_id) == DOCUMENT
    assert world.documents.find(numbered(9).document_id) is None
    assert [one for _, one in world.documents.latest(DOCUMENT.certificate_id, None, 5)[0]] == [DOCUMENT]
    assert world.logged() == 1


def test_invariant_4_what_was_answered_already_is_not_kept_twice(world: World) -> None:
    assert world.add(DOCUMENT, key="key-0001") is Commit.DONE
    assert world.add(numbered(2), 1, key="key-0001") is Commit.STALE
    assert (world.documents.find(numbered(2).document_id), world.logged()) == (None, 1)


def test_d20_a_documents_id_is_given_once(world: World) -> None:
    assert world.add(DOCUMENT, 0) is Commit.DONE
    again = replace(DOCUMENT, kid="another")
    assert world.add(again, 1) is Commit.STALE
    assert (world.documents.find(DOCUMENT.document_id), world.logged()) == (DOCUMENT, 1)


def test_d7_a_delegates_paper_stands_on_the_grant_and_marks_it_as_used(world: World) -> None:
    lent = a_grant()
    assert world.add(DOCUMENT, grant=lent) is Commit.STALE
    assert (world.documents.find(DOCUMENT.document_id), world.logged()) == (None, 0)
    world.put("GrantsTable", grant_to_item(lent))
    assert world.add(DOCUMENT, grant=lent) is Commit.DONE
    (stored,) = world.client.scan(TableName=world.tables["GrantsTable"])["Items"]
    assert grant_from_item(stored).last_used_at == ISSUED


def test_a_days_place_is_given_once(world: World) -> None:
    assert world.documents.of_day(DOCUMENT.certificate_id, date(2026, 7, 1)) == 0
    assert world.add(DOCUMENT) is Commit.DONE
    assert world.add(numbered(2), 0) is Commit.STALE
    assert world.add(numbered(2), 1) is Commit.DONE
    assert world.documents.of_day(DOCUMENT.certificate_id, date(2026, 7, 1)) == 2
    assert world.documents.of_day(DOCUMENT.certificate_id, date(2026, 7, 2)) == 0
    tomorrow = numbered(3, issued_at=ISSUED + timedelta(days=1))
    assert world.add(tomorrow, 0) is Commit.DONE
    found, more = world.documents.latest(DOCUMENT.certificate_id, None, 2)
    assert ([one for _, one in found], more) == ([tomorrow, numbered(2)], True)
    rest, more = world.documents.latest(DOCUMENT.certificate_id, found[-1][0], 2)
    assert ([one for _, one in rest], more) == ([DOCUMENT], False)


def test_who_signed_out_issues_nothing(world: World) -> None:
    world.put("SessionsTable", {"pk": S("S#s-9")})
    assert world.add(DOCUMENT, session=a_session("s-9")) is Commit.SIGNED_OUT
    assert (world.documents.find(DOCUMENT.document_id), world.logged()) == (None, 0)


def test_d20_it_is_current_until_the_night_writes_another_content(world: World) -> None:
    world.put("CertificatesTable", certificate_to_item(CERTIFICATE))
    world.put("ArchivesTable", archive_to_item(CHILD))
    assert world.status() is Status.CURRENT
    world.put("ArchivesTable", archive_to_item(replace(CHILD, version=2)))
    assert world.status() is Status.CURRENT
    world.put("ArchivesTable", archive_to_item(replace(CHILD, version=3, doses=CHILD.doses[1:])))
    assert world.status() is Status.SUPERSEDED


def test_d20_an_archive_that_was_not_written_since_contents_are_kept_says_what_it_said(world: World) -> None:
    world.put("CertificatesTable", certificate_to_item(CERTIFICATE))
    item = archive_to_item(CHILD)
    del item["content"]
    world.put("ArchivesTable", item)
    assert world.standings.of(DOCUMENT)[1] == [Mark(CHILD.key, CHILD.record_id, True, None)]
    assert world.status() is Status.CURRENT


def test_d20_a_certificate_that_came_to_other_archives_is_looked_at_whole(world: World) -> None:
    more = an_archive("7")
    moved = replace(CERTIFICATE, archive_keys=(CHILD.key, more.key))
    world.put("CertificatesTable", certificate_to_item(moved))
    for archive in (CHILD, more):
        world.put("ArchivesTable", archive_to_item(archive))
    assert world.status() is Status.SUPERSEDED
    assert world.status(replace(DOCUMENT, content=content_of([CHILD, more]))) is Status.CURRENT


def test_d20_withdrawn_by_the_certificates_reason_and_current_without_one(world: World) -> None:
    world.put("ArchivesTable", archive_to_item(CHILD))
    assert world.status() is Status.CURRENT, "the certificate is kept no more"
    ended = CERTIFICATE.moved_to(suspended(StatusReason.IDENTITY_CONFLICT), ISSUED)
    world.put("CertificatesTable", certificate_to_item(ended))
    assert world.status() is Status.WITHDRAWN


@pytest.mark.parametrize("reason", [StatusReason.IDENTITY_CONFLICT, StatusReason.ARCHIVE_VOID])
@pytest.mark.parametrize("end", [RELEASED, CAME_OF_AGE, DECEASED, REPLACED])
def test_d20_what_was_withdrawn_is_not_given_back_by_the_certificates_end(
    world: World, reason: StatusReason, end: Standing
) -> None:
    """Whoever releases a certificate that is suspended would turn its papers current again, with nobody left to look at them."""
    world.put("ArchivesTable", archive_to_item(CHILD))
    ended = CERTIFICATE.moved_to(suspended(reason), ISSUED).moved_to(end, ISSUED)
    world.put("CertificatesTable", certificate_to_item(ended))
    assert world.status() is Status.WITHDRAWN
    assert certificate_from_item(certificate_to_item(ended)) == ended
    held = Held.by(ended)
    assert world.standings.of(DOCUMENT)[0] == held


@pytest.mark.parametrize("end", [RELEASED, CAME_OF_AGE])
@pytest.mark.parametrize("reason", [None, StatusReason.OUT_OF_CARE])
def test_d20_release_and_coming_of_age_withdraw_nothing(
    world: World, reason: StatusReason | None, end: Standing
) -> None:
    world.put("ArchivesTable", archive_to_item(CHILD))
    before = CERTIFICATE if reason is None else CERTIFICATE.moved_to(suspended(reason), ISSUED)
    world.put("CertificatesTable", certificate_to_item(before.moved_to(end, ISSUED)))
    assert world.status() is Status.CURRENT


def test_d20_what_is_compared_is_read_without_anything_about_a_person(world: World) -> None:
    asked: list[dict[str, Any]] = []

    class Watched:
        def get_item(self, **request: Any) -> Any:
            answer = world.client.get_item(**request)
            asked.append(answer["Item"])
            return answer

    world.put("CertificatesTable", certificate_to_item(CERTIFICATE))
    world.put("ArchivesTable", archive_to_item(CHILD))
    reader = StandingReader(
        stands_in(Watched()),
        certificates_table=world.tables["CertificatesTable"],
        archives_table=world.tables["ArchivesTable"],
        rabies=False,
    )
    reader.of(DOCUMENT)
    assert {name for item in asked for name in item} == {
        "pk",
        "record_id",
        "archive_keys",
        "system",
        "status",
        "content",
    }
