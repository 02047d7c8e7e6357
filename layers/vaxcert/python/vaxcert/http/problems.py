"""Problem details (RFC 9457): one table from kinds of error to statuses, and the body that every refusal has.

What a caller may not see and what does not exist answer the same bytes: a 404 carries no `instance`.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from vaxcert import errors
from vaxcert.errors import VaxcertError
from vaxcert.http.field_words import field_words
from vaxcert.http.messages import message
from vaxcert.wording import Language, Wording

MEDIA_TYPE = "application/problem+json; charset=utf-8"

STATUS: dict[type[VaxcertError], HTTPStatus] = {
    errors.Malformed: HTTPStatus.BAD_REQUEST,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.VaxcertError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: VaxcertError) -> HTTPStatus:
    """The status of the nearest ancestor in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_body(error: VaxcertError, language: Language, instance: str | None, wording: Wording) -> str:
    """The problem as JSON, in words of this deployment's settings (D18). Never the input's value, never the text of an exception."""
    status = status_of(error)
    title, detail = message(error.words or error.code, language, wording)
    body: dict[str, object] = {
        "type": f"urn:vaxcert:problem:{error.code}",
        "title": title,
        "status": int(status),
        "code": error.code,
        "detail": detail,
    }
    if instance and status != HTTPStatus.NOT_FOUND:
        body["instance"] = f"urn:vaxcert:request:{instance}"
    if error.fields:
        body["errors"] = [
            {"pointer": field.pointer, "code": field.code, "detail": field_words(field, language)}
            for field in error.fields
        ]
    body.update(error.members(language))
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
