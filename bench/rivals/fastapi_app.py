"""The job on FastAPI behind Mangum."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, HTTPException
from mangum import Mangum
from pydantic import BaseModel

from bench.rivals import job


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


app = FastAPI()


@app.post("/v1/scans")
def scan(body: ScanRequest, authorization: Annotated[str, Header()]) -> Verdict:
    """The verdict."""
    try:
        told: dict[str, Any] = job.scan(job.device_of(authorization), body.code, body.station)
    except job.NotAllowed:
        raise HTTPException(401) from None
    return Verdict.model_validate(told)


handler = Mangum(app, lifespan="off")
