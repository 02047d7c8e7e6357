"""One person is erased before their time, and what must stay is told (PIPL 47, D22): on moto and on the emulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.erase_person.app import create
from tests.contract.conftest import Database, asked_of
from tests.contract.test_appointments_store import an_appointment
from tests.contract.test_certificates_store import certificate
from tests.contract.test_grants_store import AUNT, a_grant
from tests.fakes.events import EVENTS
from tests.fakes.people import BLINDER, FATHER, GRANDMOTHER, MOTHER, MOTHER_NO
from vaxcert.appointments import items as appointment_items
from vaxcert.appointments.ending import given_up
from vaxcert.appointments.seat_store import SeatStore
from vaxcert.aws.console import Handler, InvalidEvent
from vaxcert.aws.dynamodb import Item, put, single, transact
from vaxcert.claims.erasing import HolderEraser
from vaxcert.claims.items import CertificateOps, from_item
from vaxcert.claims.model import CAME_OF_AGE, RELEASED, Actor, Agreement, Standing
from vaxcert.claims.store import CertificateReader
from vaxcert.grants.erasing import GrantEnder
from vaxcert.grants.items import GrantOps
from vaxcert.grants.store import GrantReader
from vaxcert.identity.store import SessionStore
from vaxcert.operators.erasing import ErasingPerson, Steps
from vaxcert.reminders import items as reminder_items
from vaxcert.reminders.model import Follower, new_follow
from vaxcert.reminders.store import FollowerEraser
from vaxcert.reports.cases import UnknownCase
from vaxcert.reports.erasing import CaseEraser
from vaxcert.reports.model import Contact, Kind, Report, Status
from vaxcert.reports.store import OpenReportStore, keys_of, report_key
from vaxcert.reports.store import to_item as report_to_item

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
KEPT = timedelta(days=1095)
CASE = "20260701-0A1B2C"
BY = {"officer": "officer-7", "reason": "Asked at the counter, identified by the card"}
NUMBER = BY | {"id_no": MOTHER_NO}
LIVE, OLD, AGED, OTHERS = "claaaaaaaaaaaa", "coaaaaaaaaaaaa", "cdaaaaaaaaaaaa", "cfaaaaaaaaaaaa"


def a_report(certificate_id: str, number: int, status: Status = Status.RECEIVED) -> Report:
    return Report(
        report_id=f"r{number}",
        case_number=CASE if number == 1 else f"20260701-{number:06d}",
        certificate_id=certificate_id,
        kind=Kind.OTHER,
        dose_id=None,
        about=None,
        status=status,
        received_at=NOW + timedelta(seconds=number),
        changed_at=NOW,
        contact=Contact("3206000001", None, None, None),
        birth_date=date(2020, 1, 1),
        text=b"sealed text",
        person=b"sealed person",
    )


def follower(subject: str, certificate_id: str) -> Follower:
    agreement = Agreement("2026-07-01", ("reminders",), NOW, "app", "face")
    return Follower(subject).with_follow(new_follow(certificate_id, f"m-{certificate_id}", None, agreement))


def a_home(client: Any, tables: Mapping[str, str]) -> None:
    """A mother with a live, a released and a closed certificate, lent another by a father; and that father's own things."""
    certificates, grants = CertificateOps(tables["CertificatesTable"]), GrantOps(tables["GrantsTable"])
    held = {
        one: certificate(one, holder=holder, record_id=f"r-{one}", name=b"sealed", name_key="n1:name")
        for one, holder in ((LIVE, MOTHER), (OLD, MOTHER), (AGED, MOTHER), (OTHERS, FATHER))
    }
    for made in held.values():
        transact(client, certificates.made(made, None))
    for one, standing in ((OLD, RELEASED), (AGED, CAME_OF_AGE)):
        transact(client, certificates.changed(held[one], held[one].moved_to(standing, NOW), Actor.HOLDER))
    for number, (where, who) in enumerate(
        ((LIVE, AUNT), (OLD, GRANDMOTHER), (OTHERS, MOTHER), (OTHERS, AUNT)), 1
    ):
        transact(client, grants.made(a_grant(f"g{number}", who, number, certificate_id=where), None))
    for number, where in enumerate((LIVE, OLD, OTHERS), 1):
        report = a_report(where, number)
        place = {"report_pk": report_key(report)["pk"], "report_sk": report_key(report)["sk"]}
        single(client, put(tables["ReportsTable"], report_to_item(report)))
        for key in keys_of(report)[1:]:
            single(client, put(tables["ReportsTable"], key | place))
    for number, where in enumerate((LIVE, OTHERS), 1):
        booked = an_appointment(f"a{number}", where, seat=number)
        for item in (appointment_items.to_item(booked), appointment_items.to_seat_item(booked)):
            single(client, put(tables["AppointmentsTable"], item))
    for who, what in ((MOTHER, LIVE), (FATHER, OTHERS)):
        single(client, put(tables["RemindersTable"], reminder_items.to_item(follower(who, what))))


