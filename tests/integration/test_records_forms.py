"""`view_records` in its other forms: by vaccine, in English, as FHIR, unchanged (R2, R33, D2, D11, D12)."""

from __future__ import annotations

import json
import warnings
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from functions.view_records.app import create
from tests.fakes.events import event, faults, send
from tests.fakes.household import Household
from tests.fakes.people import an_archive, dose
from vaxcert.trail.model import Access

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from fhir.resources.R4B.bundle import Bundle as BundleR4B
    from fhirclient.models.bundle import Bundle as BundleR4

DOSES = (
    dose(date(2020, 5, 2), dose_id="D1", code="0201", vaccine_name="乙肝疫苗", dose_no=1),
    dose(date(2020, 5, 2), dose_id="D2", code="", vaccine_name="卡介苗", dose_no=1),
    dose(date(2020, 6, 2), dose_id="D3", code="0202", vaccine_name="乙肝疫苗", dose_no=2),
    dose(
        date(2020, 7, 2), dose_id="D4", code="9999", vaccine_name="新疫苗", dose_no=1, origin="other_province"
    ),
)
CHILD = an_archive(doses=DOSES)


class Desk:
    """The handler over a household that has claimed its child's certificate."""

    def __init__(self) -> None:
        self.home = Household(CHILD)
        self.handler = create(self.home.records, self.home.plans, self.home.clock)
        self.certificate_id = self.home.claim(CHILD.record_id)

    def send(
        self, name: str = "records", *, headers: dict[str, str] | None = None, **changed: Any
    ) -> tuple[int, Any, dict[str, list[str]]]:
        sent = event("view_records", name, path={"certificate_id": self.certificate_id}, **changed)
        sent["headers"].update(headers or {})
        sent["multiValueHeaders"].update({key: [value] for key, value in (headers or {}).items()})
        return send(self.handler, sent)

    def reads(self) -> int:
        entries = self.home.log.entries.get(self.certificate_id, [])
        return sum(1 for _, entry in entries if entry.access is Access.READ)


def test_r2_by_vaccine_each_vaccine_stands_together_from_its_first_dose_on() -> None:
    _, body, _ = Desk().send("records_by_vaccine_in_english")
    assert [one["dose_id"] for one in body["doses"]] == ["D1", "D3", "D2", "D4"]


def test_d12_english_names_come_on_request_and_a_gap_stays_empty() -> None:
    desk = Desk()
    _, english, _ = desk.send("records_by_vaccine_in_english")
    assert [one.get("vaccine_name_en") for one in english["doses"]] == [
        "Hepatitis B vaccine",
        "Hepatitis B vaccine",
        "BCG vaccine",
        None,
    ]
    assert english["doses"][0]["vaccine_name"] == "乙肝疫苗"
    _, chinese, _ = desk.send()
    assert all("vaccine_name_en" not in one for one in chinese["doses"])


@pytest.mark.parametrize("order", ["date", "vaccine"])
def test_pages_of_either_order_put_together_are_all_doses(order: str) -> None:
    desk, seen = Desk(), []
    query: dict[str, str] = {"order": order, "limit": "1"}
    while True:
        _, body, _ = desk.send(query=query)
        seen += [one["dose_id"] for one in body["doses"]]
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]
    assert seen == (["D4", "D3", "D2", "D1"] if order == "date" else ["D1", "D3", "D2", "D4"])


def test_a_cursor_of_the_other_order_is_foreign() -> None:
    desk = Desk()
    _, body, _ = desk.send(query={"order": "vaccine", "limit": "1"})
    status, problem, _ = desk.send(query={"cursor": body["next_cursor"]})
    assert (status, faults(problem)) == (400, [{"pointer": "/query/cursor", "code": "unknown"}])
    assert desk.reads() == 1


@pytest.mark.parametrize("order", ["age", "", "DATE", "date,vaccine"])
def test_an_order_that_there_is_not_is_told(order: str) -> None:
    status, body, _ = Desk().send(query={"order": order})
    assert (status, body["errors"][0]["pointer"]) == (422, "/query/order")


