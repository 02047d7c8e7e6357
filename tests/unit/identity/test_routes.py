"""The table of routes: the whole of `template.yaml`, and no pattern of one class that opens a route of another."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import product

import pytest

from tests.tables import template
from vaxcert.identity.routes import ROUTES, CallerClass, Route

_HOSTILE = (
    "a",
    "slots",
    "queue",
    "a/queue",
    "a/slots",
    "..",
    "*",
    "claimable",
    "v1/scans",
    "GET/v1/offline-pack",
)


def test_no_route_is_listed_twice() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_a_pattern_is_the_route_with_a_star_for_each_parameter() -> None:
    route = Route("DELETE", "/v1/certificates/{certificate_id}/grants/{grant_id}", CallerClass.CITIZEN)
    assert route.pattern == "DELETE/v1/certificates/*/grants/*"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern)
def test_no_pattern_of_one_class_opens_a_route_of_another(route: Route) -> None:
    """API Gateway's `*` also spans slashes, so parameters are tried that hold other routes' words."""
    others = [other.pattern for other in ROUTES if other.caller not in {route.caller, CallerClass.ANYONE}]
    for values in product(_HOSTILE, repeat=route.path.count("{")):
        asked = route.method + re.sub(r"\{[^}]*\}", "{}", route.path).format(*values)
        assert not any(fnmatchcase(asked, pattern) for pattern in others), asked


def _described() -> dict[tuple[str, str], bool]:
    """(method, path) → whether anyone may call it, for every API event of the template but those that serve pages."""
    found = {}
    for resource in template()["Resources"].values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        for event in resource["Properties"].get("Events", {}).values():
            properties = event["Properties"]
            if event["Type"] == "Api" and properties["Path"].startswith(
                ("/v1/", "/.well-known/", "/healthz")
            ):
                public = properties.get("Auth", {}).get("Authorizer") == "NONE"
                found[properties["Method"].upper(), properties["Path"]] = public
    return found


def _shape(path: str) -> str:
    """Parameters by place: their names are the template's affair."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_the_table_is_the_template() -> None:
    described = {(method, _shape(path)): public for (method, path), public in _described().items()}
    listed = {(route.method, _shape(route.path)): route.caller is CallerClass.ANYONE for route in ROUTES}
    assert listed == described
