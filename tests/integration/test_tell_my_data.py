"""`tell_my_data` through its events: everything about the caller, and of others no number and no phone (D7, D22)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.tell_my_data.app import create
from tests.fakes.booking_desk import FIRST
from tests.fakes.documents import FakeDocuments
from tests.fakes.events import event, send
from tests.fakes.household import CONSENT, RULES
from tests.fakes.people import GRANDMOTHER, GRANDMOTHER_NO, SEALER
from tests.fakes.reminder_desk import OFFER, ReminderDesk
from tests.fakes.reports import FakeReports
from vaxcert.appointments.model import Status as AppointmentStatus
from vaxcert.aws.clock import epoch
from vaxcert.claims.views import Views
from vaxcert.documents.model import Document, Kind, document_id_of
from vaxcert.grants.personal import DelegateData
from vaxcert.my_data.service import MOST, MyDataService
from vaxcert.reports.model import Contact, Report, Status
from vaxcert.reports.model import Kind as ReportKind
from vaxcert.reports.personal import ReportData


class Desk:
    """The handler over a household that has claimed its child's certificate."""

    def __init__(self) -> None:
        self.reminded = ReminderDesk()
        self.booking = self.reminded.booking
        self.home = home = self.booking.home
        self.certificate_id = self.booking.certificate_id
        self.reports = FakeReports(home.sessions, home.answers)
        self.documents = FakeDocuments(home.sessions, home.answers, home.log)
        service = MyDataService(
            certificates=home.certificates,
            register=home.register,
            grants=home.grants,
            appointments=self.booking.bookings,
            reports=self.reports,
            documents=self.documents,
            followers=self.reminded.followers,
            sign_outs=home.sessions,
            views=Views(SEALER, RULES),
            delegate_data=DelegateData(SEALER),
            report_data=ReportData(SEALER),
            adult_age=18,
        )
        self.handler = create(service, home.clock)

    def issued(self, place: int, kind: Kind) -> None:
        """A paper of the certificate, its day's number `place`."""
        self.documents.places[self.certificate_id, f"D#2026-07-01#{place:04d}"] = Document(
            document_id=document_id_of(bytes([place]) * 16),
            certificate_id=self.certificate_id,
            kind=kind,
            language="zh-en",
            issued_at=self.home.clock(),
            as_of=date(2026, 6, 30),
            content={"A#1": "v"},
            speaks="A#1",
            kid="k",
            signature=b"s",
        )

    def send(self, name: str = "my_data") -> Any:
        asked = event("tell_my_data", name)
        asked["requestContext"]["authorizer"]["exp"] = str(epoch(self.home.clock()) + 60)
        status, body, _ = send(self.handler, asked)
        assert status == 200
        return body


def test_d22_a_claimant_reads_all_that_hangs_on_the_certificate() -> None:
    desk = Desk()
    desk.booking.grandmother()
    desk.booking.book(FIRST)
    body = desk.send()
    (certificate,) = body["certificates"]
    assert certificate["certificate_id"] == desk.certificate_id
    assert certificate["consent"]["version"] == CONSENT.version
    assert certificate["consent"]["purposes"] == [str(purpose) for purpose in CONSENT.purposes]
    (grant,) = body["grants_given"]
    assert (grant["name"], grant["phone"]) == ("沈测试", "138****0000")
    assert [one["status"] for one in body["appointments"]] == ["booked"]
    assert (body["reports"], body["documents"], body["sessions"]) == ([], [], [])
    assert (body["grants_received"], body["complete"]) == ([], True)
    assert GRANDMOTHER_NO[6:14] not in json.dumps(body)


def test_d7_a_delegate_reads_what_was_written_about_them_and_nothing_of_the_certificate() -> None:
    desk = Desk()
    grant_id = desk.booking.grandmother()
    body = desk.send("my_data_of_delegate")
    assert body["certificates"] == body["grants_given"] == body["appointments"] == []
    (received,) = body["grants_received"]
    assert (received["grant_id"], received["certificate_id"]) == (grant_id, desk.certificate_id)
    desk.home.granting.leave(desk.home.citizen(GRANDMOTHER), desk.certificate_id, desk.home.clock())
    assert desk.send("my_data_of_delegate")["grants_received"] == []
    assert not {"name", "id_no", "phone"} & set(desk.send()["grants_given"][0])


@pytest.mark.parametrize("end", ["released", "of_age"])
def test_d5_d6_d22_a_grant_has_ended_with_its_certificate_on_both_sides(end: str) -> None:
    """Before anybody has written it into the grant."""
    desk = Desk()
    grant_id = desk.booking.grandmother()
    if end == "of_age":
        desk.home.clock.now = datetime(2038, 4, 30, 16, tzinfo=UTC)
    else:
        desk.home.claims.release(desk.home.citizen(), desk.certificate_id, desk.home.clock())
    given, received = (
        desk.send(name)[side]
        for name, side in (("my_data", "grants_given"), ("my_data_of_delegate", "grants_received"))
    )
    for grant in (*given, *received):
        assert (grant["grant_id"], grant["status"]) == (grant_id, "revoked")
        assert not {"name", "id_no", "phone"} & set(grant)
    assert (len(given), len(received)) == (1, 1)


