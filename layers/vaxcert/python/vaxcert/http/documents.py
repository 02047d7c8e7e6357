"""What a route says of its answers in the API document."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from vaxcert.http.api import JSON


def shown_as(description: str, model: type[BaseModel], status: int = 200) -> dict[int, OpenAPIResponse]:
    """The `responses` of a route that answers `model` as JSON with `status`."""
    return {status: {"description": description, "content": {JSON: {"model": model}}}}
