"""The API that is deployed is the contract's: routes, authorizer, and what the gateway answers by itself."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest

from functions.serve_pages.pages import ASSETS, PAGES
from tests.architecture.deployment import FUNCTIONS, RESOURCES, Node, folder_of, routes
from tools.api_document import HTTP_FUNCTIONS, callers
from vaxcert.aws.settings import Settings
from vaxcert.http.messages import message
from vaxcert.http.problems import STATUS
from vaxcert.identity.routes import ROUTES, CallerClass
from vaxcert.wording import Wording

OWNERS: Final = {name: callers(folder_of(name)) for name in FUNCTIONS if folder_of(name) in HTTP_FUNCTIONS}
"""Who answers which route, and whom, as the routes themselves declare it."""


def test_every_route_is_answered_by_one_function() -> None:
    assert set(map(folder_of, OWNERS)) == set(HTTP_FUNCTIONS)
    assert len(set().union(*OWNERS.values())) == sum(map(len, OWNERS.values()))


@pytest.mark.parametrize("function", OWNERS)
def test_a_function_serves_what_is_routed_to_it(function: str) -> None:
    assert set(routes(function)) == set(OWNERS[function])


def test_other_functions_answer_no_route() -> None:
    assert [name for name in FUNCTIONS if name not in OWNERS and routes(name)] == ["ServePages"]


def test_pages_are_files_for_anyone_at_their_own_rate() -> None:
    """They are no part of the API's document: what they serve is `web/`, as the page's own folder names it."""
    served = routes("ServePages")
    with_slash = {f"GET /{segment}/{{proxy+}}" for segment in (*PAGES, ASSETS)}
    assert set(served) == with_slash | {f"GET /{segment}" for segment in PAGES}
    assert all(event["Auth"] == {"Authorizer": "NONE"} for event in served.values())
    assert FUNCTIONS["ServePages"]["Layers"] == [{"Ref": "PagesLayer"}]
    assert [name for name, function in FUNCTIONS.items() if "Layers" in function] == [
        "ServePages",
        "IssueDocument",
    ]
    throttled = {
        f"{one['HttpMethod']} {one['ResourcePath'].replace('~1', '/')}"
        for one in RESOURCES["Api"]["Properties"]["MethodSettings"]
        if one["ThrottlingRateLimit"] == {"Ref": "PagesRate"}
    }
    assert throttled == set(served)


def test_a_route_is_open_to_anyone_only_where_it_says_so() -> None:
    for function, declared in OWNERS.items():
        open_here = {
            route for route, event in routes(function).items() if event.get("Auth") == {"Authorizer": "NONE"}
        }
        assert open_here == {route for route, caller in declared.items() if caller is CallerClass.ANYONE}


def test_the_authorizers_table_is_what_the_routes_declare() -> None:
    listed = {f"{route.method} {route.path}": route.caller for route in ROUTES}
    assert listed == {route: caller for declared in OWNERS.values() for route, caller in declared.items()}
    assert len(listed) == len(ROUTES)


def test_every_other_route_asks_the_authorizer() -> None:
    auth = RESOURCES["Api"]["Properties"]["Auth"]
    assert auth["DefaultAuthorizer"] == "Caller"
    assert auth["Authorizers"]["Caller"] == {
        "FunctionArn": {"Ref": "AuthorizeRequest.Alias"},
        "FunctionPayloadType": "REQUEST",
        "Identity": {"Headers": ["Authorization"], "ReauthorizeEvery": 30},
    }
    own = [
        route
        for function in OWNERS
        for route, event in routes(function).items()
        if event.get("Auth", {}).get("Authorizer", "NONE") != "NONE" or event["RestApiId"] != {"Ref": "Api"}
    ]
    assert own == []


def test_parameters_of_one_place_have_one_name() -> None:
    """API Gateway refuses `/v1/certificates/{id}` beside `/v1/certificates/{certificate_id}/grants`."""
    names: dict[str, str] = {}
    for path in {route.split(" ", 1)[1] for function in OWNERS for route in routes(function)}:
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                prefix = "/".join(parts[:place])
                assert names.setdefault(prefix, part) == part


def test_the_access_log_knows_nothing_of_the_caller() -> None:
    """Invariant 7: the route's template, never its values, and neither address nor header."""
    settings = RESOURCES["Api"]["Properties"]["AccessLogSetting"]
    logged = set(re.findall(r"\$context\.([A-Za-z.]+)", settings["Format"]))
    assert logged == {
        "requestId",
        "requestTimeEpoch",
        "httpMethod",
        "resourcePath",
        "status",
        "responseLatency",
        "integration.latency",
        "authorizer.latency",
        "responseLength",
        "error.responseType",
    }
    json.loads(settings["Format"])
    methods = RESOURCES["Api"]["Properties"]["MethodSettings"]
    assert {(method["DataTraceEnabled"], method["LoggingLevel"]) for method in methods} == {(False, "OFF")}


