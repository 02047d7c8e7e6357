"""The daily erasing beside everything else (D22): what changes between its reads and its writes, and a power cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.contract.test_certificates_store import certificate
from tests.contract.test_documents_store import DOCUMENT
from tests.contract.test_erasing import NOW, SEALED, Desk, a_report
from tests.contract.test_grants_store import AUNT, UNCLE, a_grant
from vaxcert.aws.dynamodb import S, put, single, transact
from vaxcert.claims.items import CertificateOps, from_item
from vaxcert.claims.model import (
    CAME_OF_AGE,
    RELEASED,
    Actor,
    Certificate,
    Standing,
    StatusReason,
    suspended,
)
from vaxcert.documents.store import document_key, place_key
from vaxcert.documents.store import to_item as document_to_item
from vaxcert.grants.erasing import GrantEnder
from vaxcert.grants.items import GrantOps
from vaxcert.grants.model import GrantStatus
from vaxcert.grants.store import GrantReader
from vaxcert.reports.model import Status
from vaxcert.reports.store import to_item


class Meanwhile:
    """A client on which something happens to a table between what a job reads of it and what it writes."""

    def __init__(self, client: Any, then: Callable[[str], None]) -> None:
        self._client, self._then = client, then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def scan(self, **asked: Any) -> Any:
        page = self._client.scan(**asked)
        self._then(asked["TableName"])
        return page

    def query(self, **asked: Any) -> Any:
        page = self._client.query(**asked)
        self._then(asked["TableName"])
        return page

    def batch_get_item(self, **asked: Any) -> Any:
        found = self._client.batch_get_item(**asked)
        for table in asked["RequestItems"]:
            self._then(table)
        return found


def meanwhile(database: Database, then: Callable[[str], None]) -> dict[str, int]:
    """The job runs, and this happens after each of its reads."""
    return Desk(replace(database, client=Meanwhile(database.client, then))).run()


class Cut:
    """A client whose power is cut at the write after `left` of them."""

    def __init__(self, client: Any, left: int) -> None:
        self._client, self._left = client, left

    def __getattr__(self, name: str) -> Any:
        if name in {"update_item", "transact_write_items"}:
            self._left -= 1
            if self._left < 0:
                raise KeyboardInterrupt
        return getattr(self._client, name)


@pytest.mark.parametrize("standing", [RELEASED, CAME_OF_AGE])
def test_d22_a_job_that_is_broken_off_at_any_write_leaves_nothing_to_stay_for_ever(
    database: Database, standing: Standing
) -> None:
    """The next one takes it up: whatever hangs on what is over, or points at it, goes with it."""
    desk = Desk(database)
    ops, grants = CertificateOps(desk.tables["CertificatesTable"]), GrantOps(desk.tables["GrantsTable"])
    made, over = certificate(name=b"sealed"), a_grant("g2", UNCLE, 2, expires_on=date(2026, 6, 30))
    transact(desk.client, ops.made(made, None))
    transact(desk.client, ops.changed(made, made.moved_to(standing, NOW), Actor.HOLDER))
    for grant in (a_grant(), replace(over, certificate_id="c2")):
        transact(desk.client, grants.made(grant, None))
    for key in (document_key("d1"), place_key(DOCUMENT, 1)):
        document = replace(DOCUMENT, document_id="d1", certificate_id=made.certificate_id)
        single(desk.client, put(desk.tables["DocumentsTable"], {**key, **document_to_item(document)}))
    for left in range(100):
        try:
            Desk(replace(database, client=Cut(database.client, left))).run()
        except KeyboardInterrupt:
            continue
        break
    assert left > 0
    found = [item for name in ("Certificates", "Documents", "Grants") for item in desk.items(f"{name}Table")]
    assert [item for item in found if "ttl" not in item] == []
    assert not any(SEALED & set(item) for item in desk.items("GrantsTable"))


def test_d22_what_has_gone_since_it_was_read_is_not_made_anew(database: Database) -> None:
    """TTL and an operator's erasing take what the job has just read: half an item of somebody would stay for ever."""
    desk = Desk(database)
    ops, made = CertificateOps(desk.tables["CertificatesTable"]), certificate()
    transact(desk.client, ops.made(made, None))
    transact(desk.client, ops.changed(made, made.moved_to(CAME_OF_AGE, NOW), Actor.HOLDER))
    for key in (document_key("d1"), place_key(DOCUMENT, 1)):
        document = replace(DOCUMENT, document_id="d1", certificate_id=made.certificate_id)
        single(desk.client, put(desk.tables["DocumentsTable"], {**key, **document_to_item(document)}))

    def gone(table: str) -> None:
        for item in desk.client.scan(TableName=table)["Items"]:
            desk.client.delete_item(TableName=table, Key={part: item[part] for part in ("pk", "sk")})

    nothing = {"certificates": 0, "grants": 0, "reports": 0}
    assert meanwhile(database, gone) == nothing
    over = a_grant(expires_on=date(2026, 6, 30))
    transact(desk.client, GrantOps(desk.tables["GrantsTable"]).made(over, None))
    single(desk.client, put(desk.tables["ReportsTable"], to_item(a_report(Status.CLOSED))))
    assert meanwhile(database, gone) == nothing
    for name in ("Certificates", "Documents", "Grants", "Reports"):
        assert desk.items(f"{name}Table") == []


