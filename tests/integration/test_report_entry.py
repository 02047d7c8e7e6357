"""Reports through the events of their functions: received, announced, forwarded, corrected or closed (R34, R35, R37, R38)."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from functions.announce_reports.app import create as announce
from functions.export_reports.app import create as export
from functions.find_report.app import create as find_report
from functions.follow_reports.app import create as follow
from functions.report_entry.app import create, describe
from tests.fakes.events import EVENTS, event, faults, send
from tests.fakes.household import HOTLINE, RULES, Household
from tests.fakes.people import (
    BLINDER,
    GRANDMOTHER,
    MOTHER,
    MOTHER_NO,
    NAMES,
    SEALER,
    an_archive,
    dose,
    guardian,
    id_no,
)
from tests.fakes.reports import FakeDirectory, FakeExports, FakeReports
from vaxcert.archives.model import Archive, ArchiveStatus, System
from vaxcert.aws.console import InvalidEvent
from vaxcert.claims.model import Actor, StatusReason, suspended
from vaxcert.claims.views import Views
from vaxcert.http.api import Handler
from vaxcert.reports.cases import CaseService, UnknownCase
from vaxcert.reports.export import ExportService
from vaxcert.reports.following import FollowService
from vaxcert.reports.model import MOST_OPEN, Contact, Status, person_digest_of_before
from vaxcert.reports.personal import ReportData
from vaxcert.reports.service import ReportService

FIRST = dose(date(2020, 5, 2), dose_id="D1", clinic_name="接种门诊甲")
CHILD = an_archive(
    doses=(FIRST, dose(date(2020, 6, 2), dose_id="D2", origin="other_province", clinic_code="外省"))
)


class Context:
    """A Lambda context with time left."""

    def __init__(self, seconds: float = 300) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class Desk:
    """The functions over a household that has claimed its child's certificate."""

    def __init__(self, *archives: Archive, rabies_shown: bool = False) -> None:
        archives = archives or (CHILD,)
        self.home = home = Household(*archives)
        self.store = FakeReports(home.sessions, home.answers)
        self.directory, self.files = FakeDirectory(), FakeExports()
        drawn = itertools.count(1)
        self.data = ReportData(SEALER)
        service = ReportService(
            certificates=home.certificates,
            register=home.register,
            directory=self.directory,
            reports=self.store,
            answers=home.answers,
            views=Views(SEALER, RULES),
            data=self.data,
            rights=home.rights,
            rabies_shown=rabies_shown,
            hotline=HOTLINE,
            random_bytes=lambda count: next(drawn).to_bytes(count),
        )
        self.handler: Handler = create(service, home.clock)
        self.following = FollowService(self.store, home.certificates, home.register)
        self.certificate_id = home.claim(archives[0].record_id)
        self._keys = itertools.count(1)

    def send(self, name: str = "report", **changed: Any) -> tuple[int, Any]:
        certificate_id = changed.pop("certificate_id", self.certificate_id)
        subject = changed.pop("subject", None)
        if not name.startswith("list"):
            changed.setdefault("key", f"key-{next(self._keys):08d}")
        sent = event("report_entry", name, path={"certificate_id": certificate_id}, **changed)
        if subject is not None:
            name_key = BLINDER.name(NAMES[subject])
            sent["requestContext"]["authorizer"] |= {
                "subject": subject,
                "principalId": subject,
                "name_key": name_key,
            }
        status, body, _ = send(self.handler, sent)
        return status, body

    def follow(self, sent: dict[str, Any] | None = None, seconds: float = 300) -> dict[str, Any]:
        return follow(self.following, self.home.clock)(sent or {"action": "follow"}, Context(seconds))

    def export(self) -> int:
        service = ExportService(self.store, self.files, self.data)
        return export(service, self.home.clock)({}, None)["forwarded"]

    def case(self, name: str, **changed: Any) -> dict[str, Any]:
        """An operator's event, by its file."""
        sent = json.loads((EVENTS / "find_report" / f"{name}.json").read_text("utf-8"))
        return find_report(CaseService(self.store, self.data), self.home.clock)(sent | changed, None)

    def rows(self) -> list[dict[str, str]]:
        """What stands in the only daily file."""
        (content,) = self.files.values()
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    def statuses(self) -> list[str]:
        return [report["status"] for report in self.send("list")[1]["reports"]]


