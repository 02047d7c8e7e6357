"""Scanning a code at a station (R28): a verdict, and one step of the visit.

Rights       CERTIFICATES_TABLE: BatchGetItem, ConditionCheckItem. GRANTS_TABLE: BatchGetItem, UpdateItem.
             DEVICES_TABLE: BatchGetItem, ConditionCheckItem. CODES_TABLE: BatchGetItem, PutItem.
             VISITS_TABLE: GetItem, BatchGetItem, PutItem, UpdateItem. IDEMPOTENCY_TABLE: BatchGetItem, PutItem.
             ACCESS_LOG_TABLE: PutItem. ARCHIVES_TABLE: BatchGetItem.
             KEYS_TABLE: Query (`code`, `data`), GetItem (`data`). SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, SEAL_KEY_ID, CODE_TTL_SECONDS, ADULT_AGE, RABIES_RECORDS, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM.
"""

from __future__ import annotations

import os
from typing import Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pydantic import BaseModel, ConfigDict

from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.keys import KeyStore
from vaxcert.aws.sealing import DataKeys, Sealer
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.devices.model import Station
from vaxcert.http.api import JSON, Handler, create_api, respond, serve, start
from vaxcert.http.caller import device
from vaxcert.http.language import header, language
from vaxcert.idempotency.model import repeatable
from vaxcert.idempotency.store import AnswerStore
from vaxcert.visits.model import Reason
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import ScanStore, ScanTables

_ROUTE: Final = "POST /v1/scans"


class ScanRequest(BaseModel):
    """What was scanned, as it came from the scanner, and at which station."""

    model_config = ConfigDict(extra="forbid")

    code: str
    station: Literal["ticket", "registration", "vaccination", "observation"]


class Said(BaseModel):
    """A title and what to do next."""

    title: str
    next_step: str


class VisitAnswer(BaseModel):
    """A visit; `station` is where the person is, or is wanted next; null once it has ended."""

    visit_id: str
    ticket: str
    state: str
    station: str | None
    observed_until: str | None = None
    minutes_left: int | None = None


class PersonAnswer(BaseModel):
    """As much as the station needs: at the ticket machine a masked name alone, at observation nobody's."""

    name: str
    sex: str | None = None
    birth_date: str | None = None
    doses: list[dict[str, str | int]] | None = None


class Verdict(BaseModel):
    """The answer to a scan. `title` and `next_step` are the nurse's, `family` is for the screen that faces the family."""

    result: Literal["accepted", "refused"]
    reason: Reason | None
    title: str
    next_step: str
    family: Said
    visit: VisitAnswer | None = None
    person: PersonAnswer | None = None


def create(service: ScanService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    api = create_api("verify_scan")

    @api.post(
        "/v1/scans",
        responses={
            200: {
                "description": "The verdict: a refused scan is an answer, not an error",
                "content": {JSON: {"model": Verdict}},
            }
        },
    )
    def scan(body: ScanRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        scanner = device(event, now)
        request = repeatable(
            scanner.device_id,
            _ROUTE,
            header(event, "idempotency-key"),
            api.current_event.decoded_body or "",
        )
        return respond(service.scan(scanner, body.code, Station(body.station), request, now, language(event)))

    return serve(api, service="verify_scan")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, system_clock).api


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = Sealer(
        DataKeys(dynamodb, env["KEYS_TABLE"], client("kms"), env["SEAL_KEY_ID"], system_clock), os.urandom
    )
    rules = ClaimRules(
        settings.pilot_cities, settings.child_born_from, settings.adult_dose_from, settings.adult_age
    )
    scans = ScanStore(
        dynamodb,
        ScanTables(
            certificates=env["CERTIFICATES_TABLE"],
            grants=env["GRANTS_TABLE"],
            codes=env["CODES_TABLE"],
            visits=env["VISITS_TABLE"],
            devices=env["DEVICES_TABLE"],
            access_log=env["ACCESS_LOG_TABLE"],
        ),
        answers=AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer),
        # The certificate keeps its archives' keys, so that a scan needs no kinship.
        archives=ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], ""),
        random_bytes=os.urandom,
    )
    service = ScanService(
        scans=scans,
        keys=KeyStore(dynamodb, env["KEYS_TABLE"], None, "", system_clock),
        views=PersonViews(sealer, rules, settings.rabies_records),
        ttl_seconds=settings.code_ttl_seconds,
        adult_age=settings.adult_age,
    )
    return create(service, system_clock)


handler = start(build)