@pytest.mark.parametrize(("kind", "answer"), RESOURCES["Api"]["Properties"]["GatewayResponses"].items())
def test_what_the_gateway_answers_is_a_problem_like_every_other(kind: str, answer: Node) -> None:
    said = answer["ResponseTemplates"]["application/json"]
    # D18: the hotline is the deployment's own.
    problem = json.loads(said["Sub"] if isinstance(said, dict) else said)
    assert isinstance(said, dict) is ("${Hotline}" in str(said))
    wording = Wording(Settings(hotline="${Hotline}"))
    code, status = problem["code"], problem["status"]
    title, detail = message(code, "zh", wording)
    title_en, detail_en = message(code, "en", wording)
    assert problem == {
        "type": f"urn:vaxcert:problem:{code}",
        "title": title,
        "title_en": title_en,
        "status": status,
        "code": code,
        "detail": detail,
        "detail_en": detail_en,
        **({} if status == 404 else {"instance": "urn:vaxcert:request:$context.requestId"}),
    }
    assert status == answer["StatusCode"]
    assert code in {error.code for error, known in STATUS.items() if known == status}
    headers = answer["ResponseParameters"]["Headers"]
    assert headers["Content-Type"] == "'application/problem+json; charset=utf-8'"
    assert ("Retry-After" in headers) == (status in {429, 503}), kind
    # A page of another origin reads no header that is not named to it.
    exposed = headers.get("Access-Control-Expose-Headers")
    assert exposed == ("'Retry-After'" if status in {429, 503} else None), kind


def test_the_gateway_has_an_answer_of_ours_for_everything() -> None:
    answers = RESOURCES["Api"]["Properties"]["GatewayResponses"]
    statuses = {kind: answer["StatusCode"] for kind, answer in answers.items()}
    assert statuses["MISSING_AUTHENTICATION_TOKEN"] == 404
    assert (statuses["UNAUTHORIZED"], statuses["ACCESS_DENIED"]) == (401, 401)
    assert (statuses["THROTTLED"], statuses["QUOTA_EXCEEDED"]) == (429, 429)
    assert statuses["REQUEST_TOO_LARGE"] == 413
    assert statuses["UNSUPPORTED_MEDIA_TYPE"] == 415
    assert statuses["AUTHORIZER_FAILURE"] == 503
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(statuses)


def test_only_the_stage_that_has_throttling_answers() -> None:
    """docs/adr/0002-rest-api.md: without an OpenApiVersion SAM makes a second stage, "Stage"."""
    api = RESOURCES["Api"]
    assert api["Properties"]["OpenApiVersion"] == "2.0"
    assert api["Properties"]["StageName"] == "live"
    assert api["Properties"]["EndpointConfiguration"] == {"Type": "REGIONAL"}
    assert api["Properties"]["BinaryMediaTypes"] == ["image/png", "application/pdf", "application/wasm"]
    every, *anonymous = api["Properties"]["MethodSettings"]
    assert (every["ResourcePath"], every["HttpMethod"]) == ("/*", "*")
    assert {
        f"{one['HttpMethod']} {one['ResourcePath'].replace('~1', '/')}"
        for one in anonymous
        if one["ThrottlingRateLimit"] == {"Ref": "AnonymousRate"}
    } == {f"{route.method} {route.path}" for route in ROUTES if route.caller is CallerClass.ANYONE}
    assert api["DependsOn"] == "ApiGatewayAccount"
