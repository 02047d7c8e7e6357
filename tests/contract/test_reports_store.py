"""Reports in DynamoDB, on moto and on the emulator: kept once, listed newest first, moved on from where they were read (R34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import Database
from tests.fakes.people import SEALER, a_session
from vaxcert.aws.dynamodb import S, put, single
from vaxcert.idempotency.model import Answer, Remembered, remember, repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reports.erasing import CaseEraser
from vaxcert.reports.model import Contact, Kind, Report, Status
from vaxcert.reports.store import ClinicDirectory, OpenReportStore, ReportStore, keys_of, to_item

NOW = datetime.fromisoformat("2026-07-01T10:00:00.123456+08:00")
SESSION = a_session()
REPORT = Report(
    report_id="p01",
    case_number="20260701-AAAAAA",
    certificate_id="c1",
    kind=Kind.WRONG_DOSE,
    dose_id="D1",
    about="00",
    status=Status.RECEIVED,
    received_at=NOW,
    changed_at=NOW.replace(microsecond=0),
    contact=Contact("3206000001", "示范门诊", None, "0513-00000000"),
    birth_date=date(2020, 5, 1),
    text=b"sealed",
    person=b"sealed too",
    archive_no=b"sealed as well",
    call_back=b"and this",
)


@dataclass
class World:
    """Both sides of the table."""

    client: Any
    tables: Mapping[str, str]
    reports: ReportStore
    open: OpenReportStore

    def add(self, report: Report, key: str | None = None, session: Session = SESSION) -> Commit:
        remembered = a_remembered(key or f"key-{report.report_id}")
        return self.reports.add(report, session=session, remembered=remembered)


def a_remembered(key: str) -> Remembered:
    return remember(repeatable("v1:a", "POST /reports", f"{key:0<8}", "{}"), Answer(201, "{}"), NOW)


@pytest.fixture
def world(database: Database) -> World:
    client, tables = database.client, database.tables
    answers = AnswerStore(client, tables["IdempotencyTable"], SEALER)
    return World(
        client,
        tables,
        ReportStore(
            client,
            tables["ReportsTable"],
            sessions_table=tables["SessionsTable"],
            remembering=answers.op,
        ),
        OpenReportStore(client, tables["ReportsTable"]),
    )


def numbered(number: int, **fields: Any) -> Report:
    return replace(
        REPORT,
        report_id=f"p{number:02d}",
        case_number=f"20260701-AAAA{number:02d}",
        received_at=NOW + timedelta(seconds=number),
        **fields,
    )


def test_r34_a_report_comes_back_whole(world: World) -> None:
    # The second is also what reports of before the archive number was kept look like.
    bare = numbered(
        2,
        dose_id=None,
        about=None,
        contact=Contact("3206000001", None),
        archive_no=None,
        call_back=None,
    )
    for report in (REPORT, bare):
        assert world.add(report) is Commit.DONE
    assert [report for _, report in world.reports.latest("c1", None, 5)[0]] == [bare, REPORT]
    assert list(world.open.open()) == [bare, REPORT]  # by case number


def test_invariant_4_what_was_answered_already_is_not_kept_twice(world: World) -> None:
    assert world.add(REPORT) is Commit.DONE
    assert world.add(numbered(2), key="key-p01") is Commit.STALE
    assert len(list(world.open.open())) == 1


def test_a_case_number_is_given_once(world: World) -> None:
    world.add(REPORT)
    assert world.add(replace(numbered(2), case_number=REPORT.case_number)) is Commit.STALE


def test_who_signed_out_reports_nothing(world: World) -> None:
    world.client.put_item(TableName=world.tables["SessionsTable"], Item={"pk": S("S#s-9")})
    assert world.add(REPORT, session=a_session("s-9")) is Commit.SIGNED_OUT
    assert world.reports.latest("c1", None, 5) == ([], False)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_newest_first_page_after_page(world: World, count: int) -> None:
    made = [numbered(number) for number in range(count)]
    for report in made:
        world.add(report)
    world.add(numbered(9, certificate_id="c2"))
    seen: list[Report] = []
    position, more = None, True
    while more:
        found, more = world.reports.latest("c1", position, 2)
        seen += [report for _, report in found]
        position = found[-1][0] if found else None
    assert seen == made[::-1]


@pytest.mark.parametrize("end", [Status.CORRECTED, Status.CLOSED])
def test_what_is_over_is_not_open_any_more(world: World, end: Status) -> None:
    world.add(REPORT)
    assert world.open.move(REPORT, Status.FORWARDED, NOW)
    forwarded = replace(REPORT, status=Status.FORWARDED)
    assert world.open.find(REPORT.case_number) == forwarded
    assert list(world.open.open()) == [forwarded], "the night still follows it"
    assert world.open.move(forwarded, end, NOW)
    assert list(world.open.open()) == []
    ((_, listed),), _ = world.reports.latest("c1", None, 5)
    assert listed.status is end
    assert world.open.find(REPORT.case_number) == listed
    assert world.open.find("20260701-ZZZZZZ") is None


def test_r34_a_case_is_closed_with_words_for_the_family_and_its_number_stays_taken(world: World) -> None:
    world.add(REPORT)
    assert world.open.move(REPORT, Status.CLOSED, NOW, b"sealed reply")
    ((_, listed),), _ = world.reports.latest("c1", None, 5)
    assert (listed.status, listed.reply) == (Status.CLOSED, b"sealed reply")
    assert not world.open.move(REPORT, Status.CLOSED, NOW, b"another")
    assert world.add(replace(numbered(3), case_number=REPORT.case_number)) is Commit.STALE


def test_who_read_an_earlier_state_moves_nothing(world: World) -> None:
    world.add(REPORT)
    world.open.move(REPORT, Status.CLOSED, NOW)
    assert not world.open.move(REPORT, Status.FORWARDED, NOW)
    assert not world.open.move(REPORT, Status.CORRECTED, NOW)


def test_more_than_a_hundred_are_all_read(world: World) -> None:
    for number in range(100, 205):
        world.add(numbered(number))
    assert len(list(world.open.open())) == 105


def test_d22_the_reports_of_a_certificate_are_removed_but_for_one_case_and_page_after_page(
    world: World,
) -> None:
    """With their case numbers and their places among the open ones; nobody else's."""
    eraser, table = CaseEraser(world.client, world.tables["ReportsTable"]), world.tables["ReportsTable"]
    others = numbered(60, certificate_id="c2")
    for report in (*map(numbered, range(52)), others):
        for item in (to_item(report), *keys_of(report)[1:]):
            single(world.client, put(table, item))
    besides = numbered(7)
    assert eraser.remove("c1", besides.case_number) == 51
    assert [report for _, report in world.reports.latest("c1", None, 5)[0]] == [besides]
    assert eraser.remove("c1") == 1
    assert eraser.remove("c1") == 0
    left = world.client.scan(TableName=table)["Items"]
    assert {(item["pk"]["S"], item["sk"]["S"]) for item in left} == {
        (key["pk"]["S"], key["sk"]["S"]) for key in keys_of(others)
    }


def test_a_clinic_says_its_address_and_phone(world: World) -> None:
    directory = ClinicDirectory(world.client, world.tables["ClinicsTable"])
    assert directory.find("3206000001") is None
    item = {"pk": S("CLINICS"), "sk": S("3206000001"), "name": S("示范门诊"), "phone": S("0513-00000000")}
    world.client.put_item(TableName=world.tables["ClinicsTable"], Item=item)
    assert directory.find("3206000001") == Contact("3206000001", "示范门诊", None, "0513-00000000")
