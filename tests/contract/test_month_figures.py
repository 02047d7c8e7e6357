"""A month's figures by clinic: counted once a day is over, kept when its visits are gone, and nothing of a person in them (R28, D21)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.count_visits.app import Handler, create
from tests.contract.conftest import Database, session
from tests.contract.test_clinic_day_items import CLINIC
from tests.fakes.clock import FakeClock
from tests.races.stations import WEEK, Stations, given
from vaxcert.appointments.day import DayStore
from vaxcert.aws.console import InvalidEvent
from vaxcert.clinics.items import known_to_item
from vaxcert.clinics.ports import KnownClinic
from vaxcert.clinics.store import ClinicStore
from vaxcert.visits.model import Reason
from vaxcert.visits.month import COUNTABLE, ENDS, MEASURES, Counts, MonthService
from vaxcert.visits.month_file import HEADS
from vaxcert.visits.month_store import MonthStore, figures_of

EVENTS = Path(__file__).parents[2] / "events" / "count_visits"
MONTH = json.loads((EVENTS / "month.json").read_text("utf-8"))
DAY = date(2026, 7, 1)
TOMORROW = datetime(2026, 7, 1, 22, 50, tzinfo=UTC)
KNOWN = KnownClinic(CLINIC, WEEK.name, WEEK.city)
OTHER = KnownClinic("3202000009", "=另一家门诊", "320200")


class Files:
    """Port `Files`: what was written last."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, name: str, content: bytes) -> str:
        self.kept[f"figures/{name}"] = content
        return f"figures/{name}"

    def rows(self, file: str) -> list[dict[str, str]]:
        content = self.kept[file]
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def figures(client: Any, tables: Mapping[str, str], clock: Callable[[], datetime], files: Files) -> Handler:
    months = MonthStore(client, tables["VisitsTable"])
    service = MonthService(
        counted=months,
        bookings=DayStore(client, tables["AppointmentsTable"]),
        clinics=ClinicStore(client, tables["ClinicsTable"]),
        months=months,
        cities={"320600", "320200"},
    )
    return create(service, files, clock)


def tell(client: Any, tables: Mapping[str, str]) -> None:
    for clinic in (KNOWN, OTHER):
        client.put_item(TableName=tables["ClinicsTable"], Item=known_to_item(clinic, DAY))


def a_day(client: Any, tables: Mapping[str, str]) -> Stations:
    """Three families: one done with two doses, one given up, one deferred; a code shown twice; one booked and not come."""
    stations = Stations(client, tables)
    stations.opens()
    tell(client, tables)
    one, two, three, four = map(stations.certificate, (1, 2, 3, 4))
    stations.books(four, 1)
    visits = []
    for number, certificate_id in enumerate((one, two, three), start=1):
        told = stations.scan(stations.code(certificate_id, number), "ticket", f"ticket-{number:04d}")
        visits.append(told.body["visit"]["visit_id"])
    shown = stations.code(one, 11)
    answers = [
        stations.scan(shown, "registration", "scan-0001"),
        stations.scan(shown, "registration", "scan-again"),
        stations.report(visits[0], {"station": "registration", "outcome": "fit"}, "fit-0001"),
        stations.scan(stations.code(one, 12), "vaccination", "scan-0002"),
        stations.report(visits[0], given(2), "given-0001"),
        stations.report(visits[1], {"station": "ticket", "outcome": "left"}, "left-0001"),
        stations.scan(stations.code(three, 31), "registration", "scan-0003"),
        stations.report(
            visits[2], {"station": "registration", "outcome": "deferred", "reason": "fever"}, "deferred-1"
        ),
    ]
    assert [told.status for told in answers] == [200] * len(answers)
    stations.clock.advance(minutes=31)
    assert stations.scan(stations.code(one, 13), "observation", "scan-0004").status == 200
    return stations


COUNTED = {
    "tickets": 3,
    "done": 1,
    "deferred": 1,
    "left": 1,
    "scans": 3 + 3 + 1,
    "refused_already_used": 1,
    "booked": 1,
    "no_shows": 1,
    "doses": 2,
}
"""Scans: three tickets; registration, vaccination and leaving of the first; registration of the third."""


