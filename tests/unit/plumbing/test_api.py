"""The frame around every HTTP function: bad input gets a clear problem, and nothing of it reaches the log (D12, invariant 7)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from botocore.exceptions import ClientError, ConnectTimeoutError
from pydantic import BaseModel, ConfigDict, Field

from tests.fakes.events import faults
from vaxcert.errors import FieldError, NotFound
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.validation import validation_problem


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    record_id: str = Field(max_length=5)


_FAULTS: dict[str, Exception] = {
    "crash": ZeroDivisionError("330100-secret"),
    "hidden": NotFound(),
    "throttled": ClientError({"Error": {"Code": "ThrottlingException", "Message": "secret"}}, "GetItem"),
    "cut": ConnectTimeoutError(endpoint_url="secret"),
}


def _handler(**more: Any) -> Handler:
    api = create_api("demo")

    @api.post("/v1/things/<thing_id>")
    def make(thing_id: str, body: _Body, limit: Annotated[int, Query(ge=1)] = 5) -> Response[str]:
        if thing_id in _FAULTS:
            raise _FAULTS[thing_id]
        return respond({"record_id": body.record_id, "limit": limit, "文": "字"}, 201)

    return serve(api, service="demo", **more)


_CONTEXT = {"requestId": "r-1"}
HANDLER = _handler()
told: list[str] = []
"""The bodies as they went out."""


def _call(
    body: str | None = '{"record_id":"abc"}',
    *,
    thing: str = "a",
    media_type: str = "application/json",
    language: str = "zh",
    query: dict[str, str] | None = None,
    method: str = "POST",
    packed: bool = False,
    context: dict[str, Any] | None = _CONTEXT,
) -> tuple[int, dict[str, Any], dict[str, list[str]]]:
    answer = HANDLER(
        {
            "resource": "/v1/things/{thing_id}",
            "path": f"/v1/things/{thing}",
            "httpMethod": method,
            "headers": {"content-type": media_type, "Accept-Language": language},
            "multiValueHeaders": {},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()},
            "body": body,
            "isBase64Encoded": packed,
            "requestContext": context,
        },
        None,
    )
    told.append(answer["body"])
    assert not answer["isBase64Encoded"], "the gateway would unpack it"
    return answer["statusCode"], json.loads(answer["body"]), answer["multiValueHeaders"]


def test_an_answer_is_unescaped_json_that_nobody_may_store() -> None:
    status, body, headers = _call()
    assert (status, body) == (201, {"record_id": "abc", "limit": 5, "文": "字"})
    assert headers["Content-Type"] == ["application/json; charset=utf-8"]
    assert headers["Cache-Control"] == ["no-store"]
    assert headers["Content-Language"] == ["zh"]
    assert told[-1] == '{"record_id":"abc","limit":5,"文":"字"}'
    _call("{}")
    assert "不" in told[-1] or "请" in told[-1], "a problem as well"


@pytest.mark.parametrize(("thing", "status"), [("a", 201), ("crash", 500), ("cut", 503)])
def test_an_event_made_by_hand_without_the_gateways_context_is_answered(
    thing: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As somebody tries a function from its console: the same answer, by no request's id."""
    answered, body, _ = _call(thing=thing, context=None)
    assert answered == status
    assert "instance" not in body
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["correlation_id"] for line in lines} == {None}
    assert lines[-1]["status"] == status


UNREADABLE = [
    '{"record_id":' + "9" * 4301 + "}",
    '{"record_id":' + "[" * 4000 + "]" * 4000 + "}",
    '{"record_id":' + "[" * 8000,
    '{"record_id":' + '{"a":' * 40 + "1" + "}" * 41,
    '{"record_id":"\\ud800"}',
    '{"\\udfff":"a"}',
    '{"record_id":"\ud800"}',
    '{"record_id":NaN}',
    '{"record_id":-Infinity}',
    '{"record_id":1e999}',
    '{"record_id":"a","record_id":"b"}',
    '\ufeff{"record_id":"a"}',
    '{"record_id":"a\x00"}',
]
"""What Python's parser stumbles over, or takes although nothing behind it does."""


