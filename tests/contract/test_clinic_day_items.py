"""What a clinic's day leaves in the visits table, item for item, and how it is read (D21, invariants 5 and 7)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database, asked_of
from tests.fakes.people import SEALER
from tests.races.stations import Stations, given
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clock import SHANGHAI, epoch
from vaxcert.claims.model import Certificate
from vaxcert.devices.model import Station
from vaxcert.idempotency.store import AnswerStore
from vaxcert.visits.day_reader import DayReader
from vaxcert.visits.follow_store import FollowStore
from vaxcert.visits.items import from_item
from vaxcert.visits.line import own_turn
from vaxcert.visits.model import State, Visit
from vaxcert.visits.outcome_store import VisitStore, VisitTables

CLINIC, DAY = "3206000001", "2026-07-01"
AT = 1782871200
"""2026-07-01 10:00 in Shanghai, when everything happens."""
ENDS = epoch(datetime(2026, 7, 1, 13, 30, tzinfo=SHANGHAI))
KEPT = {"N": str(epoch(datetime(2026, 7, 31, tzinfo=SHANGHAI)))}
"""Thirty days from the beginning of the day."""


class Day:
    """Two families: one is vaccinated and what was given is mended, the other is passed over."""

    def __init__(self, database: Database) -> None:
        self.client, self.tables = database.client, database.tables
        self.stations = stations = Stations(database.client, database.tables)
        stations.opens()
        self.ids = [stations.certificate(number) for number in (1, 2)]
        self.visits = []
        for number, one in enumerate(self.ids):
            told = stations.scan(stations.code(one, number), "ticket", f"ticket-{number:04d}")
            self.visits.append(told.body["visit"]["visit_id"])
        self.code = stations.code(self.ids[0], 10)

    def finished(self) -> Day:
        """The first is under observation, its report mended; the second was called and passed over."""
        first, second = self.visits
        stations = self.stations
        answers = [
            stations.call(first, "registration", "call-0001", "1号台"),
            stations.scan(self.code, "registration", "scan-0001"),
            stations.report(first, {"station": "registration", "outcome": "fit"}, "fit-0001"),
            stations.scan(stations.code(self.ids[0], 11), "vaccination", "scan-0002"),
            stations.report(first, given(2), "given-0001"),
            stations.report(first, given(1, "B202607") | {"corrects": True}, "given-0002"),
            stations.call(second, "registration", "call-0002", "2号台"),
            stations.report(second, {"station": "registration", "outcome": "passed"}, "passed-01"),
        ]
        assert [told.status for told in answers] == [200] * len(answers)
        return self

    def items(self, pk: str) -> dict[str, dict[str, Any]]:
        """A partition of the visits table, by its sort keys."""
        found = self.client.query(
            TableName=self.tables["VisitsTable"],
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )["Items"]
        return {item.pop("sk")["S"]: item for item in found if item.pop("pk")}

    def stores(self) -> tuple[VisitStore, FollowStore]:
        tables = self.tables
        visits = VisitStore(
            self.client,
            VisitTables(tables["VisitsTable"], tables["DevicesTable"], tables["CertificatesTable"]),
            answers=AnswerStore(self.client, tables["IdempotencyTable"], SEALER),
            archives=ArchiveReader(self.client, tables["ArchivesTable"], tables["KinshipTable"]),
        )
        follows = FollowStore(
            self.client, visits_table=tables["VisitsTable"], certificates_table=tables["CertificatesTable"]
        )
        return visits, follows


@pytest.fixture
def day(database: Database) -> Day:
    return Day(database)


def test_d21_the_counter_holds_the_last_ticket_and_goes_after_thirty_days(day: Day) -> None:
    counter = day.items(f"Q#{CLINIC}#{DAY}")["COUNTER"]
    assert (counter["number"], counter["ttl"]) == ({"N": "2"}, KEPT)
    assert set(counter) == {"number", "last_token", "ttl"}


def test_d21_a_line_holds_who_waits_and_nothing_of_whom(day: Day) -> None:
    line = f"L#{CLINIC}#{DAY}#registration"
    first, second = own_turn(None, 1), own_turn(None, 2)
    held = {"over_at": {"N": str(ENDS)}, "ttl": KEPT}
    assert day.items(line) == {
        f"{first:022d}#A001": {"place": {"N": str(first)}, **held},
        f"{second:022d}#A002": {"place": {"N": str(second)}, **held},
    }
    day.finished()
    assert day.items(line) == {f"{second:022d}#A002": {"place": {"N": str(second)}, **held}}
    assert day.items(f"L#{CLINIC}#{DAY}#vaccination") == {}


def test_d21_the_visit_and_its_place_on_the_board_say_the_same(day: Day) -> None:
    day.finished()
    (visit,) = day.items(f"C#{day.ids[0]}").values()
    place = day.items(f"Q#{CLINIC}#{DAY}")["A001"]
    assert {
        name: value for name, value in place.items() if name not in {"record_id", "archive_keys"}
    } == visit
    assert visit == {
        "certificate_id": {"S": day.ids[0]},
        "visit_id": {"S": day.visits[0]},
        "clinic_code": {"S": CLINIC},
        "clinic_name": {"S": "示范门诊"},
        "day": {"S": DAY},
        "number": {"N": "1"},
        "state": {"S": "observing"},
        "version": {"N": "7"},
        "changed_at": {"N": str(AT)},
        "waited": {"N": "0"},
        "scans": {"N": "3"},
        "observed_until": {"N": str(AT + 1800)},
        "ends_at": {"N": str(ENDS)},
        "ttl": KEPT,
    }
    waiting = day.items(f"Q#{CLINIC}#{DAY}")["A002"]
    assert {"called_at", "desk"}.isdisjoint(waiting), "who was passed over is called no more"
    assert waiting["place"] == {"N": str(own_turn(None, 2))}


def test_d21_what_was_given_stands_as_mended_and_what_it_was_beside_it(day: Day) -> None:
    day.finished()
    reports = day.items(f"V#{day.visits[0]}")
    assert set(reports) == {"O#registration", "O#vaccination", "O#vaccination#000006"}
    assert reports["O#vaccination"] == {
        "outcome": {"S": "vaccinated"},
        "device_id": {"S": "reg-1"},
        "at": {"S": "2026-07-01T10:00:00+08:00"},
        "version": {"N": "7"},
        "doses": {
            "L": [
                {
                    "M": {
                        "vaccine_code": {"S": "1201"},
                        "batch": {"S": "B202607"},
                        "trace_code": {"S": "81000000000000000000"},
                        "site": {"S": "left_arm"},
                    }
                }
            ]
        },
        "ttl": KEPT,
    }
    assert len(reports["O#vaccination#000006"]["doses"]["L"]) == 2
    assert all(item["ttl"] == KEPT for item in reports.values())


def test_d21_every_read_is_as_fresh_as_it_has_to_be(day: Day) -> None:
    """What a decision stands on is read as it is written; what is asked for again in a few seconds may be late."""
    visits, follows = day.stores()
    visit = visits.find(day.visits[0])
    assert isinstance(visit, Visit)
    visits_table = day.tables["VisitsTable"]

    def reads(asked: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, bool]]:
        return [
            (
                name,
                all(one["ConsistentRead"] for one in params["RequestItems"].values())
                if name == "BatchGetItem"
                else params.get("ConsistentRead", False),
            )
            for name, params in asked
        ]

    now = day.stations.clock()
    with asked_of(day.client) as asked:
        visits.find(day.visits[0])
        visits.enrolment("reg-1")
        visits.given(visit)
        visits.behind(visit, 4, now)
        follows.look(day.ids[0])
        follows.given(visit)
    fresh = ["GetItem", "GetItem", "GetItem", "GetItem", "Query", "BatchGetItem", "GetItem"]
    assert reads(asked) == [(name, True) for name in fresh]
    with asked_of(day.client) as asked:
        visits.entries(CLINIC, visit.day)
        visits.certificates(day.ids)
        follows.before(visit, now)
        DayReader(day.client, visits_table).doses([visit])
    assert reads(asked) == [
        ("Query", False),
        ("BatchGetItem", False),
        ("Query", False),
        ("BatchGetItem", False),
    ]
    assert {params.get("TableName", visits_table) for _, params in asked} == {visits_table}


def test_d21_certificates_are_found_by_the_hundred_and_each_once(day: Day) -> None:
    visits, _ = day.stores()
    ids = [*day.ids, "c" + "a" * 12 + "c", day.ids[0]]
    found = {one.certificate_id: one for one in visits.certificates(ids)}
    assert set(found) == set(day.ids)
    assert all(isinstance(one, Certificate) for one in found.values())
    assert list(visits.certificates([])) == []
    assert len(visits.certificates([*(f"c{number:013d}" for number in range(250)), *day.ids])) == 2


def test_a_ticket_that_version_0_2_0_drew_goes_on(day: Day) -> None:
    """Both serve while a deployment moves step by step; that one had no calls, no clinic's day, no count of scans."""
    item = day.items(f"C#{day.ids[0]}")["V"]
    for name in ("waited", "scans", "clinic_name", "clinic_phone", "ends_at"):
        item.pop(name, None)
    visit = from_item(item)
    assert (visit.waited, visit.scans, visit.clinic_name, visit.clinic_phone) == (0, 1, "", None)
    later = day.stations.clock() + timedelta(seconds=90)
    assert visit.moved_to(State.REGISTERING, later).waited == 90


def test_d21_a_visit_ends_with_the_clinics_day_by_what_is_stored(day: Day) -> None:
    """Invariant 5: the item of the line is still there, and counts no more."""
    visits, follows = day.stores()
    second = visits.find(day.visits[1])
    assert second is not None
    assert follows.before(second, day.stations.clock()) == 1
    assert second.over_at == datetime.combine(second.day, time(13, 30), SHANGHAI)
    assert follows.before(second, second.over_at - timedelta(seconds=1)) == 1
    assert follows.before(second, second.over_at) == 0
    assert str(Station.REGISTRATION) == second.station
