"""After a restore nothing comes back to life that had ended (D5, D7, D8, D22): tables of before, on moto and on the emulator."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.contract.test_certificates_store import certificate
from tests.contract.test_grants_store import AUNT, UNCLE, a_grant
from tests.tables import table_definitions
from tools.restore import CARRY, LOST, items_of
from vaxcert.aws.dynamodb import BOOL, N, S, delete, put, single, transact
from vaxcert.claims.items import CertificateOps, from_item
from vaxcert.claims.model import RELEASED, REPLACED, Actor, Agreement, StatusReason, suspended
from vaxcert.devices.store import from_item as device_from_item
from vaxcert.grants.items import GrantOps
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.reminders.items import follower_key
from vaxcert.reminders.items import from_item as follower_from_item
from vaxcert.reminders.items import to_item as follower_to_item
from vaxcert.reminders.model import Follower, new_follow

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
CERTIFICATE = certificate()


class Tables:
    """A stack's tables, what was exported of them, and new ones that the export is restored into."""

    def __init__(self, database: Database) -> None:
        self.client = database.client
        self.old = database.tables
        self.restored: dict[str, str] = {}
        self._exported: dict[str, list[dict[str, Any]]] = {}

    def export(self) -> None:
        self._exported = {name: list(items_of(self.client, table)) for name, table in self.old.items()}

    def restore(self, *names: str) -> None:
        prefix = f"r{uuid.uuid4().hex[:10]}"
        for name in names:
            self.restored[name] = f"{prefix}-{name}"
            self.client.create_table(TableName=self.restored[name], **table_definitions()[name])
            for item in self._exported[name]:
                single(self.client, put(self.restored[name], item))

    def carry(self, kind: str, name: str, *, lost: bool = False) -> int:
        return CARRY[kind](self.client, LOST if lost else self.old[name], self.restored[name], LATER)


@pytest.fixture
def tables(database: Database) -> Tables:
    return Tables(database)


def _lent(tables: Tables, table: str) -> Callable[[str], int]:
    """How many grants a delegate's list leads to."""
    return lambda delegate: sum(item["pk"] == S(f"D#{delegate}") for item in items_of(tables.client, table))


def _two_grants(tables: Tables) -> tuple[GrantOps, Any, Any]:
    ops = GrantOps(tables.old["GrantsTable"])
    aunt, uncle = a_grant("g1", AUNT, 1), a_grant("g2", UNCLE, 2)
    for grant in (aunt, uncle):
        transact(tables.client, ops.made(grant, None))
    return ops, aunt, uncle


def test_d7_a_grant_that_was_revoked_after_the_export_stays_revoked(tables: Tables) -> None:
    ops, aunt, _ = _two_grants(tables)
    tables.export()
    transact(tables.client, ops.revoked(aunt, aunt.revoked(NOW)))
    # Its slot was given to somebody else meanwhile: what ended is told by its own line.
    transact(tables.client, ops.made(a_grant("g3", "v1:third", 1, version=2), aunt.revoked(NOW)))
    tables.restore("GrantsTable")
    lent = _lent(tables, tables.restored["GrantsTable"])
    assert (lent(AUNT), lent(UNCLE)) == (1, 1)
    assert tables.carry("grants", "GrantsTable") == 1
    assert (lent(AUNT), lent(UNCLE)) == (0, 1)
    assert tables.carry("grants", "GrantsTable") == 0


def test_d22_a_delegate_who_left_after_the_export_may_be_told_so_again(tables: Tables) -> None:
    ops, aunt, uncle = _two_grants(tables)
    tables.export()
    transact(tables.client, ops.revoked(aunt, aunt.given_back(NOW)))
    transact(tables.client, ops.revoked(uncle, uncle.revoked(NOW)))
    tables.restore("GrantsTable")
    assert tables.carry("grants", "GrantsTable") == 2
    found = [grant_from_item(item) for item in items_of(tables.client, tables.restored["GrantsTable"])]
    assert {grant.grant_id: grant.left for grant in found} == {"g1": True, "g2": False}


def test_d7_without_the_old_table_every_grant_ends(tables: Tables) -> None:
    _two_grants(tables)
    tables.export()
    tables.restore("GrantsTable")
    lent = _lent(tables, tables.restored["GrantsTable"])
    assert tables.carry("grants", "GrantsTable", lost=True) == 2
    assert (lent(AUNT), lent(UNCLE)) == (0, 0)
    left = items_of(tables.client, tables.restored["GrantsTable"])
    assert not any("name" in item or "phone" in item for item in left)


def test_d5_a_certificate_that_was_released_after_the_export_stays_released(tables: Tables) -> None:
    ops = CertificateOps(tables.old["CertificatesTable"])
    transact(tables.client, ops.made(CERTIFICATE, None))
    tables.export()
    released = CERTIFICATE.moved_to(RELEASED, NOW)
    transact(tables.client, ops.changed(CERTIFICATE, released, Actor.HOLDER))
    tables.restore("CertificatesTable")
    assert tables.carry("certificates", "CertificatesTable") == 1
    items = list(items_of(tables.client, tables.restored["CertificatesTable"]))
    (there,) = [from_item(item) for item in items if item["sk"] == S("C")]
    assert there.standing == RELEASED
    assert not [item for item in items if item["sk"] == S("LIVE") or item["pk"]["S"].startswith("H#")]


