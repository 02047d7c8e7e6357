"""Port `Holdings`: what decides whether a code is shown, on the fakes, moto and the emulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database, asked_of
from tests.fakes.clinic import FakeHoldings
from tests.fakes.people import a_session
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.aws.dynamodb import put, single
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.claims.model import Certificate
from vaxcert.codes.service import Holdings
from vaxcert.codes.store import HoldingStore
from vaxcert.grants.items import to_item as grant_to_item
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.identity.store import SessionStore

SESSION = a_session()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The port, and how to put into it what others write."""

    holdings: Holdings
    certificate: Callable[[Certificate], None]
    grant: Callable[[Grant], None]
    sign_out: Callable[[str], None]
    sign_out_everywhere: Callable[[str, datetime], None]


class HoldingContract:
    def test_nothing_is_there(self, shelf: Shelf) -> None:
        found = shelf.holdings.find("c" + "a" * 13, SESSION)
        assert (found.certificate, found.grants, found.signed_out) == (None, (), False)

    def test_a_certificate_with_all_its_slots(self, shelf: Shelf) -> None:
        room = WaitingRoom()
        room.grandmother(expires_on=date(2026, 7, 2))
        certificate = room.home.certificates.stored[room.certificate_id]
        first = room.home.grants.standing[room.certificate_id, 1]
        tenth = replace(first, slot=10, version=4, grant_id="g-10", status=GrantStatus.REVOKED)
        shelf.certificate(certificate)
        shelf.grant(tenth)
        shelf.grant(first)
        found = shelf.holdings.find(room.certificate_id, SESSION)
        assert (found.certificate, found.grants) == (certificate, (first, tenth))
        assert shelf.holdings.find("c" + "a" * 12 + "c", SESSION).certificate is None

    def test_a_session_that_was_signed_out(self, shelf: Shelf) -> None:
        shelf.sign_out("s-2")
        assert shelf.holdings.find("c" + "a" * 13, a_session("s-2")).signed_out
        assert not shelf.holdings.find("c" + "a" * 13, SESSION).signed_out

    def test_d22_a_session_that_was_signed_out_with_others(self, shelf: Shelf) -> None:
        shelf.sign_out_everywhere(SESSION.subject, SESSION.issued_at)
        later = replace(SESSION, issued_at=SESSION.issued_at + timedelta(seconds=1))
        assert shelf.holdings.find("c" + "a" * 13, SESSION).signed_out
        assert not shelf.holdings.find("c" + "a" * 13, later).signed_out
        assert not shelf.holdings.find("c" + "a" * 13, a_session(who="v1:other")).signed_out


class TestFakeHoldings(HoldingContract):
    @pytest.fixture
    def shelf(self) -> Shelf:
        home = WaitingRoom().home
        home.certificates.stored.clear()

        def grant(one: Grant) -> None:
            home.grants.standing[one.certificate_id, one.slot] = one

        def certificate(one: Certificate) -> None:
            home.certificates.stored[one.certificate_id] = one

        return Shelf(
            FakeHoldings(home.certificates, home.grants, home.sessions),
            certificate,
            grant,
            lambda session_id: home.sessions.sign_out(session_id, home.clock()),
            lambda subject, opened_by: home.sessions.sign_out_everywhere(subject, opened_by, home.clock()),
        )


class TestHoldingStore(HoldingContract):
    @pytest.fixture
    def shelf(self, database: Database) -> Shelf:
        sessions = SessionStore(database.client, database.tables["SessionsTable"])

        def write(table: str, item: dict[str, Any]) -> None:
            single(database.client, put(database.tables[table], item))

        return Shelf(
            HoldingStore(
                database.client,
                certificates_table=database.tables["CertificatesTable"],
                grants_table=database.tables["GrantsTable"],
                sessions_table=database.tables["SessionsTable"],
            ),
            lambda one: write("CertificatesTable", certificate_to_item(one)),
            lambda one: write("GrantsTable", grant_to_item(one)),
            lambda session_id: sessions.sign_out(session_id, WaitingRoom().clock()),
            lambda subject, opened_by: sessions.sign_out_everywhere(
                subject, opened_by, WaitingRoom().clock()
            ),
        )

    def test_it_is_one_round_trip_for_as_many_keys_as_there_are(self, database: Database) -> None:
        """The certificate, two ends of a session, ten slots (R27)."""
        store = HoldingStore(
            database.client,
            certificates_table=database.tables["CertificatesTable"],
            grants_table=database.tables["GrantsTable"],
            sessions_table=database.tables["SessionsTable"],
        )
        with asked_of(database.client) as asked:
            store.find("c" + "a" * 13, SESSION)
        ((name, request),) = asked
        assert name == "BatchGetItem"
        assert sum(len(one["Keys"]) for one in request["RequestItems"].values()) == 13