@pytest.mark.parametrize(
    ("body", "status", "code", "errors"),
    [
        ("{x", 400, "malformed_request", []),
        (None, 422, "invalid_request", [{"pointer": "", "code": "required"}]),
        ("null", 422, "invalid_request", [{"pointer": "", "code": "required"}]),
        ("[1]", 422, "invalid_request", [{"pointer": "", "code": "wrong_type"}]),
        ("{}", 422, "invalid_request", [{"pointer": "/record_id", "code": "required"}]),
        ('{"record_id":3}', 422, "invalid_request", [{"pointer": "/record_id", "code": "wrong_type"}]),
        ('{"record_id":"abcdef"}', 422, "invalid_request", [{"pointer": "/record_id", "code": "too_long"}]),
        (
            '{"record_id":"a","x/y":1}',
            422,
            "invalid_request",
            [{"pointer": "/x~1y", "code": "unknown_field"}],
        ),
        *((body, 400, "malformed_request", []) for body in UNREADABLE),
        ("x" * 8193, 413, "body_too_large", []),
        ("字" * 3000, 413, "body_too_large", []),
    ],
)
def test_bad_bodies(body: str | None, status: int, code: str, errors: object) -> None:
    answered, problem, headers = _call(body)
    assert (answered, problem["status"], problem["code"], faults(problem)) == (
        status,
        status,
        code,
        errors,
    )
    assert headers["Content-Type"] == ["application/problem+json; charset=utf-8"]
    assert problem["instance"] == "urn:vaxcert:request:r-1"
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "", "application/x-www-form-urlencoded", "application/xml"]
)
def test_another_media_type_is_refused(media_type: str) -> None:
    status, problem, _ = _call(media_type=media_type)
    assert (status, problem["code"]) == (415, "unsupported_media_type")


def test_a_body_that_the_gateway_packed_is_refused_whatever_is_in_it() -> None:
    packed = base64.b64encode(b'{"record_id":"abc"}').decode()
    for body in (packed, '{"record_id":"abc"}'):
        status, answer, _ = _call(body, packed=True)
        assert (status, answer["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        (("body", "deferred", "reason"), "/reason"),
        (("body", "deferred", "station"), "/station"),
        (("body", "nested", "deep"), "/nested/deep"),
        (("body", "list", 1, "deep"), "/list/1/deep"),
        (("body", "list", 1, "deferred", "reason"), "/list/1/reason"),
        (("body", "list", 2), "/list/2"),
        (("query", "limit"), "/query/limit"),
    ],
)
def test_a_pointer_leads_to_a_place_in_the_body_not_to_a_kind_of_it(
    location: tuple[str | int, ...], pointer: str
) -> None:
    """RFC 6901: of `{outcome: "deferred"}` the missing reason is `/reason`."""
    body = {"outcome": "deferred", "station": "x", "nested": {"deep": 1}, "list": [{"deferred": 1}, {}]}
    problem = validation_problem([{"loc": location, "type": "missing"}], body)
    assert [field.pointer for field in problem.fields] == [pointer]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("missing", "required"),
        ("int_parsing", "wrong_type"),
        ("string_type", "wrong_type"),
        ("string_pattern_mismatch", "invalid"),
    ],
)
def test_what_pydantic_finds_has_a_code_of_ours(kind: str, code: str) -> None:
    problem = validation_problem([{"loc": ("body", "a"), "type": kind}], {})
    assert [field.code for field in problem.fields] == [code]


def test_no_more_than_twenty_fields_are_told() -> None:
    found = [{"loc": ("body", str(number)), "type": "missing"} for number in range(25)]
    assert len(validation_problem(found, {}).fields) == 20
    more = [FieldError(f"/{number}", "invalid") for number in range(30)]
    assert len(validation_problem(found[:1], {}, lambda _: more).fields) == 20


def test_a_line_end_behind_a_path_is_no_part_of_an_id() -> None:
    status, problem, _ = _call(thing="a\n")
    assert (status, problem["code"]) == (404, "not_found")


