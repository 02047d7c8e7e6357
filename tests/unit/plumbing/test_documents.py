"""What a route says of itself stands in its document, where the authorizer's table and the API document read it."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import Response

from vaxcert.http.api import create_api, respond
from vaxcert.http.documents import DECLARED, declared, shown_as
from vaxcert.http.shapes import Shape
from vaxcert.identity.routes import CallerClass


class _Thing(Shape):
    """A thing."""

    thing_id: str


def _documented(**said: Any) -> dict[str, Any]:
    api = create_api("demo")

    @api.post("/v1/things", **said)
    def make() -> Response[str]:
        return respond(_Thing(thing_id="a"))

    found: dict[str, Any] = json.loads(api.get_openapi_json_schema())["paths"]["/v1/things"]["post"]
    return found


def test_who_may_call_a_route_how_it_refuses_and_whether_it_may_be_repeated() -> None:
    """Invariant 4."""
    told = _documented(openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,), repeatable=True))
    assert told[DECLARED] == {"caller": "citizen", "refuses": [409], "repeatable": True}
    told = _documented(openapi_extensions=declared(CallerClass.ANYONE))
    assert told[DECLARED] == {"caller": "anyone", "refuses": [], "repeatable": False}


def test_what_a_route_answers_is_shown_under_its_status() -> None:
    for status, said in ((200, shown_as("A thing", _Thing)), (201, shown_as("A thing", _Thing, 201))):
        answer = _documented(responses=said)["responses"][str(status)]
        assert answer["description"] == "A thing"
        assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/_Thing")
