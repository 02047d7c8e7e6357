"""`book_appointment` through its events (R2, D7; docs/appointments.md)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import icalendar
import pytest

from functions.book_appointment.app import create, describe
from tests.fakes.booking_desk import FIRST, SECOND, BookingDesk
from tests.fakes.events import event, send

HOTLINE = "400-101-6588"


class Desk(BookingDesk):
    """The handler over a family that has claimed its child's certificate."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = create(self.slots, self.service, self.family, self.clock, HOTLINE)

    def event(self, name: str, **changed: Any) -> dict[str, Any]:
        path = changed.pop("path", {})
        if name not in {"clinics", "clinics_of_a_city", "slots", "family"}:
            path = {"certificate_id": self.certificate_id} | path
        return event("book_appointment", name, path=path, **changed)

    def send(self, name: str, **changed: Any) -> tuple[int, Any]:
        status, body, _ = send(self.handler, self.event(name, **changed))
        return status, body


def test_r2_clinics_and_slots_have_the_shape_of_the_contract() -> None:
    desk = Desk()
    clinic = {
        "clinic_code": "3206000001",
        "name": "示范门诊",
        "city": "320600",
        "address": "示范路1号; 甲座, 2楼",
        "phone": "0513-0000000",
        "books": True,
    }
    assert desk.send("clinics") == (200, {"clinics": [clinic], "next_cursor": None})
    desk.send("book")
    status, body = desk.send("slots")
    assert (status, body["next_cursor"]) == (200, None)
    assert body["slots"][:2] == [
        {
            "slot_id": FIRST,
            "clinic_code": "3206000001",
            "starts_at": "2026-07-02T08:00:00+08:00",
            "ends_at": "2026-07-02T08:30:00+08:00",
            "remaining": 1,
        },
        {
            "slot_id": SECOND,
            "clinic_code": "3206000001",
            "starts_at": "2026-07-02T08:30:00+08:00",
            "ends_at": "2026-07-02T09:00:00+08:00",
            "remaining": 2,
        },
    ]


def test_r2_clinics_of_one_city() -> None:
    desk = Desk()
    assert [one["clinic_code"] for one in desk.send("clinics_of_a_city")[1]["clinics"]] == ["3206000001"]
    assert desk.send("clinics_of_a_city", query={"city": "320200"}) == (
        200,
        {"clinics": [], "next_cursor": None},
    )
    status, body = desk.send("clinics_of_a_city", query={"city": "南通"})
    assert (status, body["errors"][0]["pointer"]) == (422, "/query/city")


def test_d7_the_familys_open_appointments_in_one_list() -> None:
    desk = Desk()
    assert desk.send("family") == (200, {"appointments": [], "next_cursor": None})
    _, booked = desk.send("book")
    assert desk.send("family") == (200, {"appointments": [booked], "next_cursor": None})


def test_r2_booked_listed_moved_cancelled() -> None:
    desk = Desk()
    status, booked = desk.send("book")
    assert status == 201
    assert booked == {
        "appointment_id": booked["appointment_id"],
        "certificate_id": desk.certificate_id,
        "clinic_code": "3206000001",
        "clinic_name": "示范门诊",
        "address": "示范路1号; 甲座, 2楼",
        "phone": "0513-0000000",
        "slot_id": FIRST,
        "starts_at": "2026-07-02T08:00:00+08:00",
        "ends_at": "2026-07-02T08:30:00+08:00",
        "status": "booked",
        "booked_by": "claimant",
        "created_at": "2026-07-01T10:00:00+08:00",
    }
    assert desk.send("list") == (200, {"appointments": [booked], "next_cursor": None})
    own = {"appointment_id": booked["appointment_id"]}
    assert desk.send("get", path=own) == (200, booked)
    body = {"clinic_code": "3206000001", "slot_id": SECOND, "replaces": booked["appointment_id"]}
    status, moved = desk.send("move", body=body, key="moving-it")
    assert (status, moved["slot_id"]) == (201, SECOND)
    for _ in range(2):
        assert desk.send("cancel", path={"appointment_id": moved["appointment_id"]}) == (204, None)
    assert [one["status"] for one in desk.send("list")[1]["appointments"]] == ["cancelled", "moved"]


def test_the_calendar_file_is_read_by_an_independent_library() -> None:
    desk = Desk()
    _, booked = desk.send("book")
    answer = desk.handler(
        desk.event("calendar_file", path={"appointment_id": booked["appointment_id"]}), None
    )
    assert answer["statusCode"] == 200
    assert answer["multiValueHeaders"]["Content-Type"] == ["text/calendar; charset=utf-8"]
    (found,) = icalendar.Calendar.from_ical(answer["body"]).walk("VEVENT")
    assert found.start.isoformat() == "2026-07-02T00:00:00+00:00"  # type: ignore[attr-defined]
    assert str(found["UID"]).startswith(booked["appointment_id"])
    assert "周小样" not in answer["body"]


def test_another_form_of_an_appointment_is_not_acceptable() -> None:
    desk = Desk()
    _, booked = desk.send("book")
    asked = desk.event("calendar_file", path={"appointment_id": booked["appointment_id"]})
    asked["headers"]["Accept"] = "image/png"
    assert send(desk.handler, asked)[1]["code"] == "not_acceptable"


