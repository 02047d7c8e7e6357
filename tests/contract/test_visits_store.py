"""Ports `Scans`, `Visits` and `Board`: one suite for the fakes, moto and the emulator."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.fakes.clinic import FakeFollows
from tests.fakes.devices import CLINIC, an_enrolment, token_of
from tests.fakes.people import SEALER
from tests.fakes.waiting_room import CHILD, GIVEN, JE, MMR, WaitingRoom
from tests.tables import scan_tables
from vaxcert.appointments.arrival import Arrivals
from vaxcert.archives.store import ArchiveReader
from vaxcert.archives.store import to_item as archive_to_item
from vaxcert.aws.clock import epoch, shanghai_date
from vaxcert.aws.dynamodb import put, query_all, single
from vaxcert.claims.items import to_item as certificate_to_item
from vaxcert.claims.model import Certificate, StatusReason, suspended
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import Clinic
from vaxcert.codes.model import Code
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.store import to_item as device_to_item
from vaxcert.grants.items import from_item as grant_from_item
from vaxcert.grants.items import slot_key
from vaxcert.grants.items import to_item as grant_to_item
from vaxcert.grants.model import Grant
from vaxcert.idempotency.model import Answer, KeyReused, RepeatableRequest, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.keys.model import OFFLINE_SERVES
from vaxcert.trail.model import Entry
from vaxcert.trail.store import AccessLogStore
from vaxcert.visits.board import Board
from vaxcert.visits.follow_store import FollowStore
from vaxcert.visits.following import Follows
from vaxcert.visits.handed_in import HandIn, OfflineScans
from vaxcert.visits.items import burned_key
from vaxcert.visits.line import turn_behind
from vaxcert.visits.model import Arrival, Outcome, State, Use, Visit, begun, called, passed
from vaxcert.visits.outcome_store import VisitStore, VisitTables
from vaxcert.visits.outcomes import Report, Visits
from vaxcert.visits.service import Admission, Looked, Sighting
from vaxcert.visits.store import ScanStore
from vaxcert.visits.today import Days

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class House:
    """The ports, what others write into them, and what is there to be seen afterwards."""

    scans: OfflineScans
    visits: Visits
    board: Board
    days: Days
    certificate: Callable[[Certificate], None]
    grant: Callable[[Grant], None]
    device: Callable[[Enrolment], None]
    grant_now: Callable[[Grant], Grant]
    log: Callable[[str], list[Entry]]
    follows: Follows


ROOM = WaitingRoom()
ROOM.grandmother()
CERTIFICATE = ROOM.home.certificates.stored[ROOM.certificate_id]
GRANT = ROOM.home.grants.standing[ROOM.certificate_id, 1]
DEVICE = token_of(an_enrolment(), NOW)
_DRAWN = itertools.count(1)


def a_code(**changed: Any) -> Code:
    values: dict[str, Any] = {
        "certificate_id": ROOM.certificate_id,
        "slot": 0,
        "grant_version": 0,
        "nonce": next(_DRAWN).to_bytes(5),
        "issued_at": NOW,
        "expires_at": NOW + timedelta(seconds=60),
    }
    return Code(**(values | changed))


def a_request(key: str = "", digest: str = "body") -> RepeatableRequest:
    return RepeatableRequest(key or f"request-{next(_DRAWN)}", digest)


def a_ticket(number: int = 1, **changed: Any) -> Visit:
    at = Arrival(CLINIC, Station.TICKET, TODAY, NOW)
    return replace(begun(ROOM.certificate_id, at, number, None), **changed)


def admission(visit: Visit, **changed: Any) -> Admission:
    values: dict[str, Any] = {
        "code": a_code(),
        "scanner": DEVICE,
        "station": Station.TICKET,
        "certificate": CERTIFICATE,
        "grant": None,
        "before": None,
        "visit": visit,
        "remembered": remember(a_request(), Answer(200, "{}"), NOW),
        "now": NOW,
    }
    return Admission(**(values | changed))


def look(house: House, code: Code | None = None, request: RepeatableRequest | None = None) -> Looked:
    return house.scans.look(code or a_code(), "reg-1", request or a_request(), NOW)


class VisitContract:
    def test_everything_is_seen_as_it_stands(self, house: House) -> None:
        house.grant(GRANT)
        found = look(house, a_code(slot=1, grant_version=1))
        assert found == Looked(CERTIFICATE, GRANT, an_enrolment(), None, burned=None, answer=None)

    def test_the_holders_code_looks_at_no_grant(self, house: House) -> None:
        house.grant(GRANT)
        assert look(house).grant is None

    def test_nothing_is_there(self, house: House) -> None:
        code = a_code(certificate_id="c" + "a" * 12 + "c", slot=3)
        found = house.scans.look(code, "unknown", a_request(), NOW)
        assert found == Looked(None, None, None, None, burned=None, answer=None)

    def test_an_accepted_scan_leaves_all_its_traces(self, house: House) -> None:
        house.grant(GRANT)
        step = admission(a_ticket(), grant=GRANT, code=a_code(slot=1, grant_version=1))
        assert house.scans.commit(step, [CHILD.key]) == (CHILD,)
        found = look(house, step.code, step.remembered.request)
        assert found.burned == Use(NOW, Station.TICKET, "reg-1")
        assert found.visit == step.visit
        assert found.answer == step.remembered.answer
        assert [entry.visit for entry in house.board.entries(CLINIC, TODAY)] == [step.visit]
        assert house.grant_now(GRANT).last_used_at == NOW
        (entry,) = house.log(ROOM.certificate_id)
        assert (entry.access, entry.actor, entry.slot, entry.grant_id) == ("scan", "reg-1", 1, GRANT.grant_id)
        assert (entry.clinic_code, entry.station, entry.result, entry.at) == (
            CLINIC,
            "ticket",
            "accepted",
            NOW,
        )

    def test_archives_are_read_beside_it(self, house: House) -> None:
        assert house.scans.archives(["a1:unknown", CHILD.key]) == (CHILD,)
        assert house.scans.archives([]) == ()
        assert house.scans.commit(admission(a_ticket()), []) == ()

    def test_invariant_2_a_code_is_burned_once(self, house: House) -> None:
        code = a_code()
        first = admission(a_ticket(), code=code)
        assert house.scans.commit(first, []) is not None
        second = admission(
            first.visit.moved_to(State.REGISTERING, NOW),
            code=code,
            before=first.visit,
            station=Station.REGISTRATION,
        )
        assert house.scans.commit(second, []) is None
        assert look(house).visit == first.visit
        assert len(house.log(ROOM.certificate_id)) == 1

    @pytest.mark.parametrize(
        "changed",
        [
            {"certificate": replace(CERTIFICATE, version=9)},
            {"certificate": replace(CERTIFICATE, certificate_id="c" + "a" * 12 + "c")},
            {"scanner": replace(DEVICE, version=2)},
            {"scanner": replace(DEVICE, device_id="unknown")},
            {"grant": GRANT},
        ],
        ids=["certificate", "no certificate", "device", "no device", "grant"],
    )
    def test_invariant_3_what_is_not_as_it_was_read_stops_everything(
        self, house: House, changed: dict[str, Any]
    ) -> None:
        step = admission(a_ticket(), **changed)
        assert house.scans.commit(step, [CHILD.key]) is None
        found = look(house, step.code, step.remembered.request)
        assert (found.burned, found.visit, found.answer) == (None, None, None)
        assert house.board.entries(CLINIC, TODAY) == []
        assert house.log(ROOM.certificate_id) == []

    def test_invariant_3_suspending_and_disabling_stop_it(self, house: House) -> None:
        house.certificate(CERTIFICATE.moved_to(suspended(StatusReason.OUT_OF_CARE), NOW))
        assert house.scans.commit(admission(a_ticket()), []) is None
        house.certificate(CERTIFICATE)
        house.device(an_enrolment(enabled=False))
        assert house.scans.commit(admission(a_ticket()), []) is None
        house.device(an_enrolment())
        assert house.scans.commit(admission(a_ticket()), []) == ()

    def test_invariant_3_a_revoked_grant_stops_it(self, house: House) -> None:
        house.grant(GRANT.revoked(NOW))
        step = admission(a_ticket(), grant=GRANT, code=a_code(slot=1, grant_version=1))
        assert house.scans.commit(step, []) is None

    def test_d7_a_slot_granted_anew_since_the_look_stops_it(self, house: House) -> None:
        """Invariant 3: the code is of the grant that was seen, and the slot has become another delegate's."""
        house.grant(replace(GRANT, grant_id="g2", version=2, delegate="v1:another"))
        step = admission(a_ticket(), grant=GRANT, code=a_code(slot=1, grant_version=1))
        assert house.scans.commit(step, []) is None
        assert look(house, step.code, step.remembered.request).burned is None

    def test_a_visit_moves_by_versions(self, house: House) -> None:
        first = a_ticket()
        assert house.scans.commit(admission(first), []) is not None
        assert house.scans.commit(admission(a_ticket(2)), []) is None, "one begins where none stands"
        second = first.moved_to(State.REGISTERING, NOW)
        for before in (replace(first, version=7), None):
            assert house.scans.commit(admission(second, before=before), []) is None
        assert house.scans.commit(admission(second, before=first), []) is not None
        assert house.visits.find(first.visit_id) == second

    def test_a_place_on_the_board_is_taken_once(self, house: House) -> None:
        """Two certificates never hold one ticket."""
        other = replace(CERTIFICATE, certificate_id="c" + "a" * 12 + "c")
        house.certificate(other)
        assert house.scans.commit(admission(a_ticket()), []) is not None
        clash = a_ticket(certificate_id=other.certificate_id)
        assert house.scans.commit(admission(clash, certificate=other), []) is None
        second = a_ticket(2, certificate_id=other.certificate_id, state=State.LEFT)
        assert house.scans.commit(admission(second, certificate=other), []) is not None
        again = replace(clash, version=second.version + 1)
        assert house.scans.commit(admission(again, certificate=other, before=second), []) is None

    def test_an_answer_is_remembered_with_its_body(self, house: House) -> None:
        request = a_request("the-same-key")
        step = admission(a_ticket(), remembered=remember(request, Answer(200, '{"名": 1}'), NOW))
        house.scans.commit(step, [])
        assert look(house, request=request).answer == Answer(200, '{"名": 1}')
        with pytest.raises(KeyReused):
            look(house, request=a_request("the-same-key", "another body"))

    def test_ticket_numbers_count_up_by_clinic_and_day(self, house: House) -> None:
        def number(clinic: str, now: datetime) -> int | None:
            return house.scans.look_and_draw(a_code(), "reg-1", a_request(), now, clinic)[1]

        tomorrow = NOW + timedelta(hours=14)
        assert [number("c1", NOW), number("c1", NOW), number("c2", NOW)] == [1, 2, 1]
        assert [number("c1", tomorrow), number("c1", NOW), number("c2", tomorrow)] == [1, 3, 1]

    def test_invariant_4_a_number_asked_for_again_is_the_same(self, house: House) -> None:
        code, request = a_code(), a_request()
        numbers = [house.scans.look_and_draw(code, "reg-1", request, NOW, "c1")[1] for _ in range(3)]
        assert numbers == [1, 1, 1]

    # Refused scans, and scans handed in (D11)

    def test_d11_a_refused_scan_is_noted_and_burns_nothing(self, house: House) -> None:
        house.grant(GRANT)
        code = a_code(slot=1, grant_version=1)
        house.scans.note(Sighting(code, DEVICE, Station.VACCINATION, GRANT, "wrong_order", NOW), a_request())
        (entry,) = house.log(ROOM.certificate_id)
        assert (entry.access, entry.actor, entry.slot, entry.grant_id, entry.at) == (
            "scan",
            "reg-1",
            1,
            GRANT.grant_id,
            NOW,
        )
        assert (entry.clinic_code, entry.station, entry.result) == (CLINIC, "vaccination", "wrong_order")
        found = look(house, code)
        assert (found.burned, found.visit) == (None, None)
        assert found.grant is not None
        assert found.grant.last_used_at is None

    def test_d11_a_slot_used_again_is_not_blamed_on_its_next_delegate(self, house: House) -> None:
        code = a_code(slot=1, grant_version=7)
        house.scans.note(Sighting(code, DEVICE, Station.TICKET, GRANT, "grant_revoked", NOW), a_request())
        assert [entry.grant_id for entry in house.log(ROOM.certificate_id)] == [None]

    def test_d21_refused_scans_are_counted_by_clinic_day_and_reason_once_a_request(
        self, house: House
    ) -> None:
        def note(reason: str, request: RepeatableRequest, **changed: Any) -> None:
            seen = Sighting(a_code(), DEVICE, Station.VACCINATION, None, reason, NOW)
            house.scans.note(replace(seen, **changed), request)

        assert dict(house.days.refused(CLINIC, TODAY)) == {}
        again = a_request()
        for _ in range(2):
            note("already_used", again)
        note("already_used", a_request())
        note("wrong_order", a_request())
        note("wrong_order", a_request(), scanner=replace(DEVICE, clinic_code="c2"))
        midnight = NOW + timedelta(hours=14)
        note("expired", a_request(), at=midnight)
        assert dict(house.days.refused(CLINIC, TODAY)) == {"already_used": 2, "wrong_order": 1}
        assert dict(house.days.refused("c2", TODAY)) == {"wrong_order": 1}
        assert dict(house.days.refused(CLINIC, TODAY + timedelta(days=1))) == {"expired": 1}

    def handed_in(self, code: Code, at: datetime = NOW - timedelta(hours=2), **changed: Any) -> HandIn:
        seen = Sighting(code, DEVICE, Station.REGISTRATION, None, "recorded", at)
        return HandIn(replace(seen, **changed), remember(a_request(), Answer(200, "{}"), NOW))

    def test_a_scan_handed_in_burns_and_is_logged_at_its_own_time(self, house: House) -> None:
        code = a_code()
        scan = self.handed_in(code)
        assert house.scans.hand_in(scan)
        found = look(house, code, scan.remembered.request)
        assert found.burned == Use(scan.sighting.at, Station.REGISTRATION, "reg-1")
        assert (found.visit, found.answer) == (None, Answer(200, "{}"))
        (entry,) = house.log(ROOM.certificate_id)
        assert (entry.at, entry.result) == (scan.sighting.at, "recorded")
        assert not house.scans.hand_in(self.handed_in(code)), "invariant 2: once"
        assert house.scans.commit(admission(a_ticket(), code=code), []) is None

    def test_invariant_3_a_disabled_device_hands_nothing_in(self, house: House) -> None:
        code = a_code()
        house.device(an_enrolment(enabled=False))
        assert not house.scans.hand_in(self.handed_in(code))
        assert look(house, code).burned is None
        assert house.log(ROOM.certificate_id) == []

    # Outcomes and the board

    def observed(self, house: House) -> tuple[Visit, Visit, Report]:
        vaccinating = a_ticket(state=State.VACCINATING)
        house.scans.commit(admission(vaccinating), [])
        after = replace(
            vaccinating.moved_to(State.OBSERVING, NOW), observed_until=NOW + timedelta(minutes=30)
        )
        return vaccinating, after, Report(Station.VACCINATION, Outcome.VACCINATED, doses=(MMR, JE))

    def test_a_report_moves_the_visit_and_the_board(self, house: House) -> None:
        before, after, report = self.observed(house)
        remembered = remember(a_request("report-key"), Answer(200, "{}"), NOW)
        assert house.visits.report(before, after, report, DEVICE, remembered, NOW)
        assert house.visits.find(before.visit_id) == after
        (entry,) = house.board.entries(CLINIC, TODAY)
        assert (entry.visit, entry.record_id) == (after, CERTIFICATE.record_id)
        assert entry.archive_keys == CERTIFICATE.archive_keys
        assert look(house, request=remembered.request).answer == Answer(200, "{}")

    def test_a_report_stands_on_the_visit_the_device_and_the_request(self, house: House) -> None:
        before, after, report = self.observed(house)

        def send(visit: Visit = before, device: Any = DEVICE, key: str = "") -> bool:
            remembered = remember(a_request(key), Answer(200, "{}"), NOW)
            return house.visits.report(visit, after, report, device, remembered, NOW)

        assert not send(replace(before, version=5))
        assert not send(device=replace(DEVICE, version=2))
        assert house.visits.find(before.visit_id) == before
        assert send(key="report-key")
        assert not send(key="other-key"), "the visit has moved on"

    def queued(self, house: House, count: int) -> list[Visit]:
        """Certificates of their own, each with a ticket, in the order that they were drawn."""
        found = []
        for number in range(1, count + 1):
            other = replace(CERTIFICATE, certificate_id=f"c{number:013d}")
            house.certificate(other)
            visit = a_ticket(number, certificate_id=other.certificate_id)
            assert house.scans.commit(admission(visit, certificate=other), []) is not None
            found.append(visit)
        return found

    def move(self, house: House, before: Visit, after: Visit | None) -> Visit:
        assert after is not None
        remembered = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.move(before, after, DEVICE, remembered)
        return after

    def test_d21_a_call_stands_on_the_visit_and_both_see_it(self, house: House) -> None:
        first, second = self.queued(house, 2)
        after = self.move(house, first, called(first, Station.REGISTRATION, "2号台", NOW))
        again = called(first, Station.REGISTRATION, "3号台", NOW)
        assert again is not None
        assert not house.visits.move(first, again, DEVICE, remember(a_request(), Answer(200, ""), NOW)), (
            "the visit has moved on"
        )
        assert house.visits.find(first.visit_id) == after
        assert after in [entry.visit for entry in house.board.entries(CLINIC, TODAY)]
        assert house.follows.look(first.certificate_id)[1] == after
        assert house.follows.before(second, NOW) == 0, "who is called waits no more"

    def test_d21_who_waits_before_and_behind(self, house: House) -> None:
        line = self.queued(house, 6)
        assert [house.follows.before(visit, NOW) for visit in line] == [0, 1, 2, 3, 4, 5]
        assert list(house.visits.behind(line[1], 3, NOW)) == [one.turn for one in line[2:5]]
        assert list(house.visits.behind(line[5], 4, NOW)) == []
        turn = turn_behind(line[0].turn, house.visits.behind(line[0], 4, NOW))
        moved = self.move(house, line[0], passed(line[0], Station.REGISTRATION, turn))
        assert [house.follows.before(visit, NOW) for visit in (*line[1:4], moved, *line[4:])] == [
            0,
            1,
            2,
            3,
            4,
            5,
        ]

    def test_d21_two_at_one_place_are_in_the_order_of_their_tickets(self, house: House) -> None:
        """Passed over into one gap while the other was called: who has the later ticket is behind, and is counted so."""
        first, second, third = self.queued(house, 3)
        place = third.turn + 1
        one, two = (
            self.move(house, each, passed(each, Station.REGISTRATION, place)) for each in (first, second)
        )
        assert (house.follows.before(one, NOW), house.follows.before(two, NOW)) == (1, 2)
        assert list(house.visits.behind(one, 4, NOW)) == [place]
        assert list(house.visits.behind(two, 4, NOW)) == []

    def test_d21_who_leaves_the_line_and_whose_day_is_over_is_not_counted(self, house: House) -> None:
        first, second, third = self.queued(house, 3)
        gone = first.moved_to(State.LEFT, NOW)
        report = Report(Station.TICKET, Outcome.LEFT)
        remembered = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.report(first, gone, report, DEVICE, remembered, NOW)
        assert house.follows.before(third, NOW) == 1
        assert house.follows.before(third, second.over_at) == 0
        assert list(house.visits.behind(second, 4, second.over_at)) == []

    def test_d21_a_scan_takes_the_ticket_out_of_the_line(self, house: House) -> None:
        first, second = self.queued(house, 2)
        certificate = replace(CERTIFICATE, certificate_id=first.certificate_id)
        step = admission(
            first.moved_to(State.REGISTERING, NOW),
            before=first,
            certificate=certificate,
            station=Station.REGISTRATION,
        )
        assert house.scans.commit(step, []) is not None
        assert house.follows.before(second, NOW) == 0

    def test_d21_what_was_given_is_read_as_it_was_mended(self, house: House) -> None:
        before, after, report = self.observed(house)
        assert house.visits.given(before) == ()
        remembered = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.report(before, after, report, DEVICE, remembered, NOW)
        assert house.visits.given(after) == house.follows.given(after) == (MMR, JE)
        mended = replace(after, version=after.version + 1)
        dose = replace(MMR, batch="B2027", expires_on=date(2027, 1, 31))
        right = replace(report, doses=(dose,), corrects=True)
        again = remember(a_request(), Answer(200, "{}"), NOW)
        assert house.visits.report(after, mended, right, DEVICE, again, NOW)
        assert house.visits.given(mended) == (dose,)

    def test_d21_nobody_follows_what_is_not_there(self, house: House) -> None:
        assert house.follows.look("c" + "a" * 12 + "c") == (None, None)

    def test_a_visit_is_found_by_its_id_alone(self, house: House) -> None:
        house.scans.commit(admission(a_ticket()), [])
        for visit_id in ("", "nothing", f"{CLINIC}-20260701-A002", f"{CLINIC}-20260702-A001"):
            assert house.visits.find(visit_id) is None

    def test_a_visit_that_another_has_replaced_has_ended(self, house: House) -> None:
        first = a_ticket()
        house.scans.commit(admission(first), [])
        tomorrow = NOW + timedelta(days=1)
        at = Arrival(CLINIC, Station.TICKET, shanghai_date(tomorrow), tomorrow)
        second = begun(ROOM.certificate_id, at, 1, first)
        assert house.scans.commit(admission(second, before=first, now=tomorrow), []) is not None
        replaced = house.visits.find(first.visit_id)
        assert replaced is not None
        assert replaced.state is State.ABANDONED
        assert house.visits.find(second.visit_id) == second

    def test_a_board_is_of_one_clinic_and_day(self, house: House) -> None:
        house.scans.look_and_draw(a_code(), "reg-1", a_request(), NOW, CLINIC)  # a counter stands there too
        house.scans.commit(admission(a_ticket()), [])
        assert len(house.board.entries(CLINIC, TODAY)) == 1
        assert house.board.entries("c2", TODAY) == []
        assert house.board.entries(CLINIC, TODAY + timedelta(days=1)) == []