def test_r34_r35_a_report_answers_the_case_the_clinic_and_the_hotline() -> None:
    desk = Desk()
    desk.directory["3206000001"] = Contact("3206000001", "甲", "示范路1号", "0513-00000000")
    status, body = desk.send()
    assert status == 201
    assert re.fullmatch(r"20260701-[0-9A-Z]{6}", body.pop("case_number"))
    assert re.fullmatch(r"p[0-9a-f]{24}", body.pop("report_id"))
    assert body == {
        "kind": "wrong_dose",
        "dose_id": "D1",
        "text": "第二针的批号写错了。",
        "status": "received",
        "status_title": "已收到",
        "received_at": "2026-07-01T10:00:00+08:00",
        "changed_at": "2026-07-01T10:00:00+08:00",
        "clinic": {
            "clinic_code": "3206000001",
            "name": "接种门诊甲",
            "address": "示范路1号",
            "phone": "0513-00000000",
        },
        "hotline": HOTLINE,
    }


def test_r37_a_dose_of_another_province_is_corrected_by_who_keeps_the_archive() -> None:
    body = Desk().send(body={"kind": "wrong_dose", "dose_id": "D2", "text": "x"})[1]
    assert body["clinic"]["clinic_code"] == CHILD.clinic.code
    assert "phone" not in body["clinic"]


def test_r37_r43_the_contact_is_who_keeps_the_archive_and_no_dog_bite_clinic() -> None:
    """The rabies archive is of the same person and comes first by its key."""
    desk = Desk()
    rabies = an_archive("9", system=System.RABIES)
    rabies = replace(rabies, clinic=replace(rabies.clinic, code="3206009999"))
    desk.home.register.store(rabies)
    held = desk.home.certificates.stored[desk.certificate_id]
    desk.home.certificates.stored[desk.certificate_id] = replace(
        held, archive_keys=(rabies.key, *held.archive_keys)
    )
    body = desk.send(body={"kind": "missing_dose", "text": "x"})[1]
    assert body["clinic"]["clinic_code"] == CHILD.clinic.code


def test_r9_a_dose_of_an_archive_that_became_somebody_elses_cannot_be_named() -> None:
    desk = Desk()
    desk.home.register.store(replace(CHILD, version=2, record_id="r-somebody-else"))
    status, body = desk.send()
    assert (status, faults(body)) == (422, [{"pointer": "/dose_id", "code": "unknown"}])


def test_invariant_4_the_same_request_again_gets_the_same_answer() -> None:
    desk = Desk()
    first, again = (desk.send(key="key-again-1") for _ in range(2))
    assert first == again
    assert len(desk.store.stored) == 1
    status, body = desk.send("report_missing_dose", key="key-again-1")
    assert (status, body["code"]) == (422, "idempotency_key_reused")


def test_without_a_key_nothing_is_reported() -> None:
    desk = Desk()
    status, body = desk.send(key="short")
    assert (status, body["code"], desk.store.stored) == (400, "idempotency_key_missing", {})


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "wrong_dose", "dose_id": "D9", "text": "x"}, "/dose_id", "unknown"),
        ({"kind": "wrong_dose", "dose_id": "", "text": "x"}, "/dose_id", "too_short"),
        ({"kind": "wrong_dose", "dose_id": "D" * 65, "text": "x"}, "/dose_id", "too_long"),
        ({"kind": "wrong_dose", "dose_id": 1, "text": "x"}, "/dose_id", "wrong_type"),
        ({"kind": "rude", "text": "x"}, "/kind", "invalid"),
        ({"text": "x"}, "/kind", "required"),
        ({"kind": "other"}, "/text", "required"),
        ({"kind": "other", "text": ""}, "/text", "too_short"),
        ({"kind": "other", "text": " \n"}, "/text", "required"),
        ({"kind": "other", "text": "长" * 1001}, "/text", "too_long"),
        ({"kind": "other", "text": "a\x07b"}, "/text", "control_character"),
        ({"kind": "other", "text": "x", "status": "closed"}, "/status", "unknown_field"),
    ],
)
def test_what_cannot_be_taken_is_told_by_its_field(body: dict[str, Any], pointer: str, code: str) -> None:
    desk = Desk()
    status, problem = desk.send(body=body)
    assert (status, faults(problem)) == (422, [{"pointer": pointer, "code": code}])
    assert desk.store.stored == {}