def test_a_second_booking_is_told_of_the_first() -> None:
    desk = Desk()
    _, booked = desk.send("book")
    status, body = desk.send("book", key="another-key")
    assert (status, body["code"]) == (409, "already_booked")
    assert body["appointment_id"] == booked["appointment_id"]


@pytest.mark.parametrize(
    ("slot_id", "status", "code"),
    [
        (FIRST.replace("20260702", "20260701"), 409, "slot_closed"),  # today, and not a Thursday
        (FIRST.replace("20260702", "20260625"), 409, "slot_closed"),  # past
        (FIRST.replace("20260702", "20260723"), 409, "slot_closed"),  # too far ahead
        (FIRST.replace("20260702", "20260230"), 422, "invalid_request"),
        (FIRST.replace("0800", "9900"), 422, "invalid_request"),
        ("x" * 65, 422, "invalid_request"),
        ("", 422, "invalid_request"),
    ],
)
def test_slots_that_are_not_to_be_had(slot_id: str, status: int, code: str) -> None:
    found = Desk().send("book", body={"clinic_code": "3206000001", "slot_id": slot_id})
    assert (found[0], found[1]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"slot_id": FIRST}, "/clinic_code"),
        ({"clinic_code": "3206000001", "slot_id": FIRST, "seat": 1}, "/seat"),
        ({"clinic_code": "3206000001", "slot_id": 1}, "/slot_id"),
        ({"clinic_code": "3206000001", "slot_id": FIRST, "replaces": ""}, "/replaces"),
        ({"clinic_code": "3206000009", "slot_id": FIRST}, "/clinic_code"),
    ],
)
def test_a_bad_field_is_pointed_at(body: dict[str, Any], pointer: str) -> None:
    status, found = Desk().send("book", body=body)
    assert (status, found["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "2026-02-30"}, "/query/from"),
        ({"to": "2026-13-01"}, "/query/to"),
        ({"from": "20260702"}, "/query/from"),
        ({"from": "2026-07-02", "to": "2026-07-01"}, "/query/to"),
        ({"from": "2026-07-02", "to": "2026-09-01"}, "/query/to"),
        ({"limit": "0"}, "/query/limit"),
    ],
)
def test_days_that_do_not_exist_are_pointed_at(query: dict[str, str], pointer: str) -> None:
    status, body = Desk().send("slots", query=query)
    assert (status, body["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("name", ["slots", "clinics", "list"])
def test_a_cursor_of_nobody_is_malformed(name: str) -> None:
    status, body = Desk().send(name, query={"cursor": "AAAA"})
    assert (status, body["errors"][0]["pointer"]) == (400, "/query/cursor")


def test_invariant_4_the_same_request_gets_the_same_bytes() -> None:
    desk = Desk()
    first, second = (desk.handler(desk.event("book"), None) for _ in range(2))
    assert (first["statusCode"], first["body"]) == (second["statusCode"], second["body"])
    status, body = desk.send("book", body={"clinic_code": "3206000001", "slot_id": SECOND})
    assert (status, body["code"]) == (422, "idempotency_key_reused")
    assert desk.send("book_without_key")[1]["code"] == "idempotency_key_missing"


def test_what_may_not_be_seen_and_what_does_not_exist_answer_the_same_bytes() -> None:
    desk = Desk()
    _, booked = desk.send("book")
    own = {"appointment_id": booked["appointment_id"]}
    answers = {
        desk.handler(desk.event("book_by_mother"), None)["body"],
        desk.handler(desk.event("list", path={"certificate_id": "cnoneaaaaaaaaa"}), None)["body"],
        desk.handler(desk.event("get", path=own | {"certificate_id": "cnoneaaaaaaaaa"}), None)["body"],
        desk.handler(desk.event("get"), None)["body"],
        desk.handler(desk.event("cancel"), None)["body"],
        desk.handler(desk.event("slots", path={"clinic_code": "3206000009"}), None)["body"],
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "not_found"


def test_d12_a_family_is_told_that_the_clinic_has_closed_its_slot() -> None:
    desk = Desk()
    desk.send("book")
    desk.weeks.close("3206000001", date(2026, 7, 2), None, desk.clock())
    (chinese,) = desk.send("list")[1]["appointments"]
    (english,) = desk.send("list_in_english")[1]["appointments"]
    assert chinese["status"] == english["status"] == "closed_by_clinic"
    assert chinese["notice"]["title"] == "接种门诊已取消该时段"
    assert HOTLINE in chinese["notice"]["next_step"]
    assert english["notice"]["title"].isascii()


def test_invariant_7_the_log_holds_nothing_of_a_family(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.send("book")
    desk.send("list")
    logged = capsys.readouterr().out
    assert "/v1/certificates/{certificate_id}/appointments" in logged
    for secret in (desk.certificate_id, "v1:", "3206000001-"):
        assert secret not in logged


def test_the_document_names_every_route() -> None:
    schema = json.loads(describe().get_openapi_json_schema())
    whole = "/v1/certificates/{certificate_id}/appointments"
    assert {(path, method) for path, found in schema["paths"].items() for method in found} == {
        ("/v1/appointments", "get"),
        ("/v1/clinics", "get"),
        ("/v1/clinics/{clinic_code}/slots", "get"),
        (whole, "get"),
        (whole, "post"),
        (f"{whole}/{{appointment_id}}", "get"),
        (f"{whole}/{{appointment_id}}", "delete"),
    }
