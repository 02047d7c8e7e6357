"""`verify_scan` through its events (R28, invariants 2 and 3)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from functions.verify_scan.answers import Verdict
from functions.verify_scan.app import create, describe
from tests.fakes.events import event, send
from tests.fakes.waiting_room import WaitingRoom
from vaxcert.aws.clock import rfc3339
from vaxcert.visits.model import Reason


class Desk:
    """The handler over a room with a claimed certificate."""

    def __init__(self) -> None:
        self.room = WaitingRoom()
        self.handler = create(self.room.scans, self.room.handing_in, self.room.clock)

    def scan(
        self, station: str = "ticket", code: str | None = None, *, name: str = "", key: str | None = None
    ) -> tuple[int, Any, dict[str, list[str]]]:
        body = {"code": self.room.code() if code is None else code, "station": station}
        return send(
            self.handler,
            event("verify_scan", name or f"scan_{station}", body=body, key=key or self.room.home.key()),
        )


def test_r28_an_accepted_scan() -> None:
    status, body, headers = Desk().scan()
    assert status == 200
    assert set(body) == {"result", "reason", "title", "next_step", "family", "visit", "person"}
    assert (body["result"], body["reason"], body["title"]) == ("accepted", None, "取号成功：A001")
    assert set(body["visit"]) == {"visit_id", "ticket", "state", "station"}
    assert body["person"] == {"name": "周**"}
    assert headers["Cache-Control"] == ["no-store"]


def test_r28_what_is_due_is_answered_as_the_api_document_says() -> None:
    """In the language asked for; the documented model holds every field of the answer."""
    desk = Desk()
    desk.scan()
    _, body, _ = desk.scan("registration")
    assert {"due", "next", "advice"} <= set(body["person"])
    assert body["person"]["due"][0]["vaccine_name"] == "乙肝疫苗"
    assert all("vaccine_name_en" not in one for one in body["person"]["due"])
    assert Verdict.model_validate(body).model_dump(exclude_none=True)["person"] == body["person"]
    sent = event(
        "verify_scan",
        "scan_registration",
        body={"code": desk.room.code(), "station": "registration"},
        key=desk.room.home.key(),
    )
    sent["headers"]["Accept-Language"] = "en"
    _, english, _ = send(desk.handler, sent)
    assert english["person"]["due"][0]["vaccine_name_en"] == "Hepatitis B vaccine"
    assert Verdict.model_validate(english).model_dump(exclude_none=True)["person"] == english["person"]


def test_a_refused_scan_is_an_answer_and_no_error() -> None:
    for name, title in (
        ("scan_ticket", "不是电子预防接种证的二维码"),
        ("scan_in_english", "Not a certificate's code"),
    ):
        junk = {"code": "6901234567892", "station": "ticket"}
        status, body, headers = send(Desk().handler, event("verify_scan", name, body=junk))
        assert status == 200
        assert (body["result"], body["reason"], body["title"]) == ("refused", "malformed", title)
        assert set(body) == {"result", "reason", "title", "next_step", "family"}
        assert headers["Content-Language"] == ["en" if "english" in name else "zh"]


def test_r28_a_code_that_the_scanner_spoiled_names_the_scanner_and_not_the_family() -> None:
    desk = Desk()
    for scanned_at in ({}, {"scanned_at": "2026-07-01T10:00:00+08:00"}):
        body = {"code": desk.room.code().replace(":", ";", 1), "station": "ticket"} | scanned_at
        _, answer, _ = send(desk.handler, event("verify_scan", "scan_ticket", body=body))
        assert (answer["result"], answer["reason"]) == ("refused", "malformed")
        assert "请检查扫码枪设置" in answer["next_step"]
        assert "亮码接种" not in answer["next_step"]
    _, answer, _ = send(
        desk.handler,
        event(
            "verify_scan",
            "scan_ticket",
            body={"code": "]Q3" + desk.room.code().replace(":", "：") + "\x1d", "station": "ticket"},
        ),
    )
    assert answer["result"] == "accepted"


def test_invariant_2_the_same_request_gets_the_same_bytes() -> None:
    desk = Desk()
    sent = event("verify_scan", "scan_ticket", body={"code": desk.room.code(), "station": "ticket"})
    first = desk.handler(sent, None)
    assert json.loads(first["body"])["result"] == "accepted"
    desk.room.clock.advance(minutes=2)
    assert desk.handler(sent, None)["body"] == first["body"]
    changed = event("verify_scan", "scan_ticket", body={"code": desk.room.code(), "station": "ticket"})
    status, body, _ = send(desk.handler, changed)
    assert (status, body["code"]) == (422, "idempotency_key_reused")


def test_the_key_is_required() -> None:
    status, body, _ = send(Desk().handler, event("verify_scan", "scan_without_key"))
    assert (status, body["code"]) == (400, "idempotency_key_missing")


def test_a_device_outside_its_stations() -> None:
    desk = Desk()
    sent = event(
        "verify_scan", "scan_registration", body={"code": desk.room.code(), "station": "registration"}
    )
    sent["requestContext"]["authorizer"]["stations"] = "ticket"
    status, body, _ = send(desk.handler, sent)
    assert (status, body["code"]) == (403, "station_not_allowed")


def test_invariant_3_a_disabled_device() -> None:
    desk = Desk()
    standing = desk.room.enrolments.stored["reg-1"]
    desk.room.enrolments.stored["reg-1"] = replace(standing, enabled=False, version=2)
    status, body, _ = desk.scan()
    assert (status, body["code"]) == (403, "device_disabled")
    desk.room.enrolments.stored["reg-1"] = replace(standing, version=3)
    assert desk.scan()[0] == 401


def test_a_citizens_token_scans_nothing() -> None:
    desk = Desk()
    sent = event("verify_scan", "scan_ticket")
    sent["requestContext"]["authorizer"]["kind"] = "citizen"
    assert send(desk.handler, sent)[0] == 401
    sent["requestContext"]["authorizer"] |= {"kind": "device", "exp": "1782871200"}
    assert send(desk.handler, sent)[0] == 401, "the token has ended"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"code": "x"}, 422),
        ({"code": "x", "station": "toilet"}, 422),
        ({"code": 7, "station": "ticket"}, 422),
        ({"code": None, "station": "ticket"}, 422),
        ({"code": "x", "station": "ticket", "more": 1}, 422),
        ({"code": "", "station": "ticket"}, 200),
        ({"code": "x" * 7000, "station": "ticket"}, 200),
        ("{", 400),
        ("[]", 422),
        ("x" * 9000, 413),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hostile_bodies(body: Any, status: int) -> None:
    found, answer, _ = send(Desk().handler, event("verify_scan", "scan_ticket", body=body))
    assert found == status
    if status == 200:
        assert answer["reason"] == "malformed"


def test_every_refusal_has_its_shape() -> None:
    desk = Desk()
    code = desk.room.code()
    desk.scan(code=code)
    _, used, _ = desk.scan(code=code)
    assert used["reason"] == "already_used"
    _, wrong, _ = desk.scan("vaccination")
    assert wrong["reason"] == "wrong_order"
    assert wrong["visit"]["ticket"] == "A001"
    assert "person" not in wrong


def test_invariant_7_the_log_tells_route_status_and_time_alone(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    code = desk.room.code()
    status, body, _ = desk.scan(code=code)
    (told,) = capsys.readouterr().out.splitlines()
    assert status == 200
    assert "POST /v1/scans" in told
    for secret in (code, code[10:60], "周", desk.room.certificate_id, body["visit"]["visit_id"]):
        assert secret not in told


def test_the_routes_describe_themselves() -> None:
    document = json.loads(describe().get_openapi_json_schema())
    assert set(document["paths"]) == {"/v1/scans"}
    assert set(document["components"]["schemas"]["Reason"]["enum"]) == set(Reason)


def test_a_scan_made_offline_is_handed_in() -> None:
    """ADR 0008: `scanned_at` records and confirms nothing; a double is told with when and where."""
    desk = Desk()
    code, at = desk.room.code(), rfc3339(desk.room.clock())
    desk.room.clock.advance(minutes=5)
    body = {"code": code, "station": "ticket", "scanned_at": at}
    status, answer, _ = send(
        desk.handler, event("verify_scan", "scan_made_offline", body=body, key="offline-key")
    )
    assert (status, answer["result"], answer["reason"]) == (200, "recorded", None)
    assert set(answer) == {"result", "reason", "title", "next_step", "family"}
    status, again, _ = send(desk.handler, event("verify_scan", "scan_ticket", body=body, key="another-key"))
    assert (again["reason"], again["used"]) == ("already_used", {"at": at, "station": "ticket"})


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-07-01", "2026-07-01T10:00:00", "0001-01-01T00:00:00+14:00", 5, "9" * 41]
)
def test_when_it_was_scanned_is_a_moment(moment: Any) -> None:
    body = {"code": "x", "station": "ticket", "scanned_at": moment}
    status, answer, _ = send(Desk().handler, event("verify_scan", "scan_ticket", body=body))
    assert (status, answer["errors"][0]["pointer"]) == (422, "/scanned_at")


def test_r28_an_accepted_scan_and_a_refused_one_are_told_apart_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    desk.scan()
    desk.scan(code="VC1:nonsense")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    accepted, refused = (line for line in lines if line.get("message") == "request")
    assert (accepted["result"], accepted["scans_accepted"]) == ("accepted", 1)
    assert (refused["result"], refused["reason"], refused["scans_refused"]) == ("refused", "malformed", 1)
    assert accepted["correlation_id"]
    assert "nonsense" not in json.dumps(lines)