def test_d11_what_is_unchanged_is_not_sent_again_but_recorded_all_the_same() -> None:
    desk = Desk()
    _, _, first = desk.send()
    (tag,) = first["ETag"]
    status, body, headers = desk.send(headers={"If-None-Match": tag})
    assert (status, body, headers["ETag"]) == (304, None, [tag])
    assert desk.reads() == 2


def test_d2_a_correction_or_a_new_as_of_changes_the_tag() -> None:
    desk = Desk()
    (tag,) = desk.send()[2]["ETag"]
    desk.home.feed.day = date(2026, 7, 1)
    assert desk.send(headers={"If-None-Match": tag})[0] == 200
    (tag,) = desk.send()[2]["ETag"]
    desk.home.register.store(an_archive(doses=DOSES[:3], version=2))
    assert desk.send(headers={"If-None-Match": tag})[0] == 200


@pytest.mark.parametrize("tag", ['W/"0"', "x", '"' * 500, "W/" * 2000, "\x00\r\nX-Evil: 1", "\u202e"])
def test_a_tampered_tag_does_no_harm(tag: str) -> None:
    desk = Desk()
    status, body, headers = desk.send("records_if_none_match", headers={"If-None-Match": tag})
    assert (status, len(body["doses"])) == (200, 4)
    assert "X-Evil" not in headers
    assert desk.reads() == 1


def test_languages_and_media_types_have_tags_of_their_own() -> None:
    desk = Desk()
    tags = {
        desk.send(name, query={"order": "date"})[2]["ETag"][0]
        for name in ("records", "records_in_english", "records_as_fhir")
    }
    assert len(tags) == 3
    assert desk.send()[2]["Vary"] == ["Accept, Accept-Language"]


def test_fhir_is_one_bundle_that_both_validators_accept() -> None:
    desk = Desk()
    status, body, headers = desk.send("records_as_fhir")
    assert (status, headers["Content-Type"]) == (200, ["application/fhir+json; charset=utf-8"])
    bundle = BundleR4(body, strict=True)
    BundleR4B.model_validate(body)
    assert [entry.resource.resource_type for entry in bundle.entry] == ["Patient", *["Immunization"] * 4]
    assert body["meta"]["tag"][0]["code"] == "2026-06-30"
    assert desk.reads() == 1


def test_fhir_pages_follow_their_link() -> None:
    desk, seen, query = Desk(), 0, {"limit": "3"}
    while True:
        _, body, _ = desk.send("records_as_fhir", query=query)
        seen += len(body["entry"]) - 1
        if "link" not in body:
            break
        query = dict(parse_qsl(body["link"][0]["url"].removeprefix("?")))
    assert seen == 4


@pytest.mark.parametrize(
    ("accept", "status"), [("*/*", 200), ("", 200), ("application/*", 200), ("text/html", 406), ("x", 406)]
)
def test_what_cannot_be_made_is_refused_and_leaves_no_trace(accept: str, status: int) -> None:
    desk = Desk()
    assert desk.send(headers={"Accept": accept})[0] == status
    assert desk.reads() == (status == 200)


def test_a_stranger_learns_nothing_by_fhir_or_tag() -> None:
    desk = Desk()
    (tag,) = desk.send()[2]["ETag"]
    stranger = event("view_records", "records_by_stranger", path={"certificate_id": desk.certificate_id})
    plain = desk.handler(stranger, None)
    stranger["headers"].update({"If-None-Match": tag, "Accept": "application/fhir+json"})
    stranger["multiValueHeaders"].update({"If-None-Match": [tag], "Accept": ["application/fhir+json"]})
    other = desk.handler(stranger, None)
    assert (plain["statusCode"], plain["body"]) == (other["statusCode"], other["body"])
    assert json.loads(plain["body"])["code"] == "not_found"


def test_thirty_doses_are_one_page() -> None:
    many = tuple(dose(date(2020, 5, 2) + timedelta(days=30 * step), dose_id=f"E{step}") for step in range(30))
    desk = Desk()
    desk.home.register.store(an_archive(doses=many, version=2))
    _, body, _ = desk.send()
    assert (len(body["doses"]), body["next_cursor"]) == (30, None)
