"""The API document is valid OpenAPI and says who may call what, how writes are repeated, and what is answered (contract)."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import validate

from tools.api_document import HTTP_FUNCTIONS, document, load
from vaxcert.identity.routes import ROUTES, CallerClass, Route

WHOLE: dict[str, Any] = document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in WHOLE["paths"].items()
    for method, operation in operations.items()
]

PAGES = {
    "/v1/appointments": 50,
    "/v1/certificates/<certificate_id>/access-log": 50,
    "/v1/certificates/<certificate_id>/appointments": 50,
    "/v1/certificates/<certificate_id>/documents": 50,
    "/v1/certificates/<certificate_id>/grants": 50,
    "/v1/certificates/<certificate_id>/records": 50,
    "/v1/certificates/<certificate_id>/reports": 50,
    "/v1/clinics": 100,
    "/v1/clinics/<clinic_code>/slots": 500,
}
"""The lists that are answered in pages, and the most that a page holds."""


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


def test_r2_r27_r34_d11_d20_who_asks_for_no_size_gets_the_largest_page() -> None:
    """As the routes are served, and not only as they are described."""
    found: dict[str, tuple[int, int, int]] = {}
    for api in (load(function).describe() for function in HTTP_FUNCTIONS):
        for route in (*api._static_routes, *api._dynamic_routes):
            for asked in route.dependant.query_params:
                if asked.name == "limit":
                    least, most = asked.field_info.metadata
                    found[route.path] = least.ge, most.le, asked.default
    assert found == {path: (1, size, size) for path, size in PAGES.items()}