class TestFakeClinic(VisitContract):
    @pytest.fixture
    def house(self) -> House:
        room = WaitingRoom()
        room.home.certificates.stored.clear()
        room.clinic.enrolments.stored = {"reg-1": an_enrolment()}

        def certificate(one: Certificate) -> None:
            room.home.certificates.stored[one.certificate_id] = one

        def grant(one: Grant) -> None:
            room.home.grants.standing[one.certificate_id, one.slot] = one

        def device(one: Enrolment) -> None:
            room.clinic.enrolments.stored[one.device_id] = one

        certificate(CERTIFICATE)
        return House(
            room.clinic,
            room.clinic,
            room.clinic,
            room.clinic,
            certificate,
            grant,
            device,
            lambda one: room.home.grants.standing[one.certificate_id, one.slot],
            lambda one: [entry for _, entry in room.home.log.entries.get(one, [])],
            FakeFollows(room.clinic),
        )


class StoreContract(VisitContract):
    """And what the stores leave in the tables."""

    def test_d21_a_refused_scan_is_one_small_item_that_goes_after_thirty_days(
        self, house: House, database: Database
    ) -> None:
        request = a_request()
        house.scans.note(Sighting(a_code(), DEVICE, Station.TICKET, None, "expired", NOW), request)
        (item,) = query_all(
            database.client,
            TableName=database.tables["VisitsTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"R#{CLINIC}#2026-07-01"}},
        )
        assert item == {
            "pk": {"S": f"R#{CLINIC}#2026-07-01"},
            "sk": {"S": f"expired#{request.key}"},
            "ttl": {"N": "1785427200"},
        }

    def test_d8_a_burned_code_stays_so_for_longer_than_it_may_be_handed_in(
        self, house: House, database: Database
    ) -> None:
        """Invariant 2: TTL takes the mark away, and the code is refused for its time by then (ADR 8)."""
        code = a_code()
        assert house.scans.hand_in(self.handed_in(code))
        (item,) = query_all(
            database.client,
            TableName=database.tables["CodesTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": burned_key(code.cti)["pk"]},
        )
        assert int(item["ttl"]["N"]) > epoch(code.expires_at + OFFLINE_SERVES)

    def test_what_a_station_reported_is_kept(self, house: House, database: Database) -> None:
        before, after, report = self.observed(house)
        house.visits.report(before, after, report, DEVICE, remember(a_request(), Answer(200, "{}"), NOW), NOW)
        (outcome,) = query_all(
            database.client,
            TableName=database.tables["VisitsTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"V#{before.visit_id}"}},
        )
        assert outcome["outcome"] == {"S": "vaccinated"}
        first = outcome["doses"]["L"][0]["M"]
        assert {name: first[name]["S"] for name in GIVEN} == GIVEN
        assert outcome["device_id"] == {"S": "reg-1"}

    @pytest.mark.parametrize(
        ("corrects", "state"),
        [(True, State.OBSERVING), (True, State.NOT_VACCINATED), (False, State.OBSERVING)],
        ids=["mended", "taken back", "another vaccine"],
    )
    def test_d21_what_had_been_reported_is_kept_beside_it(
        self, house: House, database: Database, corrects: bool, state: State
    ) -> None:
        before, after, report = self.observed(house)
        house.visits.report(before, after, report, DEVICE, remember(a_request(), Answer(200, "{}"), NOW), NOW)
        mended = replace(after, version=after.version + 1, state=state)
        right = replace(report, doses=(JE,), corrects=corrects)
        house.visits.report(after, mended, right, DEVICE, remember(a_request(), Answer(200, "{}"), NOW), NOW)
        kept = query_all(
            database.client,
            TableName=database.tables["VisitsTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"V#{before.visit_id}"}},
        )
        found = {item["sk"]["S"]: len(item["doses"]["L"]) for item in kept}
        assert found == {"O#vaccination": 1, f"O#vaccination#{after.version:06d}": 2}


class TestStores(StoreContract):
    @pytest.fixture
    def house(self, database: Database) -> House:
        return house_of(database)

    def test_invariant_3_two_round_trips(self, house: House, database: Database) -> None:
        """What runs side by side is one: the batch beside the number, the transaction beside the archive."""
        calls: list[str] = []
        database.client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count"
        )
        house.scans.look_and_draw(a_code(), "reg-1", a_request(), NOW, CLINIC)
        assert Counter(calls) == {"BatchGetItem": 1, "UpdateItem": 1}
        calls.clear()
        house.scans.commit(admission(a_ticket()), [CHILD.key])
        assert Counter(calls) == {"TransactWriteItems": 1, "BatchGetItem": 1}

    def test_invariant_7_what_is_stored_names_nobody(self, house: House, database: Database) -> None:
        house.scans.commit(admission(a_ticket()), [CHILD.key])
        for table in ("VisitsTable", "CodesTable", "AccessLogTable"):
            scanned = database.client.scan(TableName=database.tables[table])["Items"]
            assert scanned
            assert "周小样" not in str(scanned)

    def test_d21_following_reads_twice_and_counts_over_the_line_alone(
        self, house: House, database: Database
    ) -> None:
        *_, last = self.queued(house, 3)
        calls: list[str] = []
        database.client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count"
        )
        house.follows.look(last.certificate_id)
        house.follows.before(last, NOW)
        assert calls == ["BatchGetItem", "Query"]

    def test_d21_a_ticket_learns_when_the_clinics_day_ends_in_no_round_trip_of_its_own(
        self, house: House, database: Database
    ) -> None:
        week = Clinic(CLINIC, "示范门诊", "320600", (), 7, same_day=True)
        ClinicStore(database.client, database.tables["ClinicsTable"]).save(week, None)
        calls: list[str] = []
        database.client.meta.events.register(
            "before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count"
        )
        looked, _ = house.scans.look_and_draw(a_code(), "reg-1", a_request(), NOW, CLINIC)
        assert looked.clinic == week
        assert Counter(calls) == {"BatchGetItem": 1, "UpdateItem": 1}

    @pytest.mark.emulator
    @pytest.mark.parametrize("database", ["emulator"], indirect=True)
    def test_d21_of_many_desks_one_calls_a_ticket(self, house: House) -> None:
        """Not on moto: its transactions are not atomic."""
        (first,) = self.queued(house, 1)

        def call(number: int) -> bool:
            after = called(first, Station.REGISTRATION, f"{number}号台", NOW)
            assert after is not None
            return house.visits.move(first, after, DEVICE, remember(a_request(), Answer(200, "{}"), NOW))

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(call, range(12))).count(True) == 1

    @pytest.mark.emulator
    @pytest.mark.parametrize("database", ["emulator"], indirect=True)
    def test_races_have_one_winner(self, house: House, database: Database) -> None:
        """Invariant 2: one code, many scanners, one acceptance; and no ticket number twice. Not on moto, as above."""
        code = a_code()
        with ThreadPoolExecutor(8) as pool:
            steps = [admission(a_ticket(number), code=code) for number in range(1, 13)]
            won = list(pool.map(lambda step: house.scans.commit(step, []) is not None, steps))
            numbers = list(
                pool.map(
                    lambda _: house.scans.look_and_draw(a_code(), "reg-1", a_request(), NOW, "c9")[1],
                    range(24),
                )
            )
        assert won.count(True) == 1
        assert sorted(number or 0 for number in numbers) == list(range(1, 25))


