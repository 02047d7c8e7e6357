"""`view_records` through its events (R2, R29–R33, R43, D2, D7, D11)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from functions.view_records.app import create, describe
from tests.fakes.events import event, faults, send
from tests.fakes.household import Household
from tests.fakes.people import an_archive, dose, id_no
from vaxcert.trail.model import Access, Entry

DOSES = (
    dose(date(2020, 5, 2), dose_id="D1"),
    dose(date(2020, 6, 2), dose_id="D2", batch="B2", origin="other_province", clinic_name="外省门诊"),
    dose(date(2021, 1, 15), dose_id="D3", site="left_arm", trace_code="T3", manufacturer="示范生物"),
)
CHILD = an_archive(doses=DOSES)


class Desk:
    """The handler over a household that has claimed its child's certificate."""

    def __init__(self) -> None:
        self.home = Household(CHILD)
        self.handler = create(self.home.records, self.home.plans, self.home.clock)
        self.certificate_id = self.home.claim(CHILD.record_id)

    def send(self, name: str, **changed: Any) -> tuple[int, Any]:
        path = {"certificate_id": changed.pop("certificate_id", self.certificate_id)}
        status, body, _ = send(self.handler, event("view_records", name, path=path, **changed))
        return status, body


def test_r2_the_records_have_the_shape_of_the_contract() -> None:
    status, body = Desk().send("records")
    assert status == 200
    assert set(body) == {"as_of", "person", "doses", "notices", "next_cursor"}
    assert (body["as_of"], body["next_cursor"]) == ("2026-06-30", None)
    assert [dose["dose_id"] for dose in body["doses"]] == ["D3", "D2", "D1"]
    assert body["doses"][1] == {
        "dose_id": "D2",
        "vaccine_code": "2101",
        "vaccine_name": "流感疫苗",
        "dose_no": 1,
        "date": "2020-06-02",
        "batch": "B2",
        "clinic_code": "3206000001",
        "clinic_name": "外省门诊",
        "origin": "other_province",
    }
    assert body["person"]["name"] == "周小样"
    assert "*" in body["person"]["id_no"]
    assert {notice["code"] for notice in body["notices"]} >= {"paper", "other_provinces", "rabies"}


def test_d2_before_the_first_feed_as_of_is_null() -> None:
    desk = Desk()
    desk.home.feed.day = None
    assert desk.send("records")[1]["as_of"] is None


def test_pages_go_on_where_the_last_one_ended() -> None:
    desk = Desk()
    status, first = desk.send("records_first_page")
    assert (status, [dose["dose_id"] for dose in first["doses"]]) == (200, ["D3", "D2"])
    _, second = desk.send("records", query={"limit": "2", "cursor": first["next_cursor"]})
    assert ([dose["dose_id"] for dose in second["doses"]], second["next_cursor"]) == (["D1"], None)


@pytest.mark.parametrize("name", ["records", "access_log"])
def test_a_cursor_of_another_certificate_is_malformed(name: str) -> None:
    desk = Desk()
    for _ in range(3):
        desk.send("records")
    _, first = desk.send(name, query={"limit": "1"})
    other = an_archive("2", number=id_no(date(2020, 5, 1), 2), doses=DOSES)
    desk.home.register.store(other)
    second = desk.home.claim(other.record_id)
    status, body = desk.send(name, certificate_id=second, query={"cursor": first["next_cursor"]})
    assert (status, faults(body)) == (400, [{"pointer": "/query/cursor", "code": "unknown"}])


@pytest.mark.parametrize("limit", ["0", "51", "x"])
@pytest.mark.parametrize("name", ["records", "access_log"])
def test_a_limit_is_between_1_and_50(name: str, limit: str) -> None:
    status, body = Desk().send(name, query={"limit": limit})
    assert (status, body["errors"][0]["pointer"]) == (422, "/query/limit")


def test_d12_english_on_request() -> None:
    _, body = Desk().send("records_in_english")
    assert all(notice["title"].isascii() for notice in body["notices"])


def test_d7_d11_a_delegate_reads_and_the_claimant_sees_it() -> None:
    desk = Desk()
    grant_id = desk.home.authorize(desk.certificate_id)
    status, body = desk.send("records_by_delegate")
    assert (status, body["person"]["relation"]) == (200, "maternal_grandmother")
    scanned = Entry(
        desk.home.clock.advance(seconds=1),
        Access.SCAN,
        "device-1",
        0,
        None,
        "3206000001",
        "ticket",
        "accepted",
    )
    desk.home.log.append(desk.certificate_id, scanned, None)
    status, body = desk.send("access_log")
    assert (status, body) == (
        200,
        {
            "entries": [
                {
                    "at": "2026-07-01T10:00:01+08:00",
                    "kind": "scan",
                    "who": "claimant",
                    "clinic_code": "3206000001",
                    "station": "ticket",
                    "device_id": "device-1",
                    "result": "accepted",
                },
                {
                    "at": "2026-07-01T10:00:00+08:00",
                    "kind": "read",
                    "who": "delegate",
                    "name": "沈**",
                    "relation": "maternal_grandmother",
                    "grant_id": grant_id,
                },
            ],
            "next_cursor": None,
        },
    )


def test_what_may_not_be_seen_and_what_does_not_exist_answer_the_same_bytes() -> None:
    desk = Desk()
    answers = {
        desk.handler(event("view_records", name, path={"certificate_id": one}), None)["body"]
        for name, one in (
            ("records_by_stranger", desk.certificate_id),
            ("records_by_delegate", desk.certificate_id),
            ("records", "cnoneaaaaaaaaa"),
            ("access_log", "cnoneaaaaaaaaa"),
        )
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "not_found"


def test_invariant_7_the_log_holds_nothing_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.send("records")
    desk.send("access_log")
    logged = capsys.readouterr().out
    assert "/v1/certificates/{certificate_id}/records" in logged
    for secret in ("周小样", id_no(date(2020, 5, 1)), "D1", desk.certificate_id, "v1:"):
        assert secret not in logged


def test_the_document_names_every_route() -> None:
    schema = json.loads(describe().get_openapi_json_schema())
    assert {(path, method) for path, found in schema["paths"].items() for method in found} == {
        ("/v1/certificates/{certificate_id}/records", "get"),
        ("/v1/certificates/{certificate_id}/plan", "get"),
        ("/v1/certificates/{certificate_id}/access-log", "get"),
    }
