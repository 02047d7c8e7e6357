"""What has had its time is erased, and nothing else (D22): on moto and on the emulator."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.erase_ended.app import create
from tests.contract.conftest import Database
from tests.contract.test_certificates_store import certificate
from tests.contract.test_documents_store import DOCUMENT
from tests.contract.test_grants_store import AUNT, UNCLE, a_grant
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import B, Item, S, put, single, transact
from vaxcert.claims.erasing import CertificateEraser
from vaxcert.claims.items import CertificateOps, from_item
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    RELEASED,
    Actor,
    Agreement,
    Standing,
    StatusReason,
    suspended,
)
from vaxcert.documents.erasing import DocumentEraser
from vaxcert.documents.store import document_key, place_key
from vaxcert.documents.store import to_item as document_to_item
from vaxcert.grants.erasing import GrantEnder, GrantEraser
from vaxcert.grants.items import GrantOps, pointers
from vaxcert.reminders.items import from_item as follower_from_item
from vaxcert.reminders.items import to_item as follower_to_item
from vaxcert.reminders.model import Follower, new_follow
from vaxcert.reports.erasing import ReportEraser
from vaxcert.reports.model import Contact, Kind, Report, Status
from vaxcert.reports.store import keys_of, to_item

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
KEPT = timedelta(days=1095)
SEALED = {"name", "id_no", "phone"}


class Desk:
    """The three tables and the job over them."""

    def __init__(self, database: Database) -> None:
        self.client = database.client
        self.tables = database.tables
        grants, certificates = (database.tables[f"{name}Table"] for name in ("Grants", "Certificates"))
        erasers: dict[str, Any] = {
            "certificates": CertificateEraser(
                self.client,
                certificates,
                KEPT,
                (
                    GrantEnder(self.client, grants).of_certificate,
                    DocumentEraser(self.client, database.tables["DocumentsTable"], KEPT).of_certificate,
                ),
                adult_age=18,
            ),
            "grants": GrantEraser(self.client, grants, KEPT),
            "reports": ReportEraser(self.client, database.tables["ReportsTable"], KEPT),
        }
        self._handler = create(erasers, lambda: NOW)

    def run(self) -> dict[str, int]:
        return self._handler({}, None)

    def items(self, name: str) -> list[Item]:
        return list(self.client.scan(TableName=self.tables[name])["Items"])


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_d22_what_points_at_another_grant_by_now_stays(desk: Desk) -> None:
    over = a_grant(expires_on=date(2026, 6, 30))
    table = desk.tables["GrantsTable"]
    transact(desk.client, GrantOps(table).made(over, None))
    for key in pointers(over):
        (item,) = [
            one for one in desk.items("GrantsTable") if one["pk"] == key["pk"] and one["sk"] == key["sk"]
        ]
        single(desk.client, put(table, item | {"grant_id": S("g-next")}))
    assert desk.run()["grants"] == 1
    assert [item["sk"]["S"] for item in desk.items("GrantsTable") if "ttl" in item] == ["S#01"]


def test_d22_a_grant_that_ended_by_its_date_keeps_nothing_of_its_delegate(desk: Desk) -> None:
    ops = GrantOps(desk.tables["GrantsTable"])
    standing = a_grant("g1", AUNT, 1, expires_on=date(2026, 7, 1))
    over = a_grant("g2", UNCLE, 2, expires_on=date(2026, 6, 30))
    for grant in (standing, over):
        transact(desk.client, ops.made(grant, None))
    assert desk.run()["grants"] == 3  # the grant and what points at it
    for item in desk.items("GrantsTable"):
        if item["grant_id"] == S("g2"):
            assert not SEALED & set(item)
            # 2026-06-30 was its last day in Shanghai.
            assert int(item["ttl"]["N"]) == epoch(datetime(2026, 6, 30, 16, tzinfo=UTC) + KEPT)
        else:
            assert "ttl" not in item
    assert sum("name" in item for item in desk.items("GrantsTable")) == 1
    assert desk.run()["grants"] == 0


def test_d22_a_delegate_who_left_leaves_nothing_beyond_its_time(desk: Desk) -> None:
    ops = GrantOps(desk.tables["GrantsTable"])
    grant = a_grant("g1", AUNT, 1)
    transact(desk.client, ops.made(grant, None))
    transact(desk.client, ops.revoked(grant, grant.given_back(NOW)))
    assert desk.run()["grants"] == 1
    (item,) = desk.items("GrantsTable")
    assert int(item["ttl"]["N"]) == epoch(NOW + KEPT)
    # The slot is given again: what was to go does not take the new one with it.
    again = a_grant("g2", AUNT, 1, version=2)
    transact(desk.client, ops.made(again, grant.given_back(NOW)))
    desk.run()
    assert {item["sk"]["S"][:2]: "ttl" in item for item in desk.items("GrantsTable")} == {
        "S#": False,
        "X#": True,
        "D#": False,
        "C#": False,
    }


@pytest.mark.parametrize(("standing", "keeps_name"), [(RELEASED, False), (CAME_OF_AGE, True)])
def test_d22_a_certificate_that_is_over_goes_after_its_time(
    desk: Desk, standing: Any, keeps_name: bool
) -> None:
    ops = CertificateOps(desk.tables["CertificatesTable"])
    made = certificate(name=b"sealed", name_key="n1:name")
    transact(desk.client, ops.made(made, None))
    assert desk.run()["certificates"] == 0
    transact(desk.client, ops.changed(made, made.moved_to(standing, NOW), Actor.HOLDER))
    # The certificate, its two lines of history, and its line on the list, or among those that its holder released.
    assert desk.run()["certificates"] == 4
    (item,) = [item for item in desk.items("CertificatesTable") if item["sk"] == S("C")]
    assert {int(one["ttl"]["N"]) for one in desk.items("CertificatesTable")} == {epoch(NOW + KEPT)}
    assert ("name" in item) is keeps_name
    assert desk.run()["certificates"] == 0


@pytest.mark.parametrize("standing", [RELEASED, CAME_OF_AGE])
def test_d22_the_grants_of_a_certificate_that_is_over_keep_nothing_of_their_delegates(
    desk: Desk, standing: Any
) -> None:
    """They end with it by themselves (D5, D6), and no date of theirs says so."""
    ops, made = CertificateOps(desk.tables["CertificatesTable"]), certificate()
    transact(desk.client, ops.made(made, None))
    for number, delegate in enumerate((AUNT, UNCLE), 1):
        transact(
            desk.client,
            GrantOps(desk.tables["GrantsTable"]).made(a_grant(f"g{number}", delegate, number), None),
        )
    assert desk.run()["grants"] == 0
    transact(desk.client, ops.changed(made, made.moved_to(standing, NOW), Actor.HOLDER))
    assert desk.run()["grants"] == 2
    found = desk.items("GrantsTable")
    assert [item["sk"]["S"] for item in found] == ["S#01", "S#02"]
    for item in found:
        assert not SEALED & set(item)
        assert int(item["ttl"]["N"]) == epoch(NOW + KEPT)
    assert desk.run() == {"certificates": 0, "grants": 0, "reports": 0}


@pytest.mark.parametrize("standing", [ACTIVE, suspended(StatusReason.OUT_OF_CARE)])
@pytest.mark.parametrize(("born", "over"), [(date(2008, 7, 1), True), (date(2008, 7, 2), False)])
def test_d6_d22_what_age_alone_has_ended_is_closed_and_its_grants_end(
    desk: Desk, standing: Standing, born: date, *, over: bool
) -> None:
    """No feed need ever tell of the archive again: on the 18th birthday the grants end, and nothing of their delegates is kept."""
    ops = CertificateOps(desk.tables["CertificatesTable"])
    made = certificate(birth_date=born, standing=standing)
    transact(desk.client, ops.made(made, None))
    grants = GrantOps(desk.tables["GrantsTable"])
    transact(desk.client, grants.made(a_grant("g1", AUNT, 1), None))
    desk.run()
    items = {item["sk"]["S"]: item for item in desk.items("CertificatesTable")}
    stored = from_item(items["C"])
    assert stored.standing == (CAME_OF_AGE if over else standing)
    assert ("LIVE" in items) is not over  # the person may claim their own
    assert ("ttl" in items["C"]) is over
    assert all((SEALED.isdisjoint(item) and "ttl" in item) is over for item in desk.items("GrantsTable"))
    if over:
        assert (stored.version, stored.changed_at) == (made.version + 1, NOW)
        assert items["T#000002"]["by"] == S("night")
    assert desk.run() == {"certificates": 0, "grants": 0, "reports": 0}


def test_d22_documents_go_with_their_certificate(desk: Desk) -> None:
    """Both items of each, and nobody else's; until it is over they have no end, for paper is kept for years (D20)."""
    ops, table = CertificateOps(desk.tables["CertificatesTable"]), desk.tables["DocumentsTable"]
    made = certificate()
    transact(desk.client, ops.made(made, None))
    for number, where in enumerate((made.certificate_id, made.certificate_id, "c-another"), 1):
        one = replace(DOCUMENT, document_id=f"d{number}", certificate_id=where)
        for key in (document_key(one.document_id), place_key(one, number)):
            single(desk.client, put(table, {**key, **document_to_item(one)}))
    desk.run()
    assert not any("ttl" in item for item in desk.items("DocumentsTable"))
    transact(desk.client, ops.changed(made, made.moved_to(RELEASED, NOW), Actor.HOLDER))
    desk.run()
    ends = {(item["document_id"]["S"], item.get("ttl", {}).get("N")) for item in desk.items("DocumentsTable")}
    gone = str(epoch(NOW + KEPT))
    assert ends == {("d1", gone), ("d2", gone), ("d3", None)}
    assert len(desk.items("DocumentsTable")) == 6
    again = DocumentEraser(desk.client, table, KEPT).of_certificate(made.certificate_id, NOW)
    assert again == 4