def test_a_bad_query_parameter_is_pointed_at_where_it_stands() -> None:
    status, problem, _ = _call(query={"limit": "0"})
    assert (status, faults(problem)) == (422, [{"pointer": "/query/limit", "code": "out_of_range"}])


def test_problems_are_chinese_unless_english_is_asked_for() -> None:
    """D12."""
    assert _call("{}")[1]["title"] == "填写的信息有误"
    assert _call("{}", language="en-GB")[1]["title"] == "Some of the information is not right"


def test_a_page_of_the_allowed_origin_may_read_what_an_answer_says_in_its_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALLOWED_ORIGIN", "https://page.invalid")
    answer = _handler()({"resource": "/v1/things/{thing_id}", "path": "/", "httpMethod": "GET"}, object())
    headers = answer["multiValueHeaders"]
    assert headers["Access-Control-Allow-Origin"] == ["https://page.invalid"]
    (exposed,) = headers["Access-Control-Expose-Headers"]
    # The end of a code shown as a picture stands in headers alone.
    assert set(exposed.split(", ")) == {"ETag", "Expires-At", "Refresh-After", "Retry-After"}
    assert "Access-Control-Allow-Origin" not in _call()[2]


def test_the_hidden_and_the_unknown_answer_the_same_bytes() -> None:
    """Contract: what a caller may not see and what does not exist are never told apart."""
    assert _call(thing="hidden")[1] == _call(thing="a", method="PUT")[1]
    assert "instance" not in _call(thing="hidden")[1]


def _logged(capsys: pytest.CaptureFixture[str]) -> str:
    logged = capsys.readouterr().out
    assert logged
    return logged


@pytest.mark.parametrize(
    ("thing", "status", "code"),
    [("crash", 500, "internal_error"), ("throttled", 503, "unavailable"), ("cut", 503, "unavailable")],
)
def test_a_failure_within_tells_nothing_of_the_input(
    thing: str, status: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answered, problem, headers = _call(thing=thing)
    assert (answered, problem["code"]) == (status, code)
    assert "secret" not in json.dumps(problem) + _logged(capsys)
    if status == 503:
        assert headers["Retry-After"] == ["2"]


def test_the_log_names_the_route_and_never_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Invariant 7."""
    _call('{"record_id":"zzz"}', thing="qqq")
    logged = _logged(capsys)
    assert "POST /v1/things/{thing_id}" in logged
    assert "zzz" not in logged
    assert "qqq" not in logged


@pytest.mark.parametrize("thing", ["crash", "cut"])
def test_what_failed_is_found_by_the_requests_id_in_each_of_its_lines(
    thing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _call(thing=thing)
    lines = [json.loads(line) for line in _logged(capsys).splitlines()]
    assert [line["correlation_id"] for line in lines] == ["r-1", "r-1"]


def test_a_line_tells_how_many_milliseconds_its_request_took(capsys: pytest.CaptureFixture[str]) -> None:
    handler = _handler(clock=iter([10.0, 12.0005]).__next__)
    handler({"resource": "/", "path": "/", "httpMethod": "GET"}, object())
    assert json.loads(_logged(capsys).splitlines()[-1])["ms"] == 2000.5


def test_what_a_body_says_is_told_with_its_form_and_once_and_not_with_another_places() -> None:
    def faults(_sent: Mapping[str, object]) -> tuple[FieldError, ...]:
        return (FieldError("/a", "invalid"), FieldError("/b", "invalid"))

    found = [{"loc": ("body", "a"), "type": "missing"}]
    assert [(each.pointer, each.code) for each in validation_problem(found, {"b": 1}, faults).fields] == [
        ("/a", "required"),
        ("/b", "invalid"),
    ]
    elsewhere = [{"loc": ("query", "limit"), "type": "int_parsing"}]
    assert [each.pointer for each in validation_problem(elsewhere, {"b": 1}, faults).fields] == [
        "/query/limit"
    ]
    assert [each.pointer for each in validation_problem(found, None, faults).fields] == ["/a"]
