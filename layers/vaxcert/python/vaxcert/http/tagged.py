"""Answers that carry a tag: one that the client has already is not sent again (`vaxcert.http.conditional`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from vaxcert.http.api import JSON, respond
from vaxcert.http.conditional import unchanged
from vaxcert.http.language import header


def respond_tagged(event: Mapping[str, Any], body: str, etag: str, cache_control: str) -> Response[str]:
    """The JSON answer, rendered already, with its tag; 304 without a body where the request's `If-None-Match` names it."""
    headers = {"Cache-Control": cache_control, "ETag": etag}
    if unchanged(header(event, "if-none-match"), etag):
        return Response(status_code=304, content_type=JSON, body="", headers=headers)
    return respond(body, headers=headers)