def test_d22_a_follower_who_follows_nothing_more_goes_by_its_time(desk: Desk) -> None:
    """Also where no reminders are sent, which would remove it the next day; whoever switches on again stays."""
    agreement = Agreement("2026-07-01", ("reminders",), NOW, "app", "face")
    one, two = (new_follow(name, f"m-{name}", None, agreement) for name in ("c1", "c2"))
    half = Follower("v1:a").with_follow(one.off(NOW)).with_follow(two)
    assert "ttl" not in follower_to_item(half)
    later = NOW + timedelta(hours=3)
    gone = half.with_follow(two.off(later))
    assert int(follower_to_item(gone)["ttl"]["N"]) == epoch(later + timedelta(days=2))
    assert "ttl" not in follower_to_item(gone.with_follow(two))
    assert follower_from_item(follower_to_item(gone)).over == later


def a_report(status: Status) -> Report:
    return Report(
        report_id="r1",
        case_number="20260601-0A1B2C",
        certificate_id="c1",
        kind=Kind.OTHER,
        dose_id=None,
        about=None,
        status=status,
        received_at=NOW,
        changed_at=NOW,
        contact=Contact("3206000001", None, None, None),
        birth_date=date(2020, 1, 1),
        text=b"text",
        person=b"person",
    )


@pytest.mark.parametrize("status", Status)
def test_d22_a_report_goes_with_its_number_after_it_was_answered(desk: Desk, status: Status) -> None:
    report = a_report(status)
    whole, _, case = keys_of(report)
    single(desk.client, put(desk.tables["ReportsTable"], to_item(report) | {"archive_no": B(b"no")}))
    single(
        desk.client,
        put(desk.tables["ReportsTable"], {**case, "report_pk": whole["pk"], "report_sk": whole["sk"]}),
    )
    assert desk.run()["reports"] == (0 if status.open else 2)
    ends = {item.get("ttl", {}).get("N") for item in desk.items("ReportsTable")}
    assert ends == {None if status.open else str(epoch(NOW + KEPT))}
    assert desk.run()["reports"] == 0
