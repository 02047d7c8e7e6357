"""Hostile values in every place of every route, over HTTP with IAM enforced: what the store itself would refuse never gets there.

A part of what `tests/integration/test_generated_input.py` sends to the handlers, through the gateway, the authorizer and real tables.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from local.jws import b64url
from tests.hostile.inputs import IDS, Operation, Spoiled, in_turn, operations, spoiled, well_answered
from tests.stack.conftest import World
from vaxcert.documents.model import document_id_of

pytestmark = pytest.mark.stack
OPERATIONS = operations()
FAMILY = "ordinary_15"
MOST = 400
"""Requests: some twenty seconds on two cores."""
_EVENTS = Path(__file__).parents[2] / "events"
_BODIES = {
    "POST /v1/certificates": "claim_certificate/claim",
    "POST /v1/certificates/{certificate_id}/grants": "authorize_guardian/authorize",
    "PATCH /v1/certificates/{certificate_id}/grants/{grant_id}": "authorize_guardian/change_phone",
    "POST /v1/certificates/{certificate_id}/reports": "report_entry/report",
    "POST /v1/certificates/{certificate_id}/appointments": "book_appointment/book",
    "POST /v1/devices/token": "guide_visit/device_token",
    "POST /v1/visits/{visit_id}/outcomes": "guide_visit/report_vaccinated",
    "POST /v1/visits/{visit_id}/calls": "guide_visit/call",
    "POST /v1/scans": "verify_scan/scan_ticket",
    "POST /v1/challenges": "open_session/make_challenge",
    "POST /v1/sessions": "open_session/open_session",
}


class Caller:
    """Sends spoiled requests with the ids and tokens that the running stack has."""

    def __init__(self, world: World) -> None:
        self.world = world
        father, case = world.parent(FAMILY), world.case(FAMILY).archive
        claimed = world.claim(father, world.claimable(father, case.person.name)["record_id"])
        self._tokens = {
            "session": world.token(father),
            "device": world.device(case.clinic.code, "ticket"),
            None: None,
        }
        self._ids: dict[str, str] = {
            "certificate_id": claimed["certificate_id"],
            "record_id": claimed["record_id"],
            "clinic_code": case.clinic.code,
            "grant_id": "g" + "0" * 24,
            "appointment_id": "a" + "0" * 24,
            "visit_id": f"{case.clinic.code}-20260701-A001",
            "document_id": document_id_of(bytes(16)),
        }

    def body(self, operation: Operation) -> str | None:
        if operation.label not in _BODIES:
            return None
        found: str = json.loads((_EVENTS / f"{_BODIES[operation.label]}.json").read_text("utf-8"))["body"]
        return found

    def send(self, operation: Operation, how: Spoiled) -> tuple[int, str, str]:
        """Status, media type and text of the answer."""
        ids = self._ids | dict(how.path)
        path = operation.path
        for name in operation.path_ids:
            path = path.replace(f"{{{name}}}", _quoted(ids[name]))
        if how.query:
            path += "?" + "&".join(f"{name}={_quoted(value)}" for name, value in how.query.items())
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Accept-Language": "zh-CN"}
        body = self.body(operation) if how.body is None else how.body
        if body is not None:
            headers["Content-Type"] = operation.media_type or "application/json"
        if token := self._tokens[operation.caller]:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.world.raw(
            operation.method,
            path,
            None if body is None else body.encode(errors="surrogatepass"),
            **(headers | dict(how.headers)),
        )
        found = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, found.get("content-type", ""), answer.data.decode()


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


@pytest.fixture(scope="module")
def caller(world: World) -> Caller:
    return Caller(world)


def test_bad_input_is_never_our_outage_and_always_a_problem(caller: Caller) -> None:
    odd, seen = {}, Counter[int]()
    asked = (
        (operation, how)
        for operation in OPERATIONS.values()
        for how in spoiled(operation, caller.body(operation))
        # These would take the ground away from the others.
        if operation.method != "DELETE" or how.path
    )
    for operation, how in in_turn(asked):
        status, media_type, text = caller.send(operation, how)
        seen[status] += 1
        if not well_answered(status, media_type, text):
            odd[f"{operation.label} {how.name}"] = (status, text[:300])
    assert odd == {}
    assert seen.total() <= MOST
    assert {200, 400, 404, 413, 422} <= set(seen), "it comes as far as the handlers and through them"


@pytest.mark.parametrize("value", IDS, ids=lambda value: ascii(value)[:16])
def test_a_certificate_id_that_is_none_gets_the_bytes_of_one_that_is_nobodys(
    caller: Caller, value: str
) -> None:
    """Past 2,048 bytes too, where DynamoDB would refuse the key."""
    operation = OPERATIONS["GET /v1/certificates/{certificate_id}"]
    nobodys = caller.send(operation, Spoiled("", path={"certificate_id": "cnoneaaaaaaaaa"}))
    assert nobodys[0] == 404
    assert caller.send(operation, Spoiled("", path={"certificate_id": value})) == nobodys


@pytest.mark.parametrize(
    "sub", ["\\ud800", "\\u0000", "a" * 2500, "D#x"], ids=["surrogate", "nul", "long", "key"]
)
def test_an_unsigned_assertion_of_no_device_is_401(caller: Caller, sub: str) -> None:
    parts = (b'{"alg":"ES256","typ":"JWT"}', b'{"sub":"' + sub.encode() + b'"}', b"0" * 64)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": ".".join(b64url(part) for part in parts),
    }
    operation = OPERATIONS["POST /v1/devices/token"]
    status, media_type, text = caller.send(operation, Spoiled("", body=urlencode(form)))
    assert (status, json.loads(text)["error"]) == (401, "invalid_client")
    assert well_answered(status, media_type, text)