def test_d21_a_day_that_is_over_is_counted_and_added_up_by_month(database: Database) -> None:
    a_day(database.client, database.tables)
    clock, files = FakeClock(TOMORROW), Files()
    run = figures(database.client, database.tables, clock, files)
    counted = run({}, None)["counted"]
    assert len(counted) == COUNTABLE.days
    assert counted[-1] == "2026-07-01"
    assert run({}, None) == {"counted": []}
    months = MonthStore(database.client, database.tables["VisitsTable"])
    assert months.counts(DAY) == [(DAY, Counts(CLINIC, WEEK.name, COUNTED))]
    told = run(MONTH, None)
    assert (told["clinics"], told["days"], told["missing"]) == (1, 1, [])
    (row,) = files.rows(told["file"])
    assert {measure: row[HEADS[measure]] for measure in MEASURES} == {
        measure: str(COUNTED.get(measure, 0)) for measure in MEASURES
    }
    assert (row["月份"], row["已统计天数"], row["接种单位编码"]) == ("2026年07月", "1", CLINIC)


def test_d21_whoever_asks_for_a_month_is_told_of_all_days_that_are_over(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the daily run has not come by yet; what was counted then is told in its line."""
    tell(database.client, database.tables)
    run = figures(database.client, database.tables, FakeClock(TOMORROW), Files())
    assert (run(MONTH, None)["days"], run({}, None)) == (1, {"counted": []})
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line == {"service": "count_visits", "counted": []}


def test_what_is_kept_has_no_end_and_nothing_of_a_person_invariant_7(database: Database) -> None:
    a_day(database.client, database.tables)
    figures(database.client, database.tables, FakeClock(TOMORROW), Files())({}, None)
    found = database.client.query(
        TableName=database.tables["VisitsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "F#2026-07"}},
    )["Items"]
    assert [item["sk"]["S"] for item in found] == ["#01", f"{CLINIC}#01"]
    assert {name for item in found for name in item} == {"pk", "sk", "clinic_name", "counts"}
    assert found[1]["counts"]["M"] == {name: {"N": str(count)} for name, count in COUNTED.items()}


def test_the_month_outlives_its_visits_and_days_of_months_are_added(database: Database) -> None:
    """A visit goes after thirty days: the day's counts do not."""
    months = MonthStore(database.client, database.tables["VisitsTable"])
    for number in (1, 31):
        months.keep(date(2026, 7, number), [Counts(OTHER.clinic_code, OTHER.name, {"tickets": number})])
    months.keep(date(2026, 8, 1), [Counts(OTHER.clinic_code, OTHER.name, {"tickets": 500})])
    files = Files()
    run = figures(database.client, database.tables, FakeClock(datetime(2026, 12, 1, tzinfo=UTC)), files)
    told = run(MONTH, None)
    assert (told["days"], len(told["missing"])) == (2, 29)
    (row,) = files.rows(told["file"])
    assert (row["取号"], row["接种单位"], row["已统计天数"]) == ("32", "'=另一家门诊", "2")


def test_a_months_file_is_found_where_the_answer_says() -> None:
    with mock_aws():
        s3 = session().create_client(
            "s3", region_name="cn-north-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        s3.create_bucket(Bucket="feeds", CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
        key = figures_of({"FEED_BUCKET": "feeds"}, s3).put("2026-07/one.csv", "月份".encode())
        found = s3.get_object(Bucket="feeds", Key=key)
        assert (key, found["Body"].read().decode()) == ("figures/2026-07/one.csv", "月份")
        assert found["ContentType"] == "text/csv; charset=utf-8"


def test_who_and_why_and_which_month_are_said(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    run = figures(database.client, database.tables, FakeClock(TOMORROW), Files())
    for wrong in (
        {"month": "2026-13"},
        {"month": "July"},
        {"month": None},
        {"officer": None},
        {"reason": "x"},
    ):
        with pytest.raises(InvalidEvent, match=next(iter(wrong))):
            run(MONTH | wrong, None)
    with pytest.raises(InvalidEvent, match="not begun"):
        run(MONTH | {"month": "2026-08"}, None)
    capsys.readouterr()
    run(MONTH, None)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["service"], line["message"], line["result"]) == ("count_visits", "operator", "done")
    assert (line["officer"], line["reason"], line["month"]) == ("officer-7", MONTH["reason"], "2026-07")


def test_every_measure_has_its_head_and_every_end_and_refusal_is_a_measure() -> None:
    assert set(HEADS) == set(MEASURES)
    assert len(set(HEADS.values())) == len(MEASURES)
    assert {str(state) for state in ENDS} <= set(MEASURES)
    unread = {Reason.MALFORMED, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE}
    assert {f"refused_{reason}" for reason in set(Reason) - unread} <= set(MEASURES)
