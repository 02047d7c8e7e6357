"""What a route says of itself: its answers, who may call it, how it refuses, and whether it may be repeated.

It says so where it stands, in `functions/*/app.py`, and nowhere else. The API document (`local/api_document.py`) and the authorizer's
table (`identity/route_table.py`) are generated from it, and the template is checked against it.
"""

from __future__ import annotations

from typing import Any, Final

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from vaxcert.http.api import JSON
from vaxcert.identity.routes import CallerClass

DECLARED: Final = "x-declared"
"""Where a route's own description holds what it declares; the published document spells it out instead."""


def declared(
    caller: CallerClass, *, refuses: tuple[int, ...] = (), repeatable: bool = False
) -> dict[str, Any]:
    """The `openapi_extensions` of a route that `caller` may call.

    `refuses` are statuses beyond those that every route may answer. A `repeatable` one wants an `Idempotency-Key` (invariant 4).
    """
    return {DECLARED: {"caller": caller, "refuses": refuses, "repeatable": repeatable}}


def shown_as(description: str, model: type[BaseModel], status: int = 200) -> dict[int, OpenAPIResponse]:
    """The `responses` of a route that answers `model` as JSON with `status`."""
    return {status: {"description": description, "content": {JSON: {"model": model}}}}
