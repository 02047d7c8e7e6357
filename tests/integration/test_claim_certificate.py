"""`claim_certificate` through its events: what the client sends and what it gets back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.claim_certificate.app import create, describe
from tests.fakes.events import event, faults, send
from tests.fakes.household import CONSENT, Household
from tests.fakes.people import MOTHER, an_adult, an_archive, id_no
from vaxcert.archives.model import Archive

CHILD = an_archive()
SECRETS = ("周小样", "周示例", id_no(CHILD.birth_date), "13800000000")


class Desk:
    """The handler over a household."""

    def __init__(self, *archives: Archive) -> None:
        self.home = Household(*(archives or (CHILD,)))
        self.handler = create(self.home.listing, self.home.claims, self.home.clock)

    def send(self, name: str, **changed: Any) -> tuple[int, Any, dict[str, list[str]]]:
        return send(self.handler, event("claim_certificate", name, **changed))

    def claimed(self) -> str:
        status, body, _ = self.send("claim")
        assert status == 201
        certificate_id: str = body["certificate_id"]
        return certificate_id


def test_r16_the_lists_have_the_shapes_of_the_contract() -> None:
    desk = Desk(CHILD, an_adult())
    status, body, headers = desk.send("overview")
    assert status == 200
    assert set(body) == {"claimable", "claimed", "authorized", "notices"}
    by_kind = {person["kind"]: person for person in body["claimable"]}
    assert by_kind["child"] == {
        "record_id": CHILD.record_id,
        "kind": "child",
        "name": "周小样",
        "birth_date": "2020-05-01",
        "id_no": by_kind["child"]["id_no"],
        "relation": "father",
    }
    assert "*" in by_kind["child"]["id_no"]
    assert by_kind["adult"]["relation"] == "self"
    assert headers["Cache-Control"] == ["no-store"]


def test_r17_the_detail_is_the_person_and_the_consent() -> None:
    status, body, _ = Desk().send("claimable")
    assert status == 200
    assert (body["name"], body["relation"]) == ("周小样", "father")
    assert set(body["consent"]) == {"version", "text", "purposes"}
    assert all(set(purpose) == {"id", "text", "required"} for purpose in body["consent"]["purposes"])


def test_r19_the_answer_says_the_notices_own_words() -> None:
    desk = Desk()
    status, body, _ = desk.send("claim")
    assert status == 201
    assert body["message"] == "电子预防接种证申领成功"
    assert (body["kind"], body["status"], body["record_id"]) == ("child", "active", CHILD.record_id)
    assert body["claimed_at"] == "2026-07-01T10:00:00+08:00"
    assert "status_reason" not in body
    _, lists, _ = desk.send("overview")
    assert lists["claimed"] == [{name: value for name, value in body.items() if name != "message"}]
    assert desk.send("get", path={"certificate_id": body["certificate_id"]})[1] == lists["claimed"][0]


def test_d12_english_on_request() -> None:
    desk = Desk(an_archive(city="320500"))
    _, body, headers = desk.send("overview_in_english")
    assert body["notices"][0]["title"] == "Not in a pilot city"
    assert headers["Content-Language"] == ["en"]
    assert Desk().send("claim_in_english")[1]["message"] == "Electronic vaccination certificate claimed"


def test_r36_a_notice_has_its_person() -> None:
    _, body, _ = Desk(an_archive(city="320500")).send("overview")
    (notice,) = body["notices"]
    assert set(notice) == {"code", "title", "detail", "next_step", "record_id", "name"}
    _, general, _ = Desk(an_archive(guardians=())).send("overview")
    assert set(general["notices"][0]) == {"code", "title", "detail", "next_step"}


def test_r20_already_claimed() -> None:
    desk = Desk()
    desk.claimed()
    status, body, _ = desk.send("claim_by_mother")
    assert (status, body["code"], body["relation"]) == (409, "already_claimed", "father")
    status, body, _ = desk.send("claim", key="another-key")
    assert (status, body["code"]) == (409, "already_claimed")


def test_r36_not_eligible_tells_the_reason_and_the_next_step() -> None:
    status, body, _ = Desk(an_archive(city="320500")).send("claim")
    assert (status, body["code"], body["reason"]) == (422, "not_eligible", "city_not_pilot")
    assert body["notice"]["next_step"]


@pytest.mark.parametrize(
    "consent",
    [
        None,
        {},
        {"purposes": []},
        {"version": CONSENT.version},
        {"version": CONSENT.version, "purposes": ["basic_service"]},
    ],
)
def test_consent_required(consent: dict[str, Any] | None) -> None:
    body = {"record_id": CHILD.record_id} | ({} if consent is None else {"consent": consent})
    status, problem, _ = Desk().send("claim_without_consent", body=body)
    assert (status, problem["code"]) == (422, "consent_required")
    assert problem["consent"]["version"] == CONSENT.version


def test_consent_outdated_shows_the_one_in_force() -> None:
    body = {"record_id": CHILD.record_id, "consent": {"version": "2020-01-01", "purposes": []}}
    status, problem, _ = Desk().send("claim", body=body)
    assert (status, problem["code"]) == (409, "consent_outdated")
    assert problem["consent"]["text"] == CONSENT.text.zh


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/record_id", "required"),
        ({"record_id": ""}, "/record_id", "too_short"),
        ({"record_id": "x" * 65}, "/record_id", "too_long"),
        ({"record_id": 1}, "/record_id", "wrong_type"),
        ({"record_id": "r", "force": True}, "/force", "unknown_field"),
        ({"record_id": "r", "consent": {"version": 1}}, "/consent/version", "wrong_type"),
        ({"record_id": "r", "consent": {"purposes": "all"}}, "/consent/purposes", "wrong_type"),
    ],
)
def test_a_bad_body_is_pointed_at(body: dict[str, Any], pointer: str, code: str) -> None:
    status, problem, _ = Desk().send("claim", body=body)
    assert (status, faults(problem)) == (422, [{"pointer": pointer, "code": code}])


def test_an_unknown_purpose_is_pointed_at() -> None:
    consent = {"version": CONSENT.version, "purposes": ["everything"]}
    status, problem, _ = Desk().send("claim", body={"record_id": CHILD.record_id, "consent": consent})
    assert (status, problem["code"]) == (422, "invalid_request")
    assert faults(problem) == [
        {"pointer": "/consent/purposes", "code": "required"},
        {"pointer": "/consent/purposes/0", "code": "unknown"},
    ]


def test_invariant_4_the_same_request_gets_the_same_bytes() -> None:
    desk = Desk()
    first = desk.handler(event("claim_certificate", "claim"), None)
    desk.home.clock.advance(minutes=20)
    again = desk.handler(event("claim_certificate", "claim"), None)
    assert (again["statusCode"], again["body"]) == (201, first["body"])
    status, body, _ = desk.send("claim", body={"record_id": "rother"})
    assert (status, body["code"]) == (422, "idempotency_key_reused")


def test_a_claim_without_a_key_is_malformed() -> None:
    status, body, _ = Desk().send("claim_without_key")
    assert (status, body["code"]) == (400, "idempotency_key_missing")


def test_r15_a_stale_verification() -> None:
    desk = Desk()
    desk.home.clock.advance(minutes=15)
    status, body, _ = desk.send("claim")
    assert (status, body["code"]) == (403, "verification_stale")


def test_a_session_that_is_over_or_signed_out() -> None:
    desk = Desk()
    desk.home.sessions.sign_out("00112233445566778899aabbccddeeff", desk.home.clock())
    assert desk.send("claim")[0] == 401
    desk.home.clock.advance(minutes=29)
    assert desk.send("overview")[0] == 401


def test_d5_release_answers_nothing_and_can_be_repeated() -> None:
    desk = Desk()
    path = {"certificate_id": desk.claimed()}
    for _ in range(2):
        status, body, _ = desk.send("release", path=path)
        assert (status, body) == (204, None)
    assert desk.send("get", path=path)[0] == 404
    assert desk.send("overview")[1]["claimed"] == []
    status, body, _ = desk.send("claim", key="the-next-key")
    assert status == 201
    assert body["certificate_id"] != path["certificate_id"]


def test_what_may_not_be_seen_and_what_does_not_exist_answer_the_same_bytes() -> None:
    desk = Desk()
    hidden = desk.home.claim(CHILD.record_id, desk.home.citizen(MOTHER))
    answers = {
        desk.handler(event("claim_certificate", name, path={"certificate_id": one}), None)["body"]
        for name in ("get", "release")
        for one in (hidden, "cnoneaaaaaaaaa", "x")
    }
    answers.add(
        desk.handler(event("claim_certificate", "claimable", path={"record_id": "rnone"}), None)["body"]
    )
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "not_found"


def test_d7_a_delegate_finds_the_certificate_among_the_authorised() -> None:
    desk = Desk()
    desk.home.authorize(desk.claimed())
    _, body, _ = desk.send("overview_of_delegate")
    assert [one["relation"] for one in body["authorized"]] == ["maternal_grandmother"]


def test_invariant_7_the_log_holds_nothing_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.send("get", path={"certificate_id": desk.claimed()})
    desk.home.clock.advance(seconds=1)
    desk.send("overview")
    logged = capsys.readouterr().out
    assert "POST /v1/certificates" in logged
    for secret in (*SECRETS, CHILD.record_id, CHILD.key, "v1:"):
        assert secret not in logged


def test_the_document_names_every_route() -> None:
    schema = json.loads(describe().get_openapi_json_schema())
    assert {(path, method) for path, found in schema["paths"].items() for method in found} == {
        ("/v1/certificates", "get"),
        ("/v1/certificates", "post"),
        ("/v1/certificates/claimable/{record_id}", "get"),
        ("/v1/certificates/{certificate_id}", "get"),
        ("/v1/certificates/{certificate_id}", "delete"),
    }


def test_the_end_of_the_session_is_checked_by_the_handler_itself() -> None:
    """The authorizer's answer is cached for up to a minute."""
    desk = Desk()
    desk.home.clock.now += timedelta(minutes=29)
    assert desk.send("get")[0] == 401


def test_headers_count_however_a_gateway_spells_their_names() -> None:
    """HTTP header names know no case (RFC 9110 §5.1)."""
    desk = Desk()
    sent = event("claim_certificate", "claim")
    for name in ("headers", "multiValueHeaders"):
        sent[name] = {key.lower(): value for key, value in sent[name].items()}
    first = desk.handler(sent, None)
    assert first["statusCode"] == 201
    assert desk.handler(event("claim_certificate", "claim"), None)["body"] == first["body"]