def test_half_a_surrogate_pair_is_refused_and_breaks_nothing() -> None:
    status, problem = Desk().send(body='{"kind":"other","text":"a\\ud800b"}')
    assert (status, problem["code"]) == (400, "malformed_request")


def test_r35_a_letter_that_this_python_does_not_know_yet_is_taken() -> None:
    status, body = Desk().send(body={"kind": "wrong_person", "text": "姓名应为\U000323b0\U0001fadd"})
    assert (status, body["text"]) == (201, "姓名应为\U000323b0\U0001fadd")


def test_a_text_is_kept_as_typed_and_sealed_at_rest() -> None:
    desk = Desk(an_archive("20201234567", phone="13900000001"))
    text = "=1+1\r\n\t“批号”，应为 B2 👶"
    desk.send(body={"kind": "other", "text": text})
    assert desk.send("list")[1]["reports"][0]["text"] == text
    (stored,) = desk.store.stored.values()
    assert text.encode() not in stored.text
    assert "周".encode() not in stored.person
    assert b"20201234567" not in (stored.archive_no or b"20201234567")
    assert b"13900000001" not in (stored.call_back or b"13900000001")


def test_d7_only_the_holder_reports_and_reads_what_nobody_was_authorised_for() -> None:
    desk = Desk()
    for who in (MOTHER, GRANDMOTHER):
        assert desk.send(subject=who)[0] == 404
        assert desk.send("list", subject=who)[0] == 404
    assert desk.send(certificate_id="cnoneaaaaaaaaa")[0] == 404
    desk.home.claims.release(desk.home.citizen(), desk.certificate_id, desk.home.clock())
    assert (desk.send()[0], desk.send("list")[0], desk.store.stored) == (404, 404, {})


def test_d7_a_delegate_reads_the_reports_and_files_none() -> None:
    desk = Desk()
    desk.home.authorize(desk.certificate_id)
    assert desk.send()[0] == 201
    assert desk.send("list", subject=GRANDMOTHER) == desk.send("list")
    assert desk.send(subject=GRANDMOTHER, key="a-delegates-report")[0] == 404
    assert len(desk.store.stored) == 1


def test_d16_who_holds_a_suspended_certificate_is_told_why_and_sees_what_was_reported() -> None:
    desk = Desk()
    assert desk.send()[0] == 201
    before = desk.home.certificates.stored[desk.certificate_id]
    after = before.moved_to(suspended(StatusReason.OUT_OF_CARE), desk.home.clock())
    desk.home.certificates.apply(before, after, Actor.NIGHT)
    status, body = desk.send()
    assert (status, body["code"], body["status_reason"]) == (409, "certificate_suspended", "out_of_care")
    assert body["notice"]["code"] == "suspended_out_of_care"
    assert HOTLINE in body["notice"]["next_step"]
    assert len(desk.statuses()) == 1
    assert desk.send(subject=MOTHER)[0] == 404


def test_d16_who_is_named_no_longer_reports_nothing_before_the_night_has_written_it() -> None:
    desk = Desk()
    desk.home.register.store(replace(CHILD, guardians=(guardian(MOTHER_NO, "mother"),), version=2))
    status, body = desk.send()
    assert (status, body["code"], body["status_reason"]) == (409, "certificate_suspended", "guardian_removed")
    assert desk.store.stored == {}


def test_r37_of_whom_no_archive_is_left_nobody_could_correct_an_entry() -> None:
    desk = Desk()
    desk.home.register.stored.clear()
    status, body = desk.send(body={"kind": "other", "text": "记录不见了。"})
    assert (status, body["code"]) == (404, "not_found")
    assert desk.store.stored == {}


def test_a_session_that_was_signed_out_reports_nothing() -> None:
    desk = Desk()
    desk.home.sessions.sign_out("00112233445566778899aabbccddeeff", desk.home.clock())
    assert desk.send()[0] == 401


def test_open_reports_of_a_certificate_are_bounded() -> None:
    desk = Desk()
    for _ in range(MOST_OPEN):
        assert desk.send("report_missing_dose")[0] == 201
        desk.home.clock.advance(seconds=1)
    status, body = desk.send()
    assert (status, body["code"]) == (409, "report_limit_reached")


