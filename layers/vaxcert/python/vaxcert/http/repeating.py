"""The request that may be repeated, as it came over HTTP: its `Idempotency-Key` header and its body."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from vaxcert.http.language import header
from vaxcert.idempotency.model import RepeatableRequest, repeatable


def repeatable_request(api: APIGatewayRestResolver, caller: str, route: str) -> RepeatableRequest:
    """The current request of `caller` (subject or device id) to `route`, path parameters filled in.

    Raises `KeyMissing` where the key is missing or not of its form (invariant 4).
    """
    event = api.current_event
    return repeatable(caller, route, header(event.raw_event, "idempotency-key"), event.decoded_body or "")
