"""Every route with every hostile value in every place, on the handlers: never our outage for a caller's mistake, always the one shape.

`tests/stack/test_generated_input.py` sends a part of the same over HTTP.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from functions.authorize_guardian.app import create as authorize_guardian
from functions.book_appointment.app import create as book_appointment
from functions.check_document.app import create as check_document
from functions.claim_certificate.app import create as claim_certificate
from functions.follow_certificate.app import create as follow_certificate
from functions.follow_visit.app import create as follow_visit
from functions.guide_visit.app import create as guide_visit
from functions.issue_document.app import create as issue_document
from functions.issue_qr.app import create as issue_qr
from functions.report_entry.app import create as report_entry
from functions.view_records.app import create as view_records
from tests.fakes.clock import FakeClock
from tests.fakes.events import event
from tests.hostile.inputs import IDS, Spoiled, operations, spoiled, well_answered
from tests.integration import (
    test_authorize_guardian,
    test_book_appointment,
    test_claim_certificate,
    test_follow_certificate,
    test_follow_visit,
    test_guide_visit,
    test_issue_document,
    test_issue_qr,
    test_open_session,
    test_report_entry,
    test_tell_my_data,
    test_verify_scan,
    test_view_records,
)
from vaxcert.http.api import Handler

OPERATIONS = operations()
_RECORD = "r" + "a" * 26
_DOCUMENT = "d" + "a" * 26


class _Checking(test_issue_document.Desk):
    """The desk that anybody may ask."""

    def __init__(self) -> None:
        super().__init__()
        self.handler = self.checking


def _with_paper() -> Any:
    desk = test_issue_document.Desk()
    issued = desk.issue()["document_id"]
    desk.store.stored[_DOCUMENT] = desk.store.stored.pop(issued)
    return desk


_CERTIFICATE = "/v1/certificates/{certificate_id}"
_GOOD: dict[str, tuple[Callable[[], Any], str, str]] = {
    "GET /v1/certificates": (test_claim_certificate.Desk, "claim_certificate", "overview"),
    "POST /v1/certificates": (test_claim_certificate.Desk, "claim_certificate", "claim"),
    "GET /v1/certificates/claimable/{record_id}": (
        test_claim_certificate.Desk,
        "claim_certificate",
        "claimable",
    ),
    f"GET {_CERTIFICATE}": (test_claim_certificate.Desk, "claim_certificate", "get"),
    f"DELETE {_CERTIFICATE}": (test_claim_certificate.Desk, "claim_certificate", "release"),
    f"GET {_CERTIFICATE}/grants": (test_authorize_guardian.Desk, "authorize_guardian", "list"),
    f"POST {_CERTIFICATE}/grants": (test_authorize_guardian.Desk, "authorize_guardian", "authorize"),
    f"DELETE {_CERTIFICATE}/grants/{{grant_id}}": (
        test_authorize_guardian.Desk,
        "authorize_guardian",
        "revoke",
    ),
    f"PATCH {_CERTIFICATE}/grants/{{grant_id}}": (
        test_authorize_guardian.Desk,
        "authorize_guardian",
        "change_phone",
    ),
    f"DELETE {_CERTIFICATE}/delegation": (test_authorize_guardian.Desk, "authorize_guardian", "leave"),
    f"GET {_CERTIFICATE}/records": (test_view_records.Desk, "view_records", "records"),
    f"GET {_CERTIFICATE}/plan": (test_view_records.Desk, "view_records", "plan"),
    f"GET {_CERTIFICATE}/access-log": (test_view_records.Desk, "view_records", "access_log"),
    f"GET {_CERTIFICATE}/reports": (test_report_entry.Desk, "report_entry", "list"),
    f"POST {_CERTIFICATE}/reports": (test_report_entry.Desk, "report_entry", "report"),
    f"GET {_CERTIFICATE}/appointments": (test_book_appointment.Desk, "book_appointment", "list"),
    f"POST {_CERTIFICATE}/appointments": (test_book_appointment.Desk, "book_appointment", "book"),
    f"GET {_CERTIFICATE}/appointments/{{appointment_id}}": (
        test_book_appointment.Desk,
        "book_appointment",
        "get",
    ),
    f"DELETE {_CERTIFICATE}/appointments/{{appointment_id}}": (
        test_book_appointment.Desk,
        "book_appointment",
        "cancel",
    ),
    f"POST {_CERTIFICATE}/codes": (test_issue_qr.Desk, "issue_qr", "show_code"),
    "GET /v1/appointments": (test_book_appointment.Desk, "book_appointment", "family"),
    "GET /v1/clinics": (test_book_appointment.Desk, "book_appointment", "clinics"),
    "GET /v1/clinics/{clinic_code}/slots": (test_book_appointment.Desk, "book_appointment", "slots"),
    "GET /v1/clinics/{clinic_code}/queue": (test_guide_visit.Desk, "guide_visit", "queue"),
    "GET /v1/vaccines": (test_guide_visit.Desk, "guide_visit", "vaccines"),
    "GET /v1/offline-pack": (lambda: _with_keys(test_guide_visit.Desk()), "guide_visit", "offline_pack"),
    "POST /v1/devices/token": (test_guide_visit.Desk, "guide_visit", "device_token"),
    "POST /v1/visits/{visit_id}/outcomes": (
        lambda: test_guide_visit.Desk("vaccinating"),
        "guide_visit",
        "report_vaccinated",
    ),
    "POST /v1/visits/{visit_id}/calls": (
        lambda: test_guide_visit.Desk("waiting_registration"),
        "guide_visit",
        "call",
    ),
    "GET /v1/clinics/{clinic_code}/today": (test_guide_visit.Desk, "guide_visit", "today"),
    "GET /v1/clinics/{clinic_code}/appointments": (test_guide_visit.Desk, "guide_visit", "booked"),
    f"GET {_CERTIFICATE}/visit": (test_follow_visit.Desk, "follow_visit", "follow"),
    f"GET {_CERTIFICATE}/reminders": (test_follow_certificate.Desk, "follow_certificate", "state"),
    f"PUT {_CERTIFICATE}/reminders": (test_follow_certificate.Desk, "follow_certificate", "switch_on"),
    f"DELETE {_CERTIFICATE}/reminders": (test_follow_certificate.Desk, "follow_certificate", "switch_off"),
    "POST /v1/scans": (test_verify_scan.Desk, "verify_scan", "scan_ticket"),
    "GET /v1/my-data": (test_tell_my_data.Desk, "tell_my_data", "my_data"),
    "POST /v1/challenges": (test_open_session.Desk, "open_session", "make_challenge"),
    "POST /v1/sessions": (test_open_session.Desk, "open_session", "open_session"),
    "DELETE /v1/sessions": (test_open_session.Desk, "open_session", "close_all_sessions"),
    "DELETE /v1/sessions/current": (test_open_session.Desk, "open_session", "close_session"),
    "GET /.well-known/jwks.json": (lambda: _with_keys(test_issue_qr.Desk()), "issue_qr", "key_set"),
    f"POST {_CERTIFICATE}/documents": (test_issue_document.Desk, "issue_document", "issue"),
    f"GET {_CERTIFICATE}/documents": (test_issue_document.Desk, "issue_document", "list"),
    f"GET {_CERTIFICATE}/documents/{{document_id}}": (_with_paper, "issue_document", "paper"),
    "GET /v1/documents/{document_id}": (_Checking, "check_document", "check"),
    "GET /v1/document-keys": (lambda: _with_keys(_Checking()), "check_document", "keys"),
    "GET /healthz": (test_issue_qr.Desk, "issue_qr", "health"),
}


def _with_keys(desk: Any) -> Any:
    desk.rotate()
    return desk


class Untouchable:
    """A collaborator that nobody may ask for anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