def test_invariant_4_the_last_open_report_sent_twice_at_once_is_one_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin is done between our look for an answer and our look at what is open: that it is too much is its own doing."""
    desk, twins = Desk(), []
    for _ in range(MOST_OPEN - 1):
        desk.send("report_missing_dose")
        desk.home.clock.advance(seconds=1)
    latest = desk.store.latest

    def after_the_twin(certificate_id: str, before: str | None, limit: int) -> Any:
        monkeypatch.undo()
        twins.append(desk.send(key="key-of-both"))
        return latest(certificate_id, before, limit)

    monkeypatch.setattr(desk.store, "latest", after_the_twin)
    assert desk.send(key="key-of-both") == twins[0]
    assert twins[0][0] == 201
    assert desk.send()[0] == 409


def test_r34_what_was_answered_leaves_no_more_room_than_the_bound() -> None:
    """Open reports count wherever they stand among those that are over."""
    desk = Desk()
    for _ in range(MOST_OPEN):
        desk.send("report_missing_dose")
        desk.home.clock.advance(seconds=1)
    newest = max(desk.store.stored.values(), key=lambda report: report.received_at)
    desk.store.move(newest, Status.CLOSED, desk.home.clock())
    assert desk.send("report_missing_dose")[0] == 201
    desk.home.clock.advance(seconds=1)
    assert desk.send("report_missing_dose")[0] == 409
    assert sum(report.status.open for report in desk.store.stored.values()) == MOST_OPEN


def test_reports_are_leafed_through_and_foreign_cursors_are_refused() -> None:
    desk = Desk()
    for _ in range(3):
        desk.send()
        desk.home.clock.advance(seconds=1)
    _, first = desk.send("list", query={"limit": "2"})
    _, second = desk.send("list", query={"limit": "2", "cursor": first["next_cursor"]})
    assert (len(first["reports"]), len(second["reports"]), second["next_cursor"]) == (2, 1, None)
    for cursor in ("x", first["next_cursor"][:-2], "AAAA.UiM", first["next_cursor"] + "é"):
        assert desk.send("list", query={"cursor": cursor})[0] == 400


def test_r34_the_daily_file_forwards_each_report_once() -> None:
    desk = Desk()
    desk.send(body={"kind": "wrong_dose", "dose_id": "D1", "text": "=1+1"})
    desk.home.clock.advance(seconds=1)
    desk.send("report_missing_dose")
    assert (desk.export(), desk.export()) == (2, 0)
    assert desk.statuses() == ["forwarded", "forwarded"]
    (name,) = desk.files
    assert name == "2026-07-01/100001-000000.csv"
    rows = desk.rows()
    assert {row["text"] for row in rows} == {"'=1+1", "去年在外省接种的一针没有显示。"}
    assert {(row["person"], row["birth_date"], row["clinic_code"]) for row in rows} == {
        ("周**", "2020-05-01", "3206000001")
    }


def test_r34_r37_twins_reported_on_one_day_are_told_apart_and_can_be_called_back() -> None:
    """One clinic, one day of birth, one masked name, one text."""
    twins = [
        an_archive(
            f"32060001012020000{place}",
            number=id_no(date(2020, 5, 1), place),
            name=f"周样{place}",
            phone="013900000001",
            doses=(FIRST,),
        )
        for place in (1, 2)
    ]
    desk = Desk(*twins)
    for certificate_id in (desk.certificate_id, desk.home.claim(twins[1].record_id)):
        assert desk.send(certificate_id=certificate_id)[0] == 201
    assert desk.export() == 2
    rows = desk.rows()
    assert [row["person"] for row in rows] == ["周**", "周**"]
    # With an apostrophe, since a spreadsheet would make one and the same number of both.
    assert {row["archive_no"] for row in rows} == {"'320600010120200001", "'320600010120200002"}
    assert {row["phone"] for row in rows} == {"'013900000001"}


def test_the_archive_to_look_into_is_the_one_that_the_dose_stands_in() -> None:
    born = dose(date(2020, 5, 1), dose_id="D9")
    other = an_archive("obstetrics-1", system=System.OBSTETRICS, phone="13900000002")
    adult = an_archive("adult-1", system=System.ADULT, doses=(born,))
    desk = Desk(CHILD, adult, other)
    desk.send(body={"kind": "wrong_dose", "dose_id": "D9", "text": "x"})
    desk.home.clock.advance(seconds=1)
    desk.send(body={"kind": "missing_dose", "text": "y"})
    desk.export()
    # The phone is another archive's of the same person where this one has none.
    assert {(row["text"], row["archive_no"], row["phone"]) for row in desk.rows()} == {
        ("x", "adult-1", "13900000002"),
        ("y", "1", "13900000002"),
    }


@pytest.mark.parametrize("shown", [False, True])
def test_r43_a_rabies_archive_gives_no_number_and_no_phone_unless_it_is_shown(shown: bool) -> None:
    rabies = an_archive("9", system=System.RABIES, guardians=(), phone="13900000003")
    desk = Desk(CHILD, rabies, rabies_shown=shown)
    desk.send("report_missing_dose")
    desk.export()
    (row,) = desk.rows()
    assert (row["archive_no"], row["phone"]) == ("1", "13900000003" if shown else "")


def test_what_was_reported_before_archive_numbers_were_kept_is_exported_without_them() -> None:
    desk = Desk()
    desk.send()
    for report_id, stored in desk.store.stored.items():
        desk.store.stored[report_id] = replace(stored, archive_no=None, call_back=None)
    assert desk.export() == 1
    (row,) = desk.rows()
    assert (row["archive_no"], row["phone"], row["person"]) == ("", "", "周**")


def test_an_archive_of_before_its_number_was_kept_can_be_reported() -> None:
    desk = Desk(replace(CHILD, sealed=replace(CHILD.sealed, archive_no=None)))
    assert desk.send()[0] == 201
    assert desk.export() == 1
    assert desk.rows()[0]["archive_no"] == ""


def test_r38_a_report_is_corrected_by_the_feed_that_changes_its_entry() -> None:
    desk = Desk()
    desk.send()
    assert desk.follow() == {"open": 1, "corrected": 0, "unread": 0}
    corrected = tuple(replace(one, batch="B2") if one == FIRST else one for one in CHILD.doses)
    desk.home.register.store(replace(CHILD, doses=corrected, version=2))
    assert desk.follow() == {"open": 1, "corrected": 1, "unread": 0}
    assert desk.follow() == {"open": 0, "corrected": 0, "unread": 0}
    assert desk.statuses() == ["corrected"]


@pytest.mark.parametrize("status", [ArchiveStatus.VOID, ArchiveStatus.MERGED])
@pytest.mark.parametrize("name", ["report", "report_missing_dose", "report_wrong_person"])
def test_r38_an_archive_that_stands_no_more_answers_nothing(name: str, status: ArchiveStatus) -> None:
    """It may come back as it was: a family would have read 已更正 for good, with the wrong entry still there."""
    desk = Desk()
    assert desk.send(**_of(name))[0] == 201
    desk.home.register.store(replace(CHILD, status=status, version=2))
    assert desk.follow()["corrected"] == 0
    desk.home.register.store(replace(CHILD, version=3))
    assert desk.follow() == {"open": 1, "corrected": 0, "unread": 0}
    desk.home.register.store(replace(CHILD, doses=(), name_key=BLINDER.name("另一个名字"), version=4))
    assert desk.follow()["corrected"] == 1


def test_r38_an_archive_that_is_somebody_elses_by_now_answers_nothing() -> None:
    """Its number was corrected: until the certificate has followed, and for good where it cannot, nothing of its person stands."""
    desk = Desk()
    desk.send()
    desk.home.register.store(replace(CHILD, record_id="r-of-somebody-else", version=2))
    assert desk.follow()["corrected"] == 0


def test_r38_a_wrong_person_that_was_reported_before_is_compared_as_it_was_then() -> None:
    desk = Desk()
    desk.send(**_of("report_wrong_person"))
    ((place, report),) = desk.store.stored.items()
    desk.store.stored[place] = replace(report, about=person_digest_of_before([CHILD]))
    assert desk.follow()["corrected"] == 0
    desk.home.register.store(replace(CHILD, name_key=BLINDER.name("另一个名字"), version=2))
    assert desk.follow()["corrected"] == 1


def _of(name: str) -> dict[str, Any]:
    """The event of that name, or a form of it that has none."""
    if name != "report_wrong_person":
        return {"name": name}
    return {"name": "report", "body": {"kind": "wrong_person", "text": "姓名有误。"}}


def test_r33_a_missing_dose_is_corrected_by_its_backfill() -> None:
    desk = Desk()
    desk.send("report_missing_dose")
    backfilled = dose(date(2025, 9, 1), dose_id="D3", origin="other_province")
    desk.home.register.store(replace(CHILD, doses=(*CHILD.doses, backfilled), version=2))
    assert desk.follow()["corrected"] == 1


@pytest.mark.parametrize(("seconds", "read"), [(5, 0), (29.999, 0), (30, 1)])
def test_what_time_does_not_suffice_for_is_left_for_the_next_night(seconds: float, read: int) -> None:
    desk = Desk()
    desk.send()
    assert desk.follow(seconds=seconds) == {"open": read, "corrected": 0, "unread": 1 - read}


def test_r34_an_operator_answers_a_case_and_the_family_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    number = desk.send()[1]["case_number"]
    found = desk.case("find", case_number=f" {number.lower()}\n")
    assert (found["status"], found["closed_now"], found["reply"]) == ("received", False, None)
    assert (found["person"], found["text"]) == (
        "周**",
        json.loads(event("report_entry", "report")["body"])["text"],
    )
    capsys.readouterr()
    closed = desk.case("answer", case_number=number)
    assert (closed["status"], closed["closed_now"]) == ("closed", True)
    assert desk.send("list")[1]["reports"][0]["reply"] == closed["reply"]
    # The first words stand.
    again = desk.case("answer", case_number=number, reply="另一个答复")
    assert (again["closed_now"], again["reply"]) == (False, closed["reply"])
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (line["officer"], line["case_number"], line["message"]) == ("officer-7", number, "operator")
    assert closed["reply"] not in json.dumps(line, ensure_ascii=False)


def test_a_slip_in_a_case_number_is_answered_with_words_and_leaves_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    desk.send()
    capsys.readouterr()
    with pytest.raises(UnknownCase, match="six characters"):
        desk.case("find")
    line = json.loads(capsys.readouterr().out)
    assert (line["result"], line["error"], line["officer"]) == ("failed", "UnknownCase", "officer-7")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("case_number", "; DROP"),
        ("officer", "李娜"),
        ("reason", "because"),
        ("reason", "the mother 320600 19900101 0010 calls"),
        ("reason", "call back on 138-0000-0000 please"),
        ("reply", "no"),
        ("reply", "a\u202eb of it"),
    ],
)
def test_an_operators_event_of_another_form_closes_nothing(member: str, value: str) -> None:
    desk = Desk()
    number = desk.send()[1]["case_number"]
    with pytest.raises(InvalidEvent, match=rf"\.{member}(\. officer is .*)?$"):
        desk.case("answer", **({"case_number": number} | {member: value}))
    assert desk.statuses() == ["received"]


class Bus:
    """EventBridge's PutEvents; fails for the entries after `takes`."""

    def __init__(self, takes: int = 100) -> None:
        self.entries: list[dict[str, Any]] = []
        self._takes = takes

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        self.entries += Entries
        told = [
            {"EventId": "1"} if place < self._takes else {"ErrorCode": "Throttled"}
            for place in range(len(Entries))
        ]
        return {"Entries": told}