def test_d22_a_released_certificate_is_told_with_all_that_hangs_on_it_as_long_as_it_is_kept() -> None:
    """It stands on no list, so that nobody could ask for what is held of it: consent, papers, reports, appointments, whom it was lent to."""
    desk = Desk()
    desk.booking.grandmother()
    desk.booking.book(FIRST)
    desk.issued(0, Kind.RECORD)
    desk.home.claims.release(desk.home.citizen(), desk.certificate_id, desk.home.clock())
    body = desk.send()
    (certificate,) = body["certificates"]
    assert (certificate["certificate_id"], certificate["status"]) == (desk.certificate_id, "released")
    assert certificate["consent"]["version"] == CONSENT.version
    # As it was kept: what the archives say of the person by now is not the certificate's to tell any more (D16).
    assert "*" in certificate["name"]
    assert "id_no" not in certificate
    for kind in ("grants_given", "appointments", "documents"):
        assert [one["certificate_id"] for one in body[kind]] == [desk.certificate_id]
    again = desk.home.claim(certificate["record_id"], key="claim-again-0001")
    assert {(one["certificate_id"], one["status"]) for one in desk.send()["certificates"]} == {
        (desk.certificate_id, "released"),
        (again, "active"),
    }
    assert desk.send("my_data_of_delegate")["certificates"] == []


def test_d22_papers_are_told_as_the_register_keeps_them_newest_first() -> None:
    desk = Desk()
    desk.issued(0, Kind.RECORD)
    desk.issued(1, Kind.SCHOOL_ENTRY)
    newest, oldest = desk.send()["documents"]
    assert newest == {
        "certificate_id": desk.certificate_id,
        "document_id": document_id_of(b"\1" * 16),
        "kind": "school_entry",
        "language": "zh-en",
        "issued_at": "2026-07-01T10:00:00+08:00",
        "as_of": "2026-06-30",
    }
    assert oldest["kind"] == "record"
    assert desk.send("my_data_of_delegate")["documents"] == []


def _papers(desk: Desk, count: int) -> None:
    for place in range(count):
        desk.issued(place, Kind.RECORD)


def _reports(desk: Desk, count: int) -> None:
    data, now = ReportData(SEALER), desk.home.clock()
    for number in range(count):
        report_id = f"p{number:03d}"
        text, person = data.sealed(desk.certificate_id, report_id, text="请核实", person="陈**")
        desk.reports.stored[report_id] = Report(
            report_id=report_id,
            case_number=f"20260701-{number:06d}",
            certificate_id=desk.certificate_id,
            kind=ReportKind.OTHER,
            dose_id=None,
            about=None,
            status=Status.RECEIVED,
            received_at=now,
            changed_at=now,
            contact=Contact("3206000001", None),
            birth_date=date(2020, 5, 1),
            text=text,
            person=person,
        )


def _appointments(desk: Desk, count: int) -> None:
    desk.booking.book(FIRST)
    booked = desk.booking.bookings.open.pop(desk.certificate_id)
    ended = booked.ended(AppointmentStatus.CANCELLED, desk.home.clock())
    for number in range(count):
        one = replace(ended, appointment_id=f"a{number:024x}")
        desk.booking.bookings.ended[one.appointment_id] = one


def _grants(desk: Desk, count: int) -> None:
    desk.booking.grandmother()
    ((place, grant),) = desk.home.grants.standing.items()
    del desk.home.grants.standing[place]
    over = grant.revoked(desk.home.clock())
    desk.home.grants.over = [replace(over, grant_id=f"g{number:024x}") for number in range(count)]


@pytest.mark.parametrize(
    ("list_of", "filled"),
    [
        ("documents", _papers),
        ("reports", _reports),
        ("appointments", _appointments),
        ("grants_given", _grants),
    ],
)
def test_d22_what_is_more_than_a_copy_holds_is_said_of_each_list(
    list_of: str, filled: Callable[[Desk, int], None]
) -> None:
    """Up to the hundredth a copy has all of it and says so; with one more it has as many, and says that there are others."""
    assert MOST == 100
    for count, complete in ((MOST, True), (MOST + 1, False)):
        desk = Desk()
        filled(desk, count)
        body = desk.send()
        assert (len(body[list_of]), body["complete"]) == (MOST, complete)


def test_d22_all_that_is_kept_of_sessions_is_when_they_were_ended() -> None:
    desk = Desk()
    caller = desk.home.citizen()
    desk.home.sessions.sign_out_everywhere(caller.subject, desk.home.clock(), desk.home.clock())
    assert desk.send()["sessions"] == [{"signed_out_until": "2026-07-01T10:00:00+08:00"}]


def test_d22_reminders_are_told_with_their_consent_and_of_doses_the_day_alone() -> None:
    desk = Desk()
    assert desk.send()["reminders"] == []
    reminder_id = desk.reminded.switch_on()
    desk.reminded.run()
    assert desk.send()["reminders"] == [
        {
            "certificate_id": desk.certificate_id,
            "reminder_id": reminder_id,
            "on": True,
            "consent": {
                "version": OFFER.consent.version,
                "purposes": ["reminders"],
                "agreed_at": "2026-07-01T10:00:00+08:00",
                "channel": "app",
                "method": "face",
            },
            "doses_told_on": "2026-07-01",
        }
    ]
    desk.reminded.switch_off()
    (reminder,) = desk.send()["reminders"]
    assert (reminder["on"], reminder["switched_off_at"]) == (False, "2026-07-01T10:00:00+08:00")
    assert desk.send("my_data_of_delegate")["reminders"] == []