def house_of(database: Database) -> House:
    """The real stores, with a certificate, an archive and a device in place."""
    client, tables = database.client, database.tables

    def write(table: str, item: dict[str, Any]) -> None:
        single(client, put(tables[table], item))

    def grant_now(one: Grant) -> Grant:
        key = slot_key(one.certificate_id, one.slot)
        return grant_from_item(client.get_item(TableName=tables["GrantsTable"], Key=key)["Item"])

    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    archives = ArchiveReader(client, tables["ArchivesTable"], tables["KinshipTable"])
    log = AccessLogStore(client, tables["AccessLogTable"], tables["GrantsTable"], lambda n: b"r" * n)
    visits = VisitStore(
        client,
        VisitTables(tables["VisitsTable"], tables["DevicesTable"]),
        answers=answers,
        archives=archives,
    )
    write("CertificatesTable", certificate_to_item(CERTIFICATE))
    write("ArchivesTable", archive_to_item(CHILD))
    write("DevicesTable", device_to_item(an_enrolment()))
    return House(
        scan_store(database),
        visits,
        visits,
        visits,
        lambda one: write("CertificatesTable", certificate_to_item(one)),
        lambda one: write("GrantsTable", grant_to_item(one)),
        lambda one: write("DevicesTable", device_to_item(one)),
        grant_now,
        lambda one: [entry for _, entry in log.latest(one, None, 50)[0]],
        FollowStore(
            client, visits_table=tables["VisitsTable"], certificates_table=tables["CertificatesTable"]
        ),
    )


def scan_store(
    database: Database, random_bytes: Callable[[int], bytes] = lambda count: next(_DRAWN).to_bytes(count)
) -> ScanStore:
    tables = database.tables
    return ScanStore(
        database.client,
        scan_tables(tables),
        answers=AnswerStore(database.client, tables["IdempotencyTable"], SEALER),
        archives=ArchiveReader(database.client, tables["ArchivesTable"], ""),
        random_bytes=random_bytes,
        appointments=Arrivals(tables["AppointmentsTable"]),
        log_kept=timedelta(days=1095),
    )