_OF_THEIR_FORM = {"record_id": {_RECORD}, "clinic_code": {"null", "CNONEAAAAAAAAA", _RECORD}}
"""Values that have the form of an id, and are nobody's."""


def _own(desk: Any) -> str | None:
    """The certificate that a desk's household has claimed."""
    found: str | None = getattr(desk, "certificate_id", None) or getattr(
        getattr(desk, "room", None), "certificate_id", None
    )
    return found


def _event(label: str, desk: Any = None) -> dict[str, Any]:
    _, function, name = _GOOD[label]
    own = _own(desk)
    with_own = own is not None and "{certificate_id}" in label
    return event(function, name, path={"certificate_id": own} if with_own and own else None)


def _spoil(good: dict[str, Any], how: Spoiled, key: str) -> dict[str, Any]:
    sent = copy.deepcopy(good)
    for name, value in how.path.items():
        for holder in (sent, sent["requestContext"]):
            holder["path"] = holder["path"].replace(sent["pathParameters"][name], value)
        sent["pathParameters"][name] = value
    if how.query:
        sent["queryStringParameters"] = dict(how.query)
        sent["multiValueQueryStringParameters"] = {name: [value] for name, value in how.query.items()}
    headers = {"Idempotency-Key": key} | dict(how.headers)
    for name, value in headers.items():
        sent["headers"] = {one: held for one, held in sent["headers"].items() if one.lower() != name.lower()}
        sent["headers"][name] = value
        sent["multiValueHeaders"][name] = [value]
    if how.body is not None:
        sent["body"] = how.body
    return sent


