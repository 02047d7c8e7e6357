"""Each HTTP function describes its routes as they are published: with their bounds, for whom they are, what may be repeated (invariant 4)."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tools.api_document import DOCUMENT, HTTP_FUNCTIONS, load
from vaxcert.http.documents import DECLARED
from vaxcert.identity.route_table import TABLE

PUBLISHED: Final[dict[str, dict[str, Any]]] = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
KEY: Final = "idempotency-key"


def _parameters(operation: dict[str, Any]) -> dict[str, Any]:
    return {one["name"].lower(): one for one in operation.get("parameters", ())}


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_function_describes_its_routes_as_they_are_published(function: str) -> None:
    said = json.loads(load(function).describe().get_openapi_json_schema())["paths"]
    assert said
    for path, operations in said.items():
        for method, operation in operations.items():
            published = _parameters(PUBLISHED[path][method])
            declared = operation[DECLARED]
            assert declared["repeatable"] == (published.pop(KEY, None) is not None)
            asked = _parameters(operation)
            asked.pop(KEY, None)
            assert asked == published
            assert (method.upper(), path, declared["caller"]) in TABLE
