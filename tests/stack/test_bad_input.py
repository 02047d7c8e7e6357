"""Bad input over HTTP with IAM enforced: a clear problem each time, no trace of the inside, nothing written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.stack.conftest import World

pytestmark = pytest.mark.stack


def _problem(data: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(data)
    assert {"type", "title", "status", "code", "detail"} <= set(body)
    assert "Traceback" not in data.decode()
    return body


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("GET", "/"), ("PUT", "/v1/certificates"), ("GET", "/v1/sessions")],
)
def test_an_unknown_route_or_method_is_a_problem(world: World, method: str, path: str) -> None:
    answer = world.raw(method, path)
    body = _problem(answer.data)
    assert (answer.status, body["status"], body["code"]) == (404, 404, "not_found")
    assert "instance" not in body


def test_without_a_token_nothing_opens(world: World) -> None:
    answer = world.raw("GET", "/v1/certificates")
    body = _problem(answer.data)
    assert (answer.status, body["code"]) == (401, "unauthorized")
    assert body["title"] != body["title_en"]


@pytest.mark.parametrize(
    "token",
    ["Bearer x", "Bearer " + "a" * 5000, "Basic Zm9vOmJhcg==", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer"],
)
def test_a_foreign_token_does_not_open(world: World, token: str) -> None:
    answer = world.raw("GET", "/v1/certificates", Authorization=token)
    assert (answer.status, _problem(answer.data)["code"]) == (401, "unauthorized")


def test_a_token_of_the_other_class_does_not_open(world: World) -> None:
    device = world.device(world.case("story_child").archive.clinic.code, "ticket")
    citizen = world.token(world.parent("born_2017_01_02"))
    assert world.raw("GET", "/v1/certificates", Authorization=f"Bearer {device}").status == 401
    scan = world.raw(
        "POST", "/v1/scans", b"{}", Authorization=f"Bearer {citizen}", Content_Type="application/json"
    )
    assert scan.status == 401


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"{not json", "application/json", 400, "malformed_request"),
        (b"\xff\xfe", "application/json", 400, "malformed_request"),
        (b'{"purpose":' + b"9" * 4301 + b"}", "application/json", 400, "malformed_request"),
        (b"[" * 8000, "application/json", 400, "malformed_request"),
        (b'{"purpose":"\\ud800"}', "application/json", 400, "malformed_request"),
        (b'{"purpose":NaN}', "application/json", 400, "malformed_request"),
        (b"[]", "application/json", 422, "invalid_request"),
        (b"{}", "application/json", 422, "invalid_request"),
        (b'{"purpose":1}', "application/json", 422, "invalid_request"),
        (b'{"purpose":"enter","more":1}', "application/json", 422, "invalid_request"),
        (b'{"purpose":"enter"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"purpose":"' + b"x" * 9000 + b'"}', "application/json", 413, "body_too_large"),
    ],
)
def test_a_bad_body_is_told_apart(world: World, body: bytes, media_type: str, status: int, code: str) -> None:
    answer = world.raw("POST", "/v1/challenges", body, Content_Type=media_type)
    assert (answer.status, _problem(answer.data)["code"]) == (status, code)


def test_what_is_hidden_and_what_does_not_exist_answer_the_same_bytes(world: World) -> None:
    """Contract: the same 404 for a stranger's certificate and for none."""
    owner, stranger = world.parent("twin_elder"), world.parent("other_guardian")
    claimed = world.claim(
        owner, world.claimable(owner, world.case("twin_elder").archive.person.name)["record_id"]
    )
    token = f"Bearer {world.token(stranger)}"
    unknown = "0" * len(claimed["certificate_id"])
    for suffix in ("", "/records", "/grants", "/access-log"):
        hidden = world.raw(
            "GET", f"/v1/certificates/{claimed['certificate_id']}{suffix}", Authorization=token
        )
        missing = world.raw("GET", f"/v1/certificates/{unknown}{suffix}", Authorization=token)
        assert hidden.status == missing.status == 404
        assert hidden.data == missing.data


def test_a_refused_claim_writes_nothing(world: World) -> None:
    father = world.parent("ordinary_01")
    record_id = world.claimable(father, world.case("ordinary_01").archive.person.name)["record_id"]
    token = f"Bearer {world.token(father)}"
    for body, status in (
        ({"record_id": record_id}, 422),
        ({"record_id": record_id, "consent": {"version": "0", "purposes": []}}, 409),
        ({"record_id": "r" + "a" * 26, "consent": {"version": "0", "purposes": []}}, 404),
    ):
        answer = world.raw(
            "POST",
            "/v1/certificates",
            json.dumps(body).encode(),
            Authorization=token,
            Content_Type="application/json",
            Idempotency_Key="refused-claim-" + str(status),
        )
        assert answer.status == status, answer.data
    without_key = world.raw(
        "POST", "/v1/certificates", b"{}", Authorization=token, Content_Type="application/json"
    )
    assert without_key.status in {400, 422}
    assert world.lists(father)["claimed"] == []
