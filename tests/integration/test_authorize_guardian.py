"""`authorize_guardian` through its events (R22–R27, D7)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from functions.authorize_guardian.app import create, describe
from tests.fakes.events import event, faults, send
from tests.fakes.household import PURPOSES, Household
from tests.fakes.people import FATHER_NO, GRANDMOTHER_NO, an_adult, an_archive, id_no
from vaxcert.archives.relations import Relation, relation_word

RECORD = an_archive().record_id
GOOD = {
    "id_no": GRANDMOTHER_NO,
    "name": "沈测试",
    "relation": "maternal_grandmother",
    "phone": "13800000000",
}


class Desk:
    """The handler over a household that has claimed its child's certificate."""

    def __init__(self) -> None:
        self.home = Household(an_archive(), an_adult())
        self.handler = create(self.home.granting, self.home.clock)
        self.certificate_id = self.home.claim(RECORD)

    def event(self, name: str, certificate_id: str | None = None, **changed: Any) -> dict[str, Any]:
        path = {"certificate_id": certificate_id or self.certificate_id} | changed.pop("path", {})
        return event("authorize_guardian", name, path=path, **changed)

    def send(self, name: str, certificate_id: str | None = None, **changed: Any) -> tuple[int, Any]:
        status, body, _ = send(self.handler, self.event(name, certificate_id, **changed))
        return status, body


def test_r25_r26_the_grant_has_the_shape_of_the_contract() -> None:
    desk = Desk()
    status, body = desk.send("authorize")
    assert status == 201
    assert body == {
        "grant_id": body["grant_id"],
        "name": "沈测试",
        "id_no": body["id_no"],
        "phone": "138****0000",
        "relation": "maternal_grandmother",
        "status": "active",
        "created_at": "2026-07-01T10:00:00+08:00",
    }
    assert GRANDMOTHER_NO[6:14] not in body["id_no"]
    assert desk.send("list") == (200, {"grants": [body], "next_cursor": None})


def test_d7_the_relation_may_be_chinese_and_the_end_date_is_told() -> None:
    desk = Desk()
    status, body = desk.send("authorize_in_chinese_until")
    assert (status, body["relation"], body["expires_on"]) == (201, "maternal_grandmother", "2026-12-31")


@pytest.mark.parametrize("relation", list(Relation))
def test_d7_every_relation_is_taken_in_both_languages(relation: Relation) -> None:
    for key, word in enumerate((str(relation), relation_word(relation, english=False))):
        status, body = Desk().send("authorize", body=GOOD | {"relation": word}, key=f"relation-{key}")
        assert (status, body["relation"]) == (201, relation)