def erasing(client: Any, tables: Mapping[str, str]) -> Handler:
    """The function over its stores."""
    seats = SeatStore(client, tables["AppointmentsTable"])
    service = ErasingPerson(
        people=BLINDER,
        cases=OpenReportStore(client, tables["ReportsTable"]).find,
        holder=CertificateReader(client, tables["CertificatesTable"]).get,
        claimed=HolderEraser(client, tables["CertificatesTable"], adult_age=18),
        lent=GrantReader(client, tables["GrantsTable"]),
        ends=GrantEnder(client, tables["GrantsTable"]),
        sessions=SessionStore(client, tables["SessionsTable"]),
        steps=Steps(
            appointments=lambda certificate_id, now: given_up(seats, certificate_id, now),
            reports=CaseEraser(client, tables["ReportsTable"]).remove,
            reminders=FollowerEraser(client, tables["RemindersTable"]).forget,
        ),
        session_lasts=timedelta(days=1),
        adult_age=18,
    )
    return create(service, lambda: NOW, KEPT.days, 180)


ERASED = {
    "certificates": 3,
    "emptied": 3,
    "grants": 2,
    "delegations": 1,
    "reports": 2,
    "reminders": 1,
    "appointments": 1,
}


def left(items: dict[str, list[Item]]) -> None:
    """What must hold of all tables once the mother is erased."""
    assert [item["certificate_id"]["S"] for item in items["GrantsTable"] if "name" in item] == [OTHERS]
    assert not any(item["pk"]["S"] == f"D#{MOTHER}" for item in items["GrantsTable"])
    whole = {
        item["certificate_id"]["S"]: item for item in items["CertificatesTable"] if item["sk"]["S"] == "C"
    }
    for one, status in ((LIVE, "released"), (OLD, "released"), (AGED, "closed")):
        assert (whole[one]["status"]["S"], "name" in whole[one]) == (status, False)
    assert "name" in whole[OTHERS]
    assert "ttl" not in whole[OTHERS]
    lists = [
        item["pk"]["S"]
        for item in items["CertificatesTable"]
        if item["pk"]["S"].startswith(("H#", "O#", "P#"))
    ]
    assert sorted(lists) == sorted([f"H#{FATHER}", f"P#r-{OTHERS}"])
    assert {item["pk"]["S"] for item in items["ReportsTable"]} == {f"C#{OTHERS}", "OPEN", "N#20260701-000003"}
    assert [item["sk"]["S"] for item in items["RemindersTable"]] == [FATHER]
    booked = {
        item["certificate_id"]["S"] for item in items["AppointmentsTable"] if item["pk"]["S"].startswith("S#")
    }
    assert booked == {OTHERS}
    assert [item["pk"]["S"] for item in items["SessionsTable"]] == [f"E#{MOTHER}"]


def everything(database: Database) -> dict[str, list[Item]]:
    return {name: database.client.scan(TableName=table)["Items"] for name, table in database.tables.items()}


def test_d22_a_person_is_erased_and_nobody_else(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    a_home(database.client, database.tables)
    run = erasing(database.client, database.tables)
    before = everything(database)
    looked = run(NUMBER, None)
    assert looked["found"] == {"live": 1, "certificates": 3, "delegations": 1}
    assert everything(database) == before
    capsys.readouterr()
    told = run(NUMBER | {"erase": True}, None)
    assert told["erased"] == ERASED
    left(everything(database))
    # Its trace: who, why and how much, and nothing of the person (invariant 7).
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["officer"], line["reason"], line["erased"]) == (
        "operator",
        "officer-7",
        BY["reason"],
        ERASED,
    )
    assert not any(one in json.dumps([line, told]) for one in (MOTHER_NO, MOTHER, LIVE, CASE))
    changed = [
        item for item in everything(database)["CertificatesTable"] if item.get("by", {}) == {"S": "operator"}
    ]
    assert [item["pk"]["S"] for item in changed] == [f"C#{LIVE}"]
    # Again: there is nothing left to do.
    again = run(NUMBER | {"erase": True}, None)["erased"]
    assert again == dict.fromkeys(ERASED, 0) | {"certificates": 3}
    left(everything(database))


def test_d22_what_was_claimed_a_moment_ago_is_found_too(database: Database) -> None:
    """A read that is late would leave it as it is, and nobody would come back."""
    eraser = HolderEraser(database.client, database.tables["CertificatesTable"], adult_age=18)
    with asked_of(database.client) as asked:
        assert list(eraser.claimed_by(MOTHER)) == []
    assert [(name, scan["ConsistentRead"]) for name, scan in asked] == [("Scan", True)]


def test_d22_each_certificate_is_looked_through_for_reports_once(database: Database) -> None:
    a_home(database.client, database.tables)
    run = erasing(database.client, database.tables)
    with asked_of(database.client) as asked:
        run(NUMBER | {"erase": True}, None)
    queries = [
        told["ExpressionAttributeValues"][":pk"]["S"]
        for name, told in asked
        if (name, told.get("TableName")) == ("Query", database.tables["ReportsTable"])
    ]
    assert sorted(queries) == sorted(f"C#{one}" for one in (LIVE, OLD, AGED))


