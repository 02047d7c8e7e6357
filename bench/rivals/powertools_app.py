"""The job on Powertools as its documentation has it: resolver with validation, logger and metrics; without the tracer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

from bench.rivals import job

logger = Logger()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)


class ScanRequest(BaseModel):
    """What was scanned."""

    code: str
    station: Literal["ticket", "registration", "vaccination", "observation"]


class Said(BaseModel):
    """A title and what to do next."""

    title: str
    next_step: str


class Visit(BaseModel):
    """A visit."""

    visit_id: str
    ticket: str
    state: str
    station: str


class Verdict(Said):
    """The answer."""

    result: Literal["accepted", "refused"]
    reason: str | None
    family: Said
    visit: Visit | None


@app.post("/v1/scans")
def scan(body: ScanRequest, authorization: Annotated[str, Header()]) -> Verdict:
    """The verdict."""
    try:
        told: dict[str, Any] = job.scan(job.device_of(authorization), body.code, body.station)
    except job.NotAllowed:
        raise UnauthorizedError("device") from None
    metrics.add_metric(name=f"scans_{told['result']}", unit=MetricUnit.Count, value=1)
    return Verdict.model_validate(told)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    logger.info("request")
    return app.resolve(event, context)