@pytest.mark.parametrize(
    ("word", "relation"),
    [("爷爷", "paternal_grandfather"), ("姥姥", "maternal_grandmother"), ("继父", "father")],
)
def test_d15_everyday_words_are_taken_from_families_too(word: str, relation: str) -> None:
    status, body = Desk().send("authorize", body=GOOD | {"relation": word})
    assert (status, body["relation"]) == (201, relation)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id_no": GRANDMOTHER_NO[:-1]}, "identity_number_invalid"),
        ({"id_no": "1" * 19}, "identity_number_invalid"),
        ({"id_no": "１" * 18}, "identity_number_invalid"),
        ({"id_no": FATHER_NO}, "delegate_is_self"),
        ({"id_no": id_no(date(2008, 7, 2))}, "delegate_underage"),
    ],
)
def test_d7_d10_who_cannot_be_a_delegate(changed: dict[str, str], code: str) -> None:
    status, body = Desk().send("authorize", body=GOOD | changed)
    assert (status, body["code"]) == (422, code)
    assert changed["id_no"] not in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        ({"relation": "neighbour"}, "/relation", "unknown"),
        ({"phone": "12345678901"}, "/phone", "invalid"),
        ({"phone": "1380000000"}, "/phone", "invalid"),
        ({"phone": "91234567"}, "/phone", "invalid"),
        ({"phone": " "}, "/phone", "invalid"),
        ({"name": "王\u202e芳"}, "/name", "control_character"),
        ({"name": "王\x00芳"}, "/name", "control_character"),
        ({"name": ""}, "/name", "too_short"),
        ({"name": "·"}, "/name", "invalid"),
        ({"expires_on": "2026-06-30"}, "/expires_on", "in_the_past"),
        ({"expires_on": "2026-02-30"}, "/expires_on", "invalid"),
        ({"expires_on": "20261231"}, "/expires_on", "invalid"),
        ({"expires_at": "2026-12-31"}, "/expires_at", "unknown_field"),
        ({"id_no": None}, "/id_no", "wrong_type"),
    ],
)
def test_r25_a_bad_field_is_pointed_at(changed: dict[str, Any], pointer: str, code: str) -> None:
    status, body = Desk().send("authorize", body=GOOD | changed)
    assert (status, faults(body)) == (422, [{"pointer": pointer, "code": code}])


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("139 1234 5678", "139****5678"),
        ("+86 139-1234-5678", "139****5678"),
        ("１３９１２３４５６７８\r\n", "139****5678"),
        ("+852 9123 4567", "+852****4567"),
    ],
)
def test_d17_a_phone_is_taken_as_people_write_it(phone: str, masked: str) -> None:
    status, body = Desk().send("authorize", body=GOOD | {"phone": phone})
    assert (status, body["phone"]) == (201, masked)


def test_d17_the_refusal_of_a_phone_says_what_to_write() -> None:
    desk = Desk()
    sent = desk.event("authorize", body=GOOD | {"phone": "91234567"})
    problem = json.loads(desk.handler(sent, None)["body"])
    assert "11 位手机号码" in problem["errors"][0]["detail"]
    assert "+852" in problem["errors"][0]["detail"]
    assert "errors" not in problem["detail"]
    sent["headers"]["Accept-Language"] = "en"
    told = json.loads(desk.handler(sent, None)["body"])["errors"][0]["detail"]
    assert told.isascii()
    assert "11 digits" in told


