"""`guide_visit` through its events (R28)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.guide_visit.app import create, describe
from tests.fakes.devices import AUDIENCE, FakeBurnedAssertions, assertion
from tests.fakes.events import event, faults, send
from tests.fakes.key_register import DATA_KEY_AGE, FakeRegister, a_root
from tests.fakes.signing import FakeKeys
from tests.fakes.waiting_room import GIVEN, OBSERVATION, WaitingRoom
from tests.integration.test_issue_qr import FakePublished
from vaxcert.appointments.day import OfTheDay
from vaxcert.clinics.batches import Batch
from vaxcert.devices.service import ASSERTION_TYPE, GRANT_TYPE, TokenExchange
from vaxcert.identity.tokens import read_device
from vaxcert.keys import jws
from vaxcert.keys.keyset import OFFLINE
from vaxcert.keys.rotate import Rotation
from vaxcert.programme.vaccines import LISTED
from vaxcert.wording import Wording

HOUR = timedelta(hours=1)


class FakeRecalled:
    """Port `Recalled`: one list for every clinic."""

    def __init__(self) -> None:
        self.listed: set[Batch] = set()

    def of(self, _clinic_code: str) -> set[Batch]:
        return self.listed


class Desk:
    """The handler over a room with a claimed certificate."""

    def __init__(self, stage: str = "", recalled: FakeRecalled | None = None) -> None:
        self.room = WaitingRoom()
        self.register = FakeRegister()
        self.keys = FakeKeys()
        self.recalled = recalled or FakeRecalled()
        exchange = TokenExchange(
            enrolments=self.room.enrolments,
            burned=FakeBurnedAssertions(),
            keys=self.keys,
            audience=AUDIENCE,
            token_seconds=900,
            random_bytes=os.urandom,
        )
        self.handler = create(
            self.room.outcomes,
            self.room.boards,
            self.room.days,
            exchange,
            FakePublished(self.register),
            self.room.clock,
            Wording(),
            self.recalled,
        )
        if stage:
            self.room.until(stage)

    def send(self, name: str, **changed: Any) -> tuple[int, Any, dict[str, list[str]]]:
        return send(self.handler, event("guide_visit", name, **changed))

    def token(self, **form: str) -> tuple[int, Any, dict[str, list[str]]]:
        given = {
            "grant_type": GRANT_TYPE,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion(self.room.clock()),
        }
        return self.send("device_token", body=urlencode(given | form))

    def rotate(self) -> None:
        lifetimes = {"code": HOUR, "session": HOUR, "device": HOUR}
        Rotation(self.register, a_root(), lifetimes, 60, DATA_KEY_AGE).run(self.room.clock())  # type: ignore[arg-type]


# Outcomes


@pytest.mark.parametrize(
    ("name", "stage", "state", "station"),
    [
        ("report_fit", "registering", "waiting_vaccination", "vaccination"),
        ("report_deferred", "registering", "deferred", None),
        ("report_vaccinated", "vaccinating", "observing", "observation"),
        ("report_not_vaccinated", "vaccinating", "not_vaccinated", None),
    ],
)
def test_r28_each_outcome_leads_on(name: str, stage: str, state: str, station: str | None) -> None:
    status, body, headers = Desk(stage).send(name)
    assert status == 200
    assert {"visit_id", "ticket", "state", "station"} <= set(body)
    assert (body["state"], body["station"], body["ticket"]) == (state, station, "A001")
    assert headers["Cache-Control"] == ["no-store"]


def test_a_vaccination_starts_the_timer() -> None:
    _, body, _ = Desk("vaccinating").send("report_vaccinated")
    assert (body["observed_until"], body["minutes_left"]) == ("2026-07-01T10:30:00+08:00", OBSERVATION // 60)


def test_invariant_4_the_same_report_gets_the_same_bytes() -> None:
    desk = Desk("vaccinating")
    sent = event("guide_visit", "report_vaccinated")
    first = desk.handler(sent, None)
    desk.room.clock.advance(minutes=5)
    assert desk.handler(sent, None)["body"] == first["body"]
    status, body, _ = desk.send("report_vaccinated", body=json.loads(sent["body"]) | {"batch": "B2"})
    assert (status, body["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("name", "stage", "state", "title"),
    [
        ("call", "waiting_registration", "waiting_registration", "请到2号台：A001"),
        ("report_left", "waiting_registration", "left", "A001 已取消"),
        ("report_passed", "waiting_registration", "waiting_registration", "您已过号：A001"),
        ("report_two_doses", "vaccinating", "observing", "接种完成，请留观 30 分钟"),
        ("report_corrected", "observing", "observing", "接种完成，请留观 30 分钟"),
    ],
)
def test_d21_each_tells_nurse_and_family_what_to_do(name: str, stage: str, state: str, title: str) -> None:
    status, body, _ = Desk(stage).send(name)
    assert (status, body["state"], body["family"]["title"]) == (200, state, title)
    assert body["title"]
    assert body["next_step"]
    assert body.get("warnings") is None


@pytest.mark.parametrize(
    ("changed", "faults_told"),
    [
        ({"doses": []}, [("/doses", "too_short")]),
        ({"doses": [{}] * 6}, None),
        (
            {
                "batch": "B1",
                "doses": [{"vaccine_code": "1201", "batch": "B", "trace_code": "T", "site": "oral"}],
            },
            [("/batch", "unknown_field")],
        ),
        ({"expires_on": "2026-02-30"}, None),
        ({}, [(f"/{name}", "required") for name in ("vaccine_code", "batch", "trace_code", "site")]),
        (
            {"doses": [{"vaccine_code": "9999", "batch": "B", "trace_code": "T", "site": "oral"}]},
            [("/doses/0/vaccine_code", "unknown")],
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_d21_doses_or_the_four_fields(changed: dict[str, Any], faults_told: Any) -> None:
    desk = Desk("vaccinating")
    body = {"station": "vaccination", "outcome": "vaccinated"} | changed
    status, problem, _ = desk.send("report_vaccinated", body=body)
    assert status == 422
    if faults_told is not None:
        assert [(one["pointer"], one["code"]) for one in faults(problem)] == faults_told


def test_d21_an_expired_box_is_warned_of_and_recorded() -> None:
    desk = Desk("vaccinating")
    _, body, _ = desk.send("report_vaccinated", body=VACCINATED | {"expires_on": "2026-06-30"})
    assert [one["code"] for one in body["warnings"]] == ["batch_expired"]
    assert len(desk.room.clinic.reports[-1].doses) == 1
    today = desk.send("report_corrected", body=VACCINATED | {"expires_on": "2026-07-01", "corrects": True})[1]
    assert "warnings" not in today, "its last day is a good one"


@pytest.mark.parametrize("typed", ["B202606", "b202606", "Ｂ２０２６０６", "B2026 06"])
def test_d21_a_recalled_box_is_warned_of_however_its_batch_was_typed(typed: str) -> None:
    desk = Desk("vaccinating")
    desk.recalled.listed = {Batch("1201", "B202606"), Batch("1801", "B202607")}
    _, body, _ = desk.send("report_vaccinated", body=VACCINATED | {"batch": typed})
    assert [(one["code"], one["batch"]) for one in body["warnings"]] == [("batch_recalled", typed)]
    other = VACCINATED | {"batch": "B202607", "corrects": True}
    assert "warnings" not in desk.send("report_corrected", body=other)[1], "another vaccine's batch"


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", "{ticket}{0}", "%s\\", "'; --", "=1+1"])
def test_d21_what_looks_like_markup_is_text(markup: str) -> None:
    desk = Desk("waiting_registration")
    name = markup[:20]
    _, body, _ = desk.send("call", body={"station": "registration", "desk": name})
    assert (body["desk"], body["family"]["title"]) == (name, f"请到{name}：A001")
    again = Desk("vaccinating")
    assert (
        again.send("report_vaccinated", body=VACCINATED | {"trace_code": markup, "batch": markup})[0] == 200
    )
    (dose,) = again.room.clinic.reports[-1].doses
    assert (dose.trace_code, dose.batch) == (markup, markup)


@pytest.mark.parametrize(
    ("desk_name", "code"),
    [
        ("台" * 21, "too_long"),
        ("\u200b \u3000", "too_short"),
        ("2\u202e号台", "control_character"),
        (2, "wrong_type"),
    ],
)
def test_d21_a_desks_name_is_a_short_line(desk_name: Any, code: str) -> None:
    status, problem, _ = Desk("waiting_registration").send(
        "call", body={"station": "registration", "desk": desk_name}
    )
    assert (status, faults(problem)) == (422, [{"pointer": "/desk", "code": code}])


def test_d21_the_days_figures_and_who_is_booked() -> None:
    desk = Desk("waiting_vaccination")
    at = desk.room.clock()
    desk.room.bookings.stored = [OfTheDay(desk.room.certificate_id, at, at, "no_show")]
    _, body, _ = desk.send("today")
    assert (body["waiting"], body["booked"], body["no_shows"], body["average_wait_minutes"]) == (1, 1, 1, 0)
    assert body["refused"] == [{"reason": "deferred", "count": 0}, {"reason": "not_vaccinated", "count": 0}]
    desk.room.scan("ticket")
    assert desk.send("today")[1]["refused"][2:] == [{"reason": "wrong_order", "count": 1}]
    _, body, _ = desk.send("booked")
    assert body["appointments"] == [
        {
            "starts_at": "2026-07-01T10:00:00+08:00",
            "ends_at": "2026-07-01T10:00:00+08:00",
            "status": "no_show",
            "name": "周**",
        }
    ]
    assert desk.send("booked", query={"date": "2026-07-02"})[1]["appointments"] == []
    for other in ("soon", "20260702", "2026-W27-4", "2026-7-2", "２０２６-07-02", "2026-02-30"):
        status, problem, _ = desk.send("booked", query={"date": other})
        assert (status, faults(problem)) == (422, [{"pointer": "/query/date", "code": "invalid"}])


def test_out_of_order_is_a_conflict() -> None:
    status, body, _ = Desk("registering").send("report_vaccinated")
    assert (status, body["code"]) == (409, "wrong_order")


def test_a_visit_that_is_not_there() -> None:
    desk = Desk("registering")
    status, body, _ = desk.send("report_fit", path={"visit_id": "3206000001-20260701-A002"})
    assert (status, body["code"]) == (404, "not_found")


def test_bounds_of_clinic_and_station() -> None:
    desk = Desk("registering")
    status, body, _ = desk.send("report_fit", path={"visit_id": "3202000002-20260701-A001"})
    assert (status, body["code"]) == (403, "clinic_not_allowed")
    sent = event("guide_visit", "report_fit")
    sent["requestContext"]["authorizer"]["stations"] = "ticket,vaccination"
    status, body, _ = send(desk.handler, sent)
    assert (status, body["code"]) == (403, "station_not_allowed")


VACCINATED = json.loads(event("guide_visit", "report_vaccinated")["body"])


@pytest.mark.parametrize(
    ("stage", "body", "pointer", "code"),
    [
        *(
            ("vaccinating", VACCINATED | {name: value}, f"/{name}", code)
            for name in ("vaccine_code", "batch", "trace_code")
            for value, code in (
                (" ", "too_short"),
                ("\r\n", "too_short"),
                ("\u200b\u3000", "too_short"),
                ("1\x002", "control_character"),
                ("1\u202e2", "control_character"),
                ("1\n2", "control_character"),
            )
        ),
        (
            "registering",
            {"station": "registration", "outcome": "deferred", "reason": " "},
            "/reason",
            "too_short",
        ),
        (
            "vaccinating",
            {"station": "vaccination", "outcome": "not_vaccinated", "reason": "\t"},
            "/reason",
            "too_short",
        ),
    ],
)
def test_r28_what_is_blank_is_no_value(stage: str, body: dict[str, Any], pointer: str, code: str) -> None:
    status, problem, _ = Desk(stage).send("report_fit", body=body)
    assert (status, faults(problem)) == (422, [{"pointer": pointer, "code": code}])


def test_r28_a_line_end_that_a_scanner_sends_is_no_part_of_the_trace_code() -> None:
    desk = Desk("vaccinating")
    sent = VACCINATED | {"trace_code": f"\x1d{VACCINATED['trace_code']}\r\n", "batch": " B1 "}
    assert desk.send("report_vaccinated", body=sent)[0] == 200
    (dose,) = desk.room.clinic.reports[-1].doses
    assert (dose.trace_code, dose.batch) == (VACCINATED["trace_code"], "B1")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ({"station": "registration"}, 422),
        ({"station": "registration", "outcome": "vaccinated"}, 422),
        ({"station": "ticket", "outcome": "fit"}, 422),
        ({"station": "registration", "outcome": "left"}, 422),
        ({"station": "ticket", "outcome": "passed"}, 422),
        ({"station": "ticket", "outcome": "left", "corrects": True}, 422),
        ({"station": "observation", "outcome": "fit"}, 422),
        ({"station": "vaccination", "outcome": "fit"}, 422),
        ({"station": "registration", "outcome": "deferred"}, 422),
        ({"station": "registration", "outcome": "deferred", "reason": ""}, 422),
        ({"station": "registration", "outcome": "deferred", "reason": "x" * 201}, 422),
        ({"station": "registration", "outcome": "fit", "name": "周小样"}, 422),
        (VACCINATED | {"site": "nose"}, 422),
        (VACCINATED | {"batch": ""}, 422),
        (VACCINATED | {"vaccine_code": 1201}, 422),
        ({name: value for name, value in VACCINATED.items() if name != "trace_code"}, 422),
        ("{", 400),
    ],
    ids=lambda value: str(value)[:50],
)
def test_hostile_outcomes(body: Any, status: int) -> None:
    desk = Desk("registering")
    sent = event("guide_visit", "report_fit")
    sent["body"] = body if isinstance(body, str) else json.dumps(body)
    found, problem, _ = send(desk.handler, sent)
    assert found == status
    assert "周小样" not in json.dumps(problem, ensure_ascii=False)
    assert not desk.room.clinic.reports


def test_r28_a_vaccine_that_is_not_listed_is_told_by_its_field() -> None:
    desk = Desk("vaccinating")
    status, problem, _ = desk.send("report_vaccinated", body=VACCINATED | {"vaccine_code": "9999"})
    assert (status, problem["code"]) == (422, "invalid_request")
    assert faults(problem) == [{"pointer": "/vaccine_code", "code": "unknown"}]
    assert "疫苗编码表" in problem["errors"][0]["detail"]
    assert "9999" not in json.dumps(problem)
    assert desk.send("report_vaccinated")[0] == 200


# The list of vaccines


def test_the_list_of_vaccines_is_public_and_may_be_kept() -> None:
    desk = Desk()
    status, body, headers = desk.send("vaccines")
    assert status == 200
    assert headers["Cache-Control"] == ["public, max-age=3600"]
    assert body["next_cursor"] is None
    asked = event("guide_visit", "vaccines")
    asked["headers"]["If-None-Match"] = headers["ETag"][0]
    answer = desk.handler(asked, None)
    assert (answer["statusCode"], answer["body"] or "") == (304, "")
    assert answer["multiValueHeaders"]["ETag"] == headers["ETag"]
    asked["headers"]["If-None-Match"] = 'W/"of-another-release"'
    assert send(desk.handler, asked)[0] == 200


def test_the_list_has_one_entry_for_each_code_and_no_other() -> None:
    _, body, _ = Desk().send("vaccines")
    entries = body["vaccines"]
    assert [entry["vaccine_code"] for entry in entries] == list(LISTED)
    by_code = {entry["vaccine_code"]: entry for entry in entries}
    assert by_code["0202"] == {
        "vaccine_code": "0202",
        "vaccine": "HepB",
        "name": "乙肝疫苗",
        "name_en": "Hepatitis B vaccine",
        "cvx": "08",
    }
    assert by_code["BCG"] | {"cvx": "19"} == {
        "vaccine_code": "BCG",
        "vaccine": "BCG",
        "name": "卡介苗",
        "name_en": "BCG vaccine",
        "cvx": "19",
    }
    assert "cvx" not in by_code["1801"]


# The board


def test_the_board() -> None:
    status, body, _ = Desk("waiting_vaccination").send("queue")
    assert status == 200
    assert body == {
        "clinic_code": "3206000001",
        "tickets": [
            {
                "visit_id": "3206000001-20260701-A001",
                "ticket": "A001",
                "state": "waiting_vaccination",
                "station": "vaccination",
                "since": "2026-07-01T10:00:00+08:00",
                "name": "周**",
            }
        ],
        "next_cursor": None,
    }


def test_the_board_tells_how_long_somebody_is_observed_and_not_what_was_given() -> None:
    desk = Desk("observing")
    _, body, _ = desk.send("queue")
    (line,) = body["tickets"]
    assert (line["state"], line["station"], line["name"]) == ("observing", "observation", "周**")
    assert (line["observed_until"], line["minutes_left"]) == (
        "2026-07-01T10:30:00+08:00",
        OBSERVATION // 60,
    )
    assert not any(value in str(body) for value in GIVEN.values())


def test_another_clinics_board() -> None:
    status, body, _ = Desk().send("queue_of_another_clinic")
    assert (status, body["code"]) == (403, "clinic_not_allowed")


# The offline pack


def test_the_offline_pack_has_a_validator_and_is_small() -> None:
    desk = Desk()
    status, body, _ = desk.send("offline_pack")
    assert (status, body["code"]) == (503, "keys_missing")
    desk.rotate()
    answer = desk.handler(event("guide_visit", "offline_pack"), None)
    etag = desk.register.published[OFFLINE].etag
    assert answer["multiValueHeaders"]["ETag"] == [etag]
    assert answer["multiValueHeaders"]["Cache-Control"] == ["private, no-cache"]
    assert len(answer["body"].encode()) <= 4096
    assert set(json.loads(answer["body"])) == {"protected", "payload", "signature"}
    asked = event("guide_visit", "offline_pack_unchanged")
    assert desk.handler(asked, None)["statusCode"] == 200, "it has changed since"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        asked["headers"]["If-None-Match"] = known
        unchanged = desk.handler(asked, None)
        assert (unchanged["statusCode"], unchanged["body"] or "") == (304, "")
        assert unchanged["multiValueHeaders"]["ETag"] == [etag]


# Device tokens


def test_a_device_token_as_rfc_6749_has_it() -> None:
    desk = Desk()
    status, body, headers = desk.token()
    assert status == 200
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert headers["Cache-Control"] == ["no-store"]
    device = read_device(jws.read(body["access_token"]), desk.keys.public("device"), desk.room.clock())
    assert (device.device_id, device.clinic_code) == ("reg-1", "3206000001")


def test_an_assertion_twice_and_a_disabled_device() -> None:
    desk = Desk()
    assert desk.token()[0] == 200
    status, body, _ = desk.token()
    assert (status, body["code"], body["error"]) == (401, "device_assertion_invalid", "invalid_client")
    desk.room.enrolments.stored["reg-1"] = replace(desk.room.enrolments.stored["reg-1"], enabled=False)
    fresh = assertion(desk.room.clock(), jti="assertion-0002")
    assert desk.token(client_assertion=fresh)[0] == 401


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "invalid_request"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials", 400, "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", 400, None),
        (event("guide_visit", "device_token")["body"], 401, "invalid_client"),
        ("client_assertion=" + "x" * 9000, 413, None),
        ("%" * 300, 400, "invalid_request"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hostile_forms(body: str, status: int, error: str | None) -> None:
    found, problem, _ = Desk().send("device_token", body=body)
    assert found == status
    if error is not None:
        assert problem["error"] == error


def test_the_form_is_no_json_and_json_is_no_form() -> None:
    sent = event("guide_visit", "device_token", body="{}")
    sent["headers"]["Content-Type"] = "application/json"
    assert send(Desk().handler, sent)[0] == 415
    sent = event("guide_visit", "report_fit", body="station=registration&outcome=fit")
    sent["headers"]["Content-Type"] = "application/x-www-form-urlencoded"
    assert send(Desk().handler, sent)[0] == 415


def test_the_routes_describe_themselves() -> None:
    paths = json.loads(describe().get_openapi_json_schema())["paths"]
    assert set(paths) == {
        "/v1/visits/{visit_id}/outcomes",
        "/v1/visits/{visit_id}/calls",
        "/v1/clinics/{clinic_code}/queue",
        "/v1/clinics/{clinic_code}/today",
        "/v1/clinics/{clinic_code}/appointments",
        "/v1/offline-pack",
        "/v1/devices/token",
        "/v1/vaccines",
    }
    assert "application/x-www-form-urlencoded" in paths["/v1/devices/token"]["post"]["requestBody"]["content"]