def test_d22_by_the_case_it_is_who_holds_the_certificate(database: Database) -> None:
    a_home(database.client, database.tables)
    run = erasing(database.client, database.tables)
    event = json.loads((EVENTS / "erase_person" / "erase_by_case.json").read_text("utf-8"))
    assert run(event, None)["erased"] == ERASED
    left(everything(database))
    with pytest.raises(UnknownCase):
        run(event, None)


@pytest.mark.parametrize("broken_at", [2, 4])
def test_d22_what_was_broken_off_is_gone_on_with_by_the_same_case(
    database: Database, broken_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case that the person is found by goes last of all."""
    a_home(database.client, database.tables)
    event = json.loads((EVENTS / "erase_person" / "erase_by_case.json").read_text("utf-8"))
    remove, calls = CaseEraser.remove, list[str]()

    def breaks(self: CaseEraser, certificate_id: str, but: str | None) -> int:
        calls.append(certificate_id)
        if len(calls) == broken_at:
            raise ConnectionError
        return remove(self, certificate_id, but)

    monkeypatch.setattr(CaseEraser, "remove", breaks)
    run = erasing(database.client, database.tables)
    with pytest.raises(ConnectionError):
        run(event, None)
    run(event, None)
    left(everything(database))


def test_d22_what_stays_is_told_with_its_time_and_why(database: Database) -> None:
    told = erasing(database.client, database.tables)(NUMBER, None)
    assert told["found"] == {"live": 0, "certificates": 0, "delegations": 0}
    days = [one["days"] for one in told["stays"]]
    assert days == [None, KEPT.days, 30, 90, 180, 35, 1]
    assert all(one["what"] and one["why"] for one in told["stays"])


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"officer": None}, "officer"),
        ({"reason": None}, "reason"),
        ({"reason": f"about {MOTHER_NO} herself"}, "reason"),
        ({"id_no": "320600199203080221"}, "check"),
        ({"id_no": "3206"}, "id_no"),
        ({"erase": "yes"}, "erase"),
    ],
)
def test_a_slip_is_answered_with_words_and_erases_nothing(changed: dict[str, Any], wrong: str) -> None:
    handler = create(ErasingPerson(people=BLINDER, **dict.fromkeys(_OTHERS)), lambda: NOW, 1, 1)  # type: ignore[arg-type]
    words = "compare its 18 characters" if wrong == "check" else wrong
    with pytest.raises(InvalidEvent, match=words):
        handler(NUMBER | {"erase": True} | changed, None)


_OTHERS = ("cases", "holder", "claimed", "lent", "ends", "sessions", "steps", "session_lasts", "adult_age")


def test_d22_a_certificate_that_is_gone_already_is_not_emptied_again(database: Database) -> None:
    """Its time may be over between the look and the write."""
    gone = replace(
        certificate("c-gone", holder=MOTHER, record_id="r-gone", name=b"sealed"), standing=RELEASED
    )
    eraser = HolderEraser(database.client, database.tables["CertificatesTable"], adult_age=18)
    assert eraser.released(gone, NOW) == gone
    assert eraser.emptied(gone) is False


@pytest.mark.parametrize("standing", [RELEASED, CAME_OF_AGE])
def test_d22_a_certificate_that_is_over_is_left_as_it_ended(database: Database, standing: Standing) -> None:
    """Erased again, or after its night: it was not the operator who ended it."""
    table = database.tables["CertificatesTable"]
    made, ops = certificate(), CertificateOps(table)
    over = made.moved_to(standing, NOW)
    transact(database.client, ops.made(made, None))
    transact(database.client, ops.changed(made, over, Actor.HOLDER))
    before = database.client.scan(TableName=table)["Items"]
    assert HolderEraser(database.client, table, adult_age=18).released(made, NOW + timedelta(days=1)) == over
    assert database.client.scan(TableName=table)["Items"] == before


def test_d6_d22_what_age_alone_has_ended_is_no_live_one_and_closes_as_such(database: Database) -> None:
    """On the 18th birthday, before the daily erasing has come by."""
    made = certificate(LIVE, holder=MOTHER, name=b"sealed", name_key="n1:name", birth_date=date(2008, 7, 1))
    transact(database.client, CertificateOps(database.tables["CertificatesTable"]).made(made, None))
    run = erasing(database.client, database.tables)
    assert run(NUMBER, None)["found"] == {"live": 0, "certificates": 1, "delegations": 0}
    run(NUMBER | {"erase": True}, None)
    items = everything(database)["CertificatesTable"]
    (whole,) = [item for item in items if item["sk"]["S"] == "C"]
    assert from_item(whole).standing == CAME_OF_AGE
    assert "name" not in whole
    assert not [item for item in items if item["pk"]["S"].startswith(("H#", "O#", "P#"))]
