"""The frame around every HTTP function: resolver, bounds on what comes in, problems, one log line.

A function's `create()` makes its resolver here, adds routes and wraps it by `serve`. What a client sees of a failure is a
problem (RFC 9457); what the log sees is the route's template, a status and a code: no path, no header, no body, no query.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from vaxcert.aws.runtime import kind_of, log, told_of
from vaxcert.aws.settings import Settings
from vaxcert.errors import (
    FieldError,
    Malformed,
    NotFound,
    Rejected,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
    VaxcertError,
)
from vaxcert.http import seen
from vaxcert.http.language import header, language
from vaxcert.http.problems import MEDIA_TYPE, problem_body, status_of
from vaxcert.http.shapes import Shape
from vaxcert.http.validation import Faults, no_faults, validation_problem
from vaxcert.strict_json import InvalidJson, is_text, parse
from vaxcert.text import character_fault
from vaxcert.wording import Wording

JSON = "application/json"
JSON_UTF8 = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 8 * 1024
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

type Event = dict[str, Any]


class Handler(Protocol):
    """A Lambda handler that keeps its resolver in reach, so that the API document is generated from it."""

    api: APIGatewayRestResolver

    def __call__(self, event: Event, context: object) -> dict[str, Any]: ...


def create_api(service: str, *, faults: Faults = no_faults) -> APIGatewayRestResolver:
    """A resolver with request validation on and every error told as a problem; `service` names the function in its log.

    `faults` finds what a body's form does not tell: a body refused for its form is refused for those in the same answer.
    """
    api = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=_body_of)
    wording = _wording()

    def tell(error: VaxcertError) -> Response[str]:
        return _problem(error, api.current_event.raw_event, wording)

    def invalid(error: RequestValidationError) -> Response[str]:
        return tell(validation_problem(error.errors(), _sent(api), faults))

    def busy(error: Exception) -> Response[str]:
        seen.failed(kind_of(error))
        log(service, level="ERROR", message="aws_call_failed", **_whose(api), **told_of(error))
        return tell(Unavailable())

    def unforeseen(error: Exception) -> Response[str]:
        log(service, level="ERROR", message="unforeseen", **_whose(api), **told_of(error))
        return tell(VaxcertError())

    # Not as decorators: the resolver's have no types.
    api.exception_handler(VaxcertError)(tell)
    api.exception_handler(RequestValidationError)(invalid)
    api.exception_handler(NotFoundError)(lambda _: tell(NotFound()))
    api.exception_handler([ClientError, BotoCoreError])(busy)
    api.exception_handler(Exception)(unforeseen)
    return api


def render(body: Shape | Mapping[str, Any]) -> str:
    """A body as JSON text, UTF-8 unescaped. What is no shape of ours (a FHIR Bundle) comes as a mapping."""
    if isinstance(body, Shape):
        return body.model_dump_json()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def respond(
    body: Shape | Mapping[str, Any] | str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """A JSON answer; a `str` is taken as rendered already (a remembered answer goes out byte for byte)."""
    return Response(
        status_code=status,
        content_type=JSON_UTF8,
        body=body if isinstance(body, str) else render(body),
        headers=dict(headers or {}),
    )


def serve(
    api: APIGatewayRestResolver,
    *,
    service: str,
    form_routes: frozenset[str] = frozenset(),
    public_routes: frozenset[str] = frozenset(),
    clock: Callable[[], float] = time.perf_counter,
) -> Handler:
    """The Lambda handler around a resolver.

    `form_routes` are resources whose body is form-encoded, `public_routes` those whose answers set their own caching.
    Bodies over 8 KB answer 413, other media types 415. ALLOWED_ORIGIN in the environment is the web page that may read answers.
    """
    wording = _wording()
    origin = os.environ.get("ALLOWED_ORIGIN")
    stage = Settings.from_env(os.environ).service_stage

    def handle(event: Event, context: object) -> dict[str, Any]:
        started = clock()
        seen.begin()
        resource = str(event.get("resource", ""))
        try:
            # Powertools' routes forgive a line end behind the path; no id of ours holds one.
            if character_fault(str(event.get("path", ""))):
                raise NotFound
            _check_body(event, FORM if resource in form_routes else JSON)
            answer = api.resolve(event, context)  # type: ignore[arg-type]
        except VaxcertError as error:
            answer = _built(_problem(error, event, wording))
        headers = answer.setdefault("multiValueHeaders", {})
        headers["Content-Language"] = [language(event)]
        if origin:
            # API Gateway answers the preflight; the answer itself has to say it too.
            headers["Access-Control-Allow-Origin"] = [origin]
            headers["Access-Control-Expose-Headers"] = ["ETag, Expires-At, Refresh-After, Retry-After"]
        if resource not in public_routes:
            headers.update({name: [value] for name, value in _PRIVATE.items()})
        seen.end(service, stage, event, answer["statusCode"], round((clock() - started) * 1000, 1))
        return answer

    handle.api = api  # type: ignore[attr-defined]
    return handle  # type: ignore[return-value]


def _whose(api: APIGatewayRestResolver) -> dict[str, object]:
    """The id that the request's other lines have."""
    context = api.current_event.raw_event.get("requestContext") or {}
    return {"correlation_id": context.get("requestId")}


def _sent(api: APIGatewayRestResolver) -> object:
    try:
        return api.current_event.json_body
    except VaxcertError:  # a form, or a body where none is wanted
        return None


def _body_of(text: str) -> Any:
    """A body's members; None for `null`. Raises Malformed for what is no JSON, and tells where it is no object."""
    try:
        found = parse(text)
    except InvalidJson:
        raise Malformed from None
    if found is not None and not isinstance(found, dict):
        raise Rejected(fields=(FieldError("", "wrong_type"),))
    return found


def _check_body(event: Event, media_type: str) -> None:
    body = event.get("body") or ""
    if not is_text(body):
        raise Malformed
    if len(body.encode()) > LARGEST_BODY:
        raise TooLarge
    if body:
        given = (header(event, "content-type") or "").split(";")[0].strip().lower()
        # The gateway packs bodies of binary media types only, and we take none.
        if given != media_type or event.get("isBase64Encoded"):
            raise UnsupportedMedia(words="form_expected" if media_type == FORM else None)
        # Case does not count in it (RFC 9110 §8.3.1), but to Powertools it does.
        others = {name: value for name, value in event["headers"].items() if name.lower() != "content-type"}
        event["headers"] = others | {"content-type": media_type}


def _wording() -> Wording:
    """Problems speak of this deployment's limits, times and hotline (D18)."""
    return Wording(Settings.from_env(os.environ))


def _problem(error: VaxcertError, event: Mapping[str, Any], wording: Wording) -> Response[str]:
    seen.note(code=error.code)
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    instance = (event.get("requestContext") or {}).get("requestId")
    return Response(
        status_code=int(status_of(error)),
        content_type=MEDIA_TYPE,
        body=problem_body(error, language(event), instance, wording),
        headers=headers,
    )


def _built(response: Response[str]) -> dict[str, Any]:
    headers = {name: [str(value)] for name, value in response.headers.items()}
    headers["Content-Type"] = [str(response.content_type)]
    return {
        "statusCode": response.status_code,
        "body": response.body,
        "isBase64Encoded": False,
        "multiValueHeaders": headers,
    }