def test_d5_what_made_way_for_another_guardian_after_the_export_does_not_come_back(tables: Tables) -> None:
    """It was active when the table was taken; the former guardian would have codes again, and no feed need tell of the child."""
    ops = CertificateOps(tables.old["CertificatesTable"])
    transact(tables.client, ops.made(CERTIFICATE, None))
    tables.export()
    removed = CERTIFICATE.moved_to(suspended(StatusReason.GUARDIAN_REMOVED), NOW)
    transact(tables.client, ops.changed(CERTIFICATE, removed, Actor.NIGHT))
    replaced = removed.moved_to(REPLACED, NOW)
    successor = replace(CERTIFICATE, certificate_id="successor", holder="v1:other")
    transact(
        tables.client,
        [
            *ops.made(successor, removed),
            *ops.changed(removed, replaced, Actor.SUCCESSOR, live_moves=False),
        ],
    )
    tables.restore("CertificatesTable")
    assert tables.carry("certificates", "CertificatesTable") == 1
    items = list(items_of(tables.client, tables.restored["CertificatesTable"]))
    (there,) = [from_item(item) for item in items if item["sk"] == S("C")]
    assert there.standing.final
    assert not [item for item in items if item["sk"] == S("LIVE") or item["pk"]["S"].startswith("H#")]
    assert tables.carry("certificates", "CertificatesTable") == 0


def _reminded(tables: Tables, table: str) -> dict[str, dict[str, bool]]:
    """By person and certificate, whether reminders are on."""
    found = map(follower_from_item, items_of(tables.client, table))
    return {who.subject: {one.certificate_id: one.on for one in who.follows} for who in found}


def test_d22_a_consent_to_reminders_that_was_withdrawn_after_the_export_stays_withdrawn(
    tables: Tables,
) -> None:
    """Switched off it is kept for a day, then removed; switched on again it is another, which the restored table does not know."""
    old, agreement = tables.old["RemindersTable"], Agreement("v", ("reminders",), NOW, "app", "face")
    one, two, three, four = (
        new_follow(f"c{number}", f"m{number}", None, agreement) for number in range(1, 5)
    )
    whole = Follower("v1:aunt").with_follow(one).with_follow(two)
    alone, same = Follower("v1:uncle").with_follow(three), Follower("v1:other").with_follow(four)
    for who in (whole, alone, same):
        single(tables.client, put(old, follower_to_item(who)))
    tables.export()
    anew = new_follow("c2", "m9", None, agreement)
    single(tables.client, put(old, follower_to_item(whole.with_follow(one.off(NOW)).with_follow(anew))))
    single(tables.client, delete(old, follower_key("v1:uncle")))
    tables.restore("RemindersTable")
    restored = tables.restored["RemindersTable"]
    assert tables.carry("reminders", "RemindersTable") == 2
    assert _reminded(tables, restored) == {
        "v1:aunt": {"c1": False, "c2": False},
        "v1:uncle": {"c3": False},
        "v1:other": {"c4": True},
    }
    assert tables.carry("reminders", "RemindersTable") == 0
    assert tables.carry("reminders", "RemindersTable", lost=True) == 1
    assert not any(on for follows in _reminded(tables, restored).values() for on in follows.values())


@pytest.mark.parametrize("name", ["SessionsTable", "CodesTable"])
def test_d8_what_was_used_or_ended_after_the_export_is_so_still(tables: Tables, name: str) -> None:
    single(tables.client, put(tables.old[name], {"pk": S("S#before"), "ttl": N(1)}))
    tables.export()
    single(tables.client, put(tables.old[name], {"pk": S("S#since"), "ttl": N(2)}))
    tables.restore(name)
    kind = name.removesuffix("Table").lower()
    assert tables.carry(kind, name) == 1
    assert {item["pk"]["S"] for item in items_of(tables.client, tables.restored[name])} == {
        "S#before",
        "S#since",
    }


def test_a_device_that_was_disabled_after_the_export_stays_disabled(tables: Tables) -> None:
    item = {
        "pk": S("D#reg-1"),
        "clinic_code": S("3206000001"),
        "clinic_name": S("示例门诊"),
        "public_jwk": S("{}"),
        "enabled": BOOL(True),
        "version": N(1),
    }
    single(tables.client, put(tables.old["DevicesTable"], item))
    tables.export()
    single(tables.client, put(tables.old["DevicesTable"], item | {"enabled": BOOL(False), "version": N(2)}))
    tables.restore("DevicesTable")
    assert tables.carry("devices", "DevicesTable") == 1
    (there,) = items_of(tables.client, tables.restored["DevicesTable"])
    assert not device_from_item(there).enabled
