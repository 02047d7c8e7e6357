"""The API document is valid OpenAPI and says who may call what, how writes are repeated, and what is answered (contract)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from tools.api_document import DOCUMENT
from vaxcert.identity.routes import ROUTES, CallerClass, Route

# As it is committed, which is what the routes say (tests/architecture/test_api_document.py).
WHOLE: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in WHOLE["paths"].items()
    for method, operation in operations.items()
]


def test_it_is_valid_openapi_without_a_loose_end() -> None:
    validate(WHOLE)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_says_whose_token_it_wants(route: Route) -> None:
    security = WHOLE["paths"][route.path][route.method.lower()].get("security")
    wanted: dict[CallerClass, list[dict[str, list[str]]] | None] = {
        CallerClass.ANYONE: None,
        CallerClass.CITIZEN: [{"session": []}],
        CallerClass.DEVICE: [{"device": []}],
        CallerClass.BOARD: [{"device": []}],
    }
    assert security == wanted[route.caller]


def test_invariant_4_what_is_remembered_says_that_it_wants_a_key() -> None:
    keyed = {
        label
        for label, operation in OPERATIONS
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "Idempotency-Key" and parameter["required"]
    }
    assert keyed == {
        "POST /v1/certificates",
        "POST /v1/certificates/{certificate_id}/grants",
        "POST /v1/certificates/{certificate_id}/reports",
        "POST /v1/certificates/{certificate_id}/documents",
        "POST /v1/certificates/{certificate_id}/appointments",
        "POST /v1/scans",
        "POST /v1/visits/{visit_id}/outcomes",
        "POST /v1/visits/{visit_id}/calls",
    }


@pytest.mark.parametrize(("label", "operation"), OPERATIONS, ids=[label for label, _ in OPERATIONS])
def test_refusals_are_problems_and_an_empty_answer_has_no_body(label: str, operation: dict[str, Any]) -> None:
    assert {"summary", "responses"} <= set(operation), label
    for status, response in operation["responses"].items():
        if status in {"204", "304"}:
            assert "content" not in response
        elif status >= "400" and label != "POST /v1/devices/token":
            assert "application/problem+json" in response["content"], status