STREAM = json.loads((EVENTS / "announce_reports" / "stream.json").read_text("utf-8"))


def test_r34_invariant_7_the_event_tells_of_a_case_and_of_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    bus = Bus()
    assert announce(bus.put_events, "dev")(STREAM, None) == {"batchItemFailures": []}
    (entry,) = bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("vaxcert.reports", "ReportReceived")
    assert json.loads(entry["Detail"]) == {
        "case_number": "20260701-0A1B2C",
        "kind": "wrong_dose",
        "clinic_code": "3206000001",
        "received_on": "2026-07-01",
        "stage": "dev",
    }
    assert "caaaa" not in capsys.readouterr().out


def test_what_the_bus_does_not_take_comes_again() -> None:
    answer = announce(Bus(takes=0).put_events, "dev")(STREAM, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "200"}]}


def test_invariant_7_the_log_holds_nothing_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.send()
    logged = capsys.readouterr().out
    assert "/v1/certificates/{certificate_id}/reports" in logged
    for secret in ("批号", "周小样", desk.certificate_id, "v1:"):
        assert secret not in logged


def test_the_document_names_every_route() -> None:
    schema = json.loads(describe().get_openapi_json_schema())
    assert {(path, method) for path, found in schema["paths"].items() for method in found} == {
        ("/v1/certificates/{certificate_id}/reports", "get"),
        ("/v1/certificates/{certificate_id}/reports", "post"),
    }