def test_every_route_of_the_document_is_spoiled() -> None:
    assert set(_GOOD) == set(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_bad_input_is_never_our_outage_and_always_a_problem(label: str) -> None:
    desk = _GOOD[label][0]()
    good = _event(label, desk)
    keys = itertools.count()
    odd = {}
    for how in spoiled(OPERATIONS[label], good["body"]):
        answer = desk.handler(_spoil(good, how, f"generated-{next(keys):06d}"), None)
        media_type = answer["multiValueHeaders"]["Content-Type"][0]
        if not well_answered(answer["statusCode"], media_type, answer["body"]):
            odd[how.name] = (answer["statusCode"], answer["body"][:200])
    assert odd == {}


_WITH_TOKEN = [label for label, operation in OPERATIONS.items() if operation.caller is not None]


@pytest.mark.parametrize("label", _WITH_TOKEN)
def test_r3_a_handler_refuses_who_may_not_call_it_whatever_the_authorizer_let_pass(label: str) -> None:
    """Its answer is kept for a minute: a token that has ended since, one of another class, and none."""
    desk = _GOOD[label][0]()
    asked = _spoil(_event(label, desk), Spoiled(""), "generated-0")
    found = asked["requestContext"]["authorizer"]
    other = "device" if found["kind"] == "citizen" else "citizen"
    contexts: tuple[dict[str, str], ...] = (found | {"exp": "1"}, found | {"kind": other}, {})
    for let_pass in contexts:
        asked["requestContext"]["authorizer"] = let_pass
        answer = desk.handler(copy.deepcopy(asked), None)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (401, "unauthorized")


_GUIDES = ("outcomes", "board", "days", "exchange", "published", "wording", "recalled")


def _untouchable(function: str) -> Handler:
    nothing, clock = Untouchable(), FakeClock()
    made: dict[str, Callable[[], Handler]] = {
        "authorize_guardian": lambda: authorize_guardian(nothing, clock),  # type: ignore[arg-type]
        "book_appointment": lambda: book_appointment(nothing, nothing, nothing, clock, ""),  # type: ignore[arg-type]
        "claim_certificate": lambda: claim_certificate(nothing, nothing, clock),  # type: ignore[arg-type]
        "guide_visit": lambda: guide_visit(**dict.fromkeys(_GUIDES, cast("Any", nothing)), clock=clock),
        "follow_certificate": lambda: follow_certificate(nothing, clock),  # type: ignore[arg-type]
        "follow_visit": lambda: follow_visit(nothing, clock),  # type: ignore[arg-type]
        "check_document": lambda: check_document(nothing, nothing),  # type: ignore[arg-type]
        "issue_document": lambda: issue_document(nothing, clock),  # type: ignore[arg-type]
        "issue_qr": lambda: issue_qr(nothing, nothing, clock),  # type: ignore[arg-type]
        "report_entry": lambda: report_entry(nothing, clock),  # type: ignore[arg-type]
        "view_records": lambda: view_records(nothing, nothing, clock),  # type: ignore[arg-type]
    }
    return made[function]()


@pytest.mark.parametrize(
    ("label", "name"),
    [(operation.label, name) for operation in OPERATIONS.values() for name in operation.path_ids],
)
def test_a_path_id_that_is_not_of_our_form_is_404_and_asks_for_nothing(label: str, name: str) -> None:
    handler, good = _untouchable(_GOOD[label][1]), _event(label)
    expected = json.loads(
        handler(_spoil(good, Spoiled("", path={name: "no such id"}), "generated-0"), None)["body"]
    )
    assert (expected["status"], expected["code"]) == (404, "not_found")
    for value in IDS:
        if value in _OF_THEIR_FORM.get(name, ()):
            continue
        answer = handler(_spoil(good, Spoiled("", path={name: value}), "generated-1"), None)
        assert (answer["statusCode"], json.loads(answer["body"])) == (404, expected), ascii(value)[:40]
