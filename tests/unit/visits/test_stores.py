"""The stores of visits over DynamoDB in memory: the contract that moto and the emulator pass too, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.contract.test_visits_store import (
    DEVICE,
    NOW,
    ROOM,
    TODAY,
    House,
    StoreContract,
    a_code,
    a_request,
    a_ticket,
    admission,
    house_of,
    look,
    scan_store,
)
from tests.fakes.clients import stands_in
from tests.fakes.devices import CLINIC
from tests.fakes.waiting_room import JE
from tests.faults.memory import TABLES, MemoryDynamoDB
from vaxcert.aws.clock import epoch
from vaxcert.aws.dynamodb import delete, get, query_all, single
from vaxcert.devices.model import Station
from vaxcert.idempotency.model import Answer, remember
from vaxcert.visits.items import board_key, line_pk, line_sk, outcome_key, visit_key
from vaxcert.visits.line import turn_behind
from vaxcert.visits.model import Outcome, State, called, passed
from vaxcert.visits.outcomes import Report
from vaxcert.visits.service import Sighting

GOES = {"N": str(epoch(datetime(2026, 7, 30, 16, tzinfo=UTC)))}
"""Thirty days from the beginning of the day."""


@pytest.fixture
def database() -> Database:
    return Database(stands_in(MemoryDynamoDB(page=100, eventual=True)), TABLES)


class TestStoresInMemory(StoreContract):
    @pytest.fixture
    def house(self, database: Database) -> House:
        return house_of(database)

    def test_d11_no_line_of_the_log_is_written_over(self, house: House, database: Database) -> None:
        """By whatever comes to its position: a refusal leaves what stands there, all else is not done (invariant 3)."""
        scans = scan_store(database, random_bytes=lambda count: b"r" * count)
        scans.note(Sighting(a_code(), DEVICE, Station.TICKET, None, "expired", NOW), a_request())
        scans.note(Sighting(a_code(), DEVICE, Station.VACCINATION, None, "wrong_order", NOW), a_request())
        assert scans.hand_in(self.handed_in(a_code(), NOW)) is False
        assert scans.commit(admission(a_ticket()), []) is None
        (line,) = house.log(ROOM.certificate_id)
        assert (line.station, line.result) == ("ticket", "expired")

    def test_d11_a_line_of_the_log_is_kept_as_long_as_the_setting_says(
        self, house: House, database: Database
    ) -> None:
        house.scans.note(Sighting(a_code(), DEVICE, Station.TICKET, None, "expired", NOW), a_request())
        (item,) = query_all(
            database.client,
            TableName=database.tables["AccessLogTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"C#{ROOM.certificate_id}"}},
        )
        assert item["ttl"] == {"N": str(epoch(NOW + timedelta(days=1095)))}

    @pytest.mark.parametrize("reason", ["发热", None])
    def test_r28_why_not_is_kept_where_it_was_said(
        self, house: House, database: Database, reason: str | None
    ) -> None:
        before = a_ticket(state=State.REGISTERING)
        house.scans.commit(admission(before), [])
        report = Report(Station.REGISTRATION, Outcome.DEFERRED, reason)
        remembered = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.report(
            before, before.moved_to(State.DEFERRED, NOW), report, DEVICE, remembered, NOW
        )
        stands = get(
            database.client, database.tables["VisitsTable"], outcome_key(before, Station.REGISTRATION)
        )
        assert stands is not None
        assert stands.get("reason") == (None if reason is None else {"S": reason})
        assert "doses" not in stands, "nothing was given"
        assert stands["ttl"] == GOES

    def test_invariant_5_a_report_that_ttl_has_taken_stops_no_mending(
        self, house: House, database: Database
    ) -> None:
        """TTL takes the items of one visit in any order: nothing is left to be kept beside the mended report."""
        before, after, report = self.observed(house)
        house.visits.report(before, after, report, DEVICE, remember(a_request(), Answer(200, "{}"), NOW), NOW)
        key = outcome_key(before, Station.VACCINATION)
        single(database.client, delete(database.tables["VisitsTable"], key))
        mended, right = replace(after, version=after.version + 1), replace(report, doses=(JE,), corrects=True)
        again = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.report(after, mended, right, DEVICE, again, NOW)
        assert house.visits.given(mended) == (JE,)

    def test_d21_a_visit_is_read_as_it_was_written_whatever_it_has(self, house: House) -> None:
        whole = a_ticket(
            ends_at=NOW + timedelta(hours=2),
            appointed_at=NOW + timedelta(minutes=10),
            called_at=NOW,
            desk="2号台",
            place=7,
            waited=40,
            scans=2,
            clinic_name="示范门诊",
            clinic_phone="0513-5550000",
        )
        assert house.scans.commit(admission(whole), []) == ()
        assert look(house).visit == house.visits.find(whole.visit_id) == whole
        assert [entry.visit for entry in house.board.entries(CLINIC, TODAY)] == [whole]

    def test_d21_what_a_ticket_leaves_goes_thirty_days_after_its_day_began(
        self, house: House, database: Database
    ) -> None:
        ticket = a_ticket()
        assert house.scans.commit(admission(ticket), []) == ()
        place = {"pk": {"S": line_pk(ticket)}, "sk": {"S": f"{line_sk(ticket.turn)}#{ticket.ticket}"}}
        for key in (visit_key(ticket.certificate_id), board_key(ticket), place):
            item = get(database.client, database.tables["VisitsTable"], key)
            assert item is not None
            assert item["ttl"] == GOES

    def test_d21_who_is_passed_over_with_nobody_behind_keeps_their_place(self, house: House) -> None:
        """One transaction has one word for each item: their place is neither left nor taken."""
        ticket = a_ticket()
        assert house.scans.commit(admission(ticket), []) == ()
        after = passed(ticket, Station.REGISTRATION, turn_behind(ticket.turn, []))
        assert after is not None
        assert house.visits.move(ticket, after, DEVICE, remember(a_request(), Answer(200, "{}"), NOW))
        assert house.visits.find(ticket.visit_id) == after
        again = house.visits.move(ticket, after, DEVICE, remember(a_request(), Answer(200, "{}"), NOW))
        assert again is False, "it is not as it was read any more"
        assert house.follows.before(a_ticket(2), NOW) == 1

    def test_invariant_5_a_visit_that_ttl_has_taken_has_ended(self, house: House, database: Database) -> None:
        """Its place on the board may be there for a while."""
        ticket = a_ticket()
        assert house.scans.commit(admission(ticket), []) == ()
        key = visit_key(ticket.certificate_id)
        single(database.client, delete(database.tables["VisitsTable"], key))
        assert house.visits.find(ticket.visit_id) == replace(ticket, state=State.ABANDONED)

    def test_d21_who_was_called_and_passed_over_waits_again_though_nobody_is_behind(
        self, house: House
    ) -> None:
        ticket = a_ticket()
        assert house.scans.commit(admission(ticket), []) == ()
        came = called(ticket, Station.REGISTRATION, "1号台", NOW)
        assert came is not None
        assert house.visits.move(ticket, came, DEVICE, remember(a_request(), Answer(200, "{}"), NOW))
        assert house.follows.before(a_ticket(2), NOW) == 0
        again = passed(came, Station.REGISTRATION, turn_behind(came.turn, []))
        assert again is not None
        assert house.visits.move(came, again, DEVICE, remember(a_request(), Answer(200, "{}"), NOW))
        assert house.follows.before(a_ticket(2), NOW) == 1

    @pytest.mark.parametrize(("slot", "grants"), [(0, 0), (1, 1), (10, 1)])
    def test_d7_a_grant_is_looked_at_for_a_delegates_code_alone(
        self, house: House, database: Database, monkeypatch: pytest.MonkeyPatch, slot: int, grants: int
    ) -> None:
        asked: list[Any] = []
        read = database.client.batch_get_item

        def noted(**request: Any) -> Any:
            asked.append(request["RequestItems"])
            return read(**request)

        monkeypatch.setattr(database.client, "batch_get_item", noted)
        look(house, a_code(slot=slot, grant_version=1))
        (tables,) = asked
        assert len(tables.get(database.tables["GrantsTable"], {"Keys": []})["Keys"]) == grants
