"""One suite for the fake access log and the one in DynamoDB (D11, D7, D2)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from tests.contract.conftest import Database, asked_of
from tests.contract.test_grants_store import a_grant
from tests.fakes.access_log import FakeAccessLog
from tests.fakes.answers import FakeAnswers
from tests.fakes.certificates import FakeCertificates
from tests.fakes.grants import FakeGrants
from tests.fakes.register import FakeRegister
from tests.fakes.sessions import FakeSessions
from vaxcert.aws.dynamodb import N, S
from vaxcert.corrections.run.as_of import FeedDatesStore
from vaxcert.grants.items import to_item
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.grants.store import GrantReader
from vaxcert.records.service import AccessLog
from vaxcert.trail.model import Access, Entry
from vaxcert.trail.store import AccessLogStore

NOW = datetime(2026, 7, 1, 2, 0, 0, 123456, tzinfo=UTC)
READ = Entry(NOW, Access.READ, "v1:father", 0)
SCAN = Entry(NOW, Access.SCAN, "device-1", 1, "g1", "3206000001", "ticket", "accepted")


@dataclass(frozen=True, slots=True)
class World:
    """A log, and the grants that it marks as used."""

    log: AccessLog
    put: Callable[[Grant], None]
    slots: Callable[[str], tuple[Grant, ...]]


class AccessLogContract(ABC):
    """What every access log does."""

    @pytest.fixture
    @abstractmethod
    def world(self, request: pytest.FixtureRequest) -> World: ...

    @pytest.mark.parametrize("entry", [READ, SCAN, Entry(NOW, Access.READ, "v1:aunt", 3, "g3")])
    def test_d11_an_entry_comes_back_whole_to_the_microsecond(self, world: World, entry: Entry) -> None:
        assert world.log.append("c1", entry, None)
        ((_, found),), more = world.log.latest("c1", None, 5)
        assert (found, more) == (entry, False)

    def test_d11_newest_first_page_after_page(self, world: World) -> None:
        entries = [Entry(NOW + timedelta(seconds=step), Access.READ, "v1:a", 0) for step in range(5)]
        for entry in entries:
            world.log.append("c1", entry, None)
        world.log.append("c2", READ, None)
        seen: list[Entry] = []
        position: str | None = None
        more = True
        while more:
            found, more = world.log.latest("c1", position, 2)
            seen += [entry for _, entry in found]
            position = found[-1][0]
        assert seen == entries[::-1]

    @pytest.mark.parametrize("limit", [1, 2, 3, 4])
    def test_d11_a_page_that_takes_all_has_none_behind_it(self, world: World, limit: int) -> None:
        for step in range(3):
            world.log.append("c1", Entry(NOW + timedelta(seconds=step), Access.READ, "v1:a", 0), None)
        found, more = world.log.latest("c1", None, limit)
        assert (len(found), more) == (min(limit, 3), limit < 3)

    def test_d11_two_reads_of_the_same_moment_are_two_entries(self, world: World) -> None:
        world.log.append("c1", READ, None)
        world.log.append("c1", READ, None)
        assert len(world.log.latest("c1", None, 5)[0]) == 2

    def test_an_empty_log_is_empty(self, world: World) -> None:
        assert world.log.latest("c1", None, 5) == ([], False)

    def test_d7_a_delegates_read_marks_the_grant_as_used(self, world: World) -> None:
        world.put(a_grant())
        assert world.log.append("c1", READ, a_grant())
        assert world.slots("c1")[0].last_used_at == NOW.replace(microsecond=0)

    @pytest.mark.parametrize("standing", [None, GrantStatus.REVOKED, GrantStatus.NAME_MISMATCH, "other"])
    def test_d7_what_ended_meanwhile_leaves_no_entry(self, world: World, standing: str | None) -> None:
        if standing == "other":
            world.put(a_grant("g2"))
        elif standing is not None:
            world.put(a_grant(status=GrantStatus(standing)))
        assert not world.log.append("c1", READ, a_grant())
        assert world.log.latest("c1", None, 5) == ([], False)


class TestFakeAccessLog(AccessLogContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        sessions, answers = FakeSessions(), FakeAnswers()
        grants = FakeGrants(FakeCertificates(FakeRegister(), sessions, answers), sessions, answers)

        def put(grant: Grant) -> None:
            grants.standing[grant.certificate_id, grant.slot] = grant

        return World(FakeAccessLog(grants), put, grants.slots)


class TestDynamoAccessLog(AccessLogContract):
    @pytest.fixture
    def world(self, request: pytest.FixtureRequest) -> World:
        database: Database = request.getfixturevalue("database")
        client, tables = database.client, database.tables
        drawn = count()

        def put(grant: Grant) -> None:
            client.put_item(TableName=tables["GrantsTable"], Item=to_item(grant))

        log = AccessLogStore(
            client,
            tables["AccessLogTable"],
            tables["GrantsTable"],
            lambda size: next(drawn).to_bytes(size),
            timedelta(days=1095),
        )
        return World(log, put, GrantReader(client, tables["GrantsTable"]).slots)

    @pytest.fixture(autouse=True)
    def _with(self, database: Database) -> None:
        """Every test here runs once per kind of database."""

    def test_d2_as_of_is_the_business_date_of_the_last_feed_applied(self, database: Database) -> None:
        table = database.tables["FeedRunsTable"]
        feed = FeedDatesStore(database.client, table)
        assert feed.as_of() is None
        item = {
            "pk": S("FEED"),
            "sk": S("AS_OF"),
            "business_date": S("2026-06-30"),
            "sequence": N(3),
            "manifest_sha256": S("00"),
        }
        database.client.put_item(TableName=table, Item=item)
        assert feed.as_of() == date(2026, 6, 30)

    def test_d11_an_entry_is_kept_as_long_as_the_setting_says(self, world: World, database: Database) -> None:
        world.log.append("c1", READ, None)
        (item,) = database.client.scan(TableName=database.tables["AccessLogTable"])["Items"]
        assert item["ttl"] == N(int((NOW + timedelta(days=1095)).timestamp()))

    def test_d11_a_page_costs_no_more_than_its_lines_and_one(self, world: World, database: Database) -> None:
        with asked_of(database.client) as asked:
            world.log.latest("c1", None, 5)
        ((operation, told),) = asked
        assert (operation, told["Limit"]) == ("Query", 6)

    def test_d11_an_entry_of_a_scan_without_a_grant_is_read_too(
        self, world: World, database: Database
    ) -> None:
        """Scans are written by the scan's own transaction, by another room."""
        item = {
            "pk": S("C#c1"),
            "sk": S("2026-07-01T02:00:00.123456Z#00000001"),
            "kind": S("scan"),
            "actor": S("device-1"),
            "clinic_code": S("3206000001"),
            "station": S("ticket"),
            "result": S("accepted"),
        }
        database.client.put_item(TableName=database.tables["AccessLogTable"], Item=item)
        ((_, found),), _ = world.log.latest("c1", None, 5)
        assert (found.slot, found.grant_id, found.station) == (0, None, "ticket")