def test_d22_a_grant_that_has_changed_since_it_was_read_is_left_to_the_next_day(database: Database) -> None:
    desk = Desk(database)
    ops, table = GrantOps(desk.tables["GrantsTable"]), desk.tables["GrantsTable"]
    over = a_grant("g1", AUNT, expires_on=date(2026, 6, 30))
    anew = a_grant("g2", UNCLE, version=2)
    transact(desk.client, ops.made(over, None))

    def given_anew(read: str) -> None:
        if read == table:
            transact(desk.client, ops.made(anew, over))

    meanwhile(database, given_anew)
    (slot,) = [item for item in desk.items("GrantsTable") if item["sk"]["S"].startswith("S#")]
    assert slot["name"]
    assert "ttl" not in slot
    transact(desk.client, ops.revoked(anew, anew.revoked(NOW)))
    ended = a_grant("g3", AUNT, 2, expires_on=date(2026, 6, 30))
    transact(desk.client, ops.made(ended, None))

    def taken_back(read: str) -> None:
        if read == table:
            transact(desk.client, ops.revoked(ended, ended.revoked(NOW)))

    meanwhile(database, taken_back)
    (slot,) = [item for item in desk.items("GrantsTable") if item["sk"] == S("S#02")]
    assert "ttl" not in slot
    desk.run()
    assert not any("name" in item or "ttl" not in item for item in desk.items("GrantsTable"))


def test_d6_d22_a_certificate_that_changed_on_its_last_day_is_closed_the_next_day(database: Database) -> None:
    """As it was read, it is there no more: neither it nor its grants are touched."""
    desk = Desk(database)
    ops, table = CertificateOps(desk.tables["CertificatesTable"]), desk.tables["CertificatesTable"]
    made = certificate(birth_date=date(2008, 7, 1))
    held = made.moved_to(suspended(StatusReason.OUT_OF_CARE), NOW)
    transact(desk.client, ops.made(made, None))
    transact(desk.client, GrantOps(desk.tables["GrantsTable"]).made(a_grant(), None))

    def suspends(read: str) -> None:
        if read == table:
            transact(desk.client, ops.changed(made, held, Actor.NIGHT))

    def stands() -> tuple[Certificate, bool]:
        (whole,) = [from_item(item) for item in desk.items("CertificatesTable") if item["sk"] == S("C")]
        return whole, any("name" in item for item in desk.items("GrantsTable"))

    assert meanwhile(database, suspends) == {"certificates": 0, "grants": 0, "reports": 0}
    assert stands() == (held, True)
    desk.run()
    assert stands() == (held.moved_to(CAME_OF_AGE, NOW), False)


@pytest.mark.parametrize(("side", "reads"), [("certificate", 1), ("delegate", 2)])
def test_d22_a_grant_that_changes_while_it_is_ended_is_ended_all_the_same(
    database: Database, side: str, reads: int
) -> None:
    """By a visit under another name, say. Nobody comes by again: its certificate is marked, or its delegate erased."""
    table = database.tables["GrantsTable"]
    ops, grant, other = GrantOps(table), a_grant(), a_grant("g2", AUNT, certificate_id="c2")
    for one in (grant, other):
        transact(database.client, ops.made(one, None))
    left = iter(range(reads)[::-1])

    def visited(_: str) -> None:
        if next(left, None) == 0:
            single(database.client, ops.seen(grant, GrantStatus.NAME_MISMATCH))

    client: Any = Meanwhile(database.client, visited)
    ender = GrantEnder(client, table)
    seen, reader = replace(grant, status=GrantStatus.NAME_MISMATCH), GrantReader(database.client, table)
    if side == "certificate":
        assert ender.of_certificate("c1", NOW) == 1
        assert (reader.slots("c1"), reader.slots("c2")) == ((seen.revoked(NOW),), (other,))
    else:
        assert ender.of_delegate(AUNT, NOW) == 2
        assert reader.slots("c1") == (seen.given_back(NOW),)
        assert reader.slots("c2") == (other.given_back(NOW),)