def test_r25_a_name_with_a_letter_that_this_python_does_not_know_yet_is_taken() -> None:
    status, body = Desk().send("authorize", body=GOOD | {"name": " 王\U000323b0 "})
    assert (status, body["name"]) == (201, "王\U000323b0")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"relation": "neighbour", "phone": "1380000000", "expires_on": "2026-06-30"},
            [("/relation", "unknown"), ("/phone", "invalid"), ("/expires_on", "in_the_past")],
        ),
        (
            {"id_no": "1" * 18, "name": "·", "relation": "neighbour", "expires_on": "2026-02-30"},
            [
                ("/id_no", "invalid"),
                ("/name", "invalid"),
                ("/relation", "unknown"),
                ("/expires_on", "invalid"),
            ],
        ),
        (
            {"id_no": "1" * 18, "name": "", "phone": None, "relation": 3},
            [
                ("/name", "too_short"),
                ("/relation", "wrong_type"),
                ("/phone", "wrong_type"),
                ("/id_no", "invalid"),
            ],
        ),
        (
            {"id_no": GRANDMOTHER_NO[:-1], "expires_on": "20261231"},
            [("/expires_on", "invalid"), ("/id_no", "invalid")],
        ),
    ],
)
def test_r25_everything_wrong_with_a_form_is_told_at_once(
    changed: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Whoever mends one field after another has to be told of the next one only after the last: here they are told of all."""
    desk = Desk()
    for certificate_id in (
        None,
        "cnoneaaaaaaaaa",
    ):  # and what is wrong with a form says nothing of the certificate
        status, body = desk.send("authorize", certificate_id, body=GOOD | changed)
        assert (status, body["code"]) == (422, "invalid_request")
        assert [(field["pointer"], field["code"]) for field in body["errors"]] == expected


def test_r25_a_missing_field_does_not_hide_another_fault() -> None:
    status, body = Desk().send("authorize", body={"id_no": "1" * 18, "expires_on": "2026-06-30"})
    assert status == 422
    assert {(field["pointer"], field["code"]) for field in body["errors"]} == {
        ("/name", "required"),
        ("/relation", "required"),
        ("/phone", "required"),
        ("/id_no", "invalid"),
        ("/expires_on", "in_the_past"),
    }


def test_invariant_4_a_replay_after_signing_out_answers_and_a_new_request_does_not() -> None:
    """What was done stays done; the authorizer itself refuses the token within a minute."""
    desk = Desk()
    first = desk.handler(desk.event("authorize"), None)
    signed = desk.event("authorize")
    session = signed["requestContext"]["authorizer"]["session_id"]
    desk.home.sessions.sign_out(session, desk.home.clock())
    assert desk.handler(desk.event("authorize"), None)["body"] == first["body"]
    status, body = desk.send("authorize", body=GOOD | {"id_no": id_no(date(1970, 1, 1))}, key="another-key")
    assert (status, body["code"]) == (401, "unauthorized")


def test_invariant_4_another_callers_key_is_another_key() -> None:
    desk = Desk()
    desk.send("authorize", key="one-and-the-same")
    status, body = desk.send("authorize_by_mother", key="one-and-the-same")
    assert (status, body["code"]) == (404, "not_found")


def test_d22_a_delegate_leaves_and_the_claimant_sees_it_without_the_person() -> None:
    desk = Desk()
    _, grant = desk.send("authorize")
    assert desk.send("leave") == (204, None)
    assert desk.send("leave") == (204, None)
    _, listed = desk.send("list")
    (seen,) = listed["grants"]
    assert (seen["grant_id"], seen["status"]) == (grant["grant_id"], "revoked")
    assert not {"name", "id_no", "phone"} & set(seen)
    assert desk.send("authorize", key="again-and-again")[0] == 201


def test_d22_who_has_no_grant_leaves_nothing() -> None:
    desk = Desk()
    assert desk.send("leave")[1]["code"] == "not_found"
    _, grant = desk.send("authorize")
    desk.send("revoke", path={"grant_id": grant["grant_id"]})
    assert desk.send("leave")[1]["code"] == "not_found"
    assert desk.send("leave", "c" + "b" * 13)[0] == 404


def test_r25_d17_a_phone_is_changed_as_it_is_written_and_can_be_changed_again() -> None:
    desk = Desk()
    _, grant = desk.send("authorize")
    path = {"grant_id": grant["grant_id"]}
    for _ in range(2):
        status, body = desk.send("change_phone", path=path)
        assert (status, body) == (200, grant | {"phone": "139****0000"})
    assert desk.send("list")[1]["grants"] == [grant | {"phone": "139****0000"}]
    status, body = desk.send("change_phone", path=path, body={"phone": "12"})
    assert (status, faults(body)) == (422, [{"pointer": "/phone", "code": "invalid"}])
    desk.send("revoke", path=path)
    assert desk.send("change_phone", path=path)[0] == 404
    desk.home.clock.advance(minutes=16)
    assert desk.send("change_phone", path=path)[1]["code"] == "verification_stale"


def test_r24_an_adults_certificate() -> None:
    desk = Desk()
    own = desk.home.claim(an_adult().record_id, purposes=PURPOSES[:2])
    status, body = desk.send("authorize", own)
    assert (status, body["code"]) == (422, "adult_not_grantable")


def test_d7_already_authorised_and_r27_the_limit() -> None:
    desk = Desk()
    desk.send("authorize")
    status, body = desk.send("authorize", key="another-key")
    assert (status, body["code"]) == (409, "already_authorized")
    for sequence in range(100, 109):
        desk.home.authorize(desk.certificate_id, id_no(date(1970, 1, 1), sequence))
    status, body = desk.send("authorize", body=GOOD | {"id_no": id_no(date(1970, 1, 1), 200)}, key="eleventh")
    assert (status, body["code"]) == (409, "grant_limit_reached")


def test_invariant_4_the_same_request_gets_the_same_bytes_per_certificate() -> None:
    desk = Desk()
    first = desk.handler(desk.event("authorize"), None)
    desk.home.clock.advance(minutes=20)
    again = desk.handler(desk.event("authorize"), None)
    assert (again["statusCode"], again["body"]) == (201, first["body"])
    status, body = desk.send("authorize", body=GOOD | {"phone": "13900000000"})
    assert (status, body["code"]) == (422, "idempotency_key_reused")
    assert desk.send("authorize", "cnoneaaaaaaaaa")[1]["code"] == "verification_stale"


def test_r23_a_stale_verification_still_revokes() -> None:
    desk = Desk()
    _, grant = desk.send("authorize")
    desk.home.clock.advance(minutes=16)
    path = {"grant_id": grant["grant_id"]}
    for _ in range(2):
        assert desk.send("revoke", path=path) == (204, None)
    assert [one["status"] for one in desk.send("list")[1]["grants"]] == ["revoked"]
    assert desk.send("authorize", key="too-late-key")[1]["code"] == "verification_stale"


def test_what_may_not_be_seen_and_what_does_not_exist_answer_the_same_bytes() -> None:
    desk = Desk()
    _, grant = desk.send("authorize")
    hidden = desk.home.certificates.stored[desk.certificate_id]
    answers = {
        desk.handler(desk.event("authorize_by_mother"), None)["body"],
        desk.handler(desk.event("authorize", "cnoneaaaaaaaaa"), None)["body"],
        desk.handler(desk.event("list", "cnoneaaaaaaaaa"), None)["body"],
        desk.handler(desk.event("revoke", path={"grant_id": "g" + "0" * 24}), None)["body"],
        desk.handler(desk.event("revoke", "cnoneaaaaaaaaa", path={"grant_id": grant["grant_id"]}), None)[
            "body"
        ],
    }
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "not_found"
    assert hidden.standing.status == "active"


def test_the_answer_does_not_tell_whether_the_delegate_is_known() -> None:
    """D7: an adult with an archive and one without get the same answer."""
    known, unknown = Desk(), Desk()
    known.home.register.store(an_adult(GRANDMOTHER_NO, "known"))
    answers = [desk.handler(desk.event("authorize"), None)["body"] for desk in (known, unknown)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("limit", ["0", "51", "x"])
def test_a_bad_limit_is_pointed_at(limit: str) -> None:
    status, body = Desk().send("list", query={"limit": limit})
    assert (status, body["errors"][0]["pointer"]) == (422, "/query/limit")


def test_a_cursor_of_nobody_is_malformed() -> None:
    status, body = Desk().send("list", query={"cursor": "AAAA"})
    assert (status, faults(body)) == (400, [{"pointer": "/query/cursor", "code": "unknown"}])


def test_invariant_7_the_log_holds_nothing_of_a_delegate(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()
    desk.send("authorize")
    desk.send("list")
    logged = capsys.readouterr().out
    assert "/v1/certificates/{certificate_id}/grants" in logged
    for secret in (GRANDMOTHER_NO, "沈测试", "13800000000", desk.certificate_id, "v1:"):
        assert secret not in logged


def test_the_document_names_every_route() -> None:
    schema = json.loads(describe().get_openapi_json_schema())
    assert {(path, method) for path, found in schema["paths"].items() for method in found} == {
        ("/v1/certificates/{certificate_id}/grants", "get"),
        ("/v1/certificates/{certificate_id}/grants", "post"),
        ("/v1/certificates/{certificate_id}/grants/{grant_id}", "delete"),
        ("/v1/certificates/{certificate_id}/grants/{grant_id}", "patch"),
        ("/v1/certificates/{certificate_id}/delegation", "delete"),
    }
