"""Scanning a code at a station (R28): a verdict, and one step of the visit; or handing in a scan that was made offline.

Rights       CERTIFICATES_TABLE: BatchGetItem, ConditionCheckItem. GRANTS_TABLE: BatchGetItem, UpdateItem.
             DEVICES_TABLE: BatchGetItem, ConditionCheckItem. CODES_TABLE: BatchGetItem, PutItem.
             VISITS_TABLE: GetItem, BatchGetItem, PutItem, UpdateItem. IDEMPOTENCY_TABLE: BatchGetItem, PutItem.
             ACCESS_LOG_TABLE: PutItem. ARCHIVES_TABLE: BatchGetItem. APPOINTMENTS_TABLE: BatchGetItem, UpdateItem.
             KEYS_TABLE: Query (`code`, `data`), GetItem (`data`). SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, SEAL_KEY_ID, CODE_TTL_SECONDS, ADULT_AGE, RABIES_RECORDS, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM,
             HOTLINE, ACCESS_LOG_DAYS, SERVICE_STAGE.
Metric       `code_used_elsewhere` (namespace `vaxcert`, by stage): a code came to a second device.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vaxcert.appointments.arrival import Arrivals
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, from_rfc3339, system_clock
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.devices.model import Station
from vaxcert.http.api import JSON, Handler, create_api, respond, serve, start
from vaxcert.http.caller import device
from vaxcert.http.language import language
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.store import AnswerStore
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import KeyStore
from vaxcert.programme.due import Oddity
from vaxcert.visits.alerts import used_elsewhere
from vaxcert.visits.handed_in import HandInService
from vaxcert.visits.model import Reason
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import ScanStore, ScanTables
from vaxcert.wording import Wording

_ROUTE: Final = "POST /v1/scans"


def _moment(text: str) -> str:
    try:
        from_rfc3339(text)
    except OverflowError:  # the first or the last day of the calendar, in another zone
        raise ValueError("no moment of this calendar") from None
    return text


class ScanRequest(BaseModel):
    """What was scanned, as it came from the scanner, and at which station; `scanned_at` for a scan that was made offline."""

    model_config = ConfigDict(extra="forbid")

    code: str
    station: Literal["ticket", "registration", "vaccination", "observation"]
    scanned_at: (
        Annotated[
            str, AfterValidator(_moment), Field(max_length=40, json_schema_extra={"format": "date-time"})
        ]
        | None
    ) = None


class Said(BaseModel):
    """A title and what to do next."""

    title: str
    next_step: str


class ScannedVisit(BaseModel):
    """A visit; `station` is where the person is, or is wanted next; null once it has ended. `appointed_at`: goes ahead."""

    visit_id: str
    ticket: str
    state: str
    station: str | None
    appointed_at: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None


class NamedDose(BaseModel):
    """A dose of the programme: `vaccine_code` is the first that `GET /v1/vaccines` has for it, `vaccine` its abbreviation (`DTaP`).

    `vaccine_name_en` comes where English is asked for.
    """

    vaccine_code: str
    vaccine: str
    vaccine_name: str
    vaccine_name_en: str | None = None
    dose_no: int


class DueDose(NamedDose):
    """A dose that is due since a day. `recommended_before`: the day by which it should have been given; `until`: the last day it is given at all."""

    since: str
    recommended_before: str | None = None
    until: str | None = None
    note: str | None = None


class NextVisit(BaseModel):
    """What is due next, and when, where that which is due now is given today."""

    date: str
    vaccines: list[NamedDose]


class OddDose(BaseModel):
    """A dose on record that the nurse should look at; `counted` tells whether it counts towards what is due."""

    dose_id: str
    reason: Oddity
    counted: bool
    note: str


class AdviceAnswer(BaseModel):
    """By which edition of the programme, and from doses as of which feed. It is advice: the nurse decides."""

    edition: str
    programme: str | None = None
    as_of: str
    note: str


class PersonAnswer(BaseModel):
    """As much as the station needs: at the ticket machine a masked name alone, at observation nobody's.

    Registration and vaccination get what is due by the national childhood programme too; for an adult `due` is empty.
    """

    name: str
    sex: str | None = None
    birth_date: str | None = None
    doses: list[dict[str, str | int]] | None = None
    due: list[DueDose] | None = None
    next: NextVisit | None = None
    odd_doses: list[OddDose] | None = None
    advice: AdviceAnswer | None = None


class UseAnswer(BaseModel):
    """When a code was used, and at which station."""

    at: str
    station: str


class Verdict(BaseModel):
    """The answer to a scan. `title` and `next_step` are the nurse's, `family` is for the screen that faces the family.

    `recorded` answers a scan that was made offline; its `reason` is what would refuse the code by now. `used` tells of the scan that
    came first, where `reason` is `already_used`.
    """

    result: Literal["accepted", "refused", "recorded"]
    reason: Reason | None
    title: str
    next_step: str
    family: Said
    used: UseAnswer | None = None
    visit: ScannedVisit | None = None
    person: PersonAnswer | None = None


def create(service: ScanService, handing_in: HandInService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    api = create_api("verify_scan")

    @api.post(
        "/v1/scans",
        summary="扫码办理 Scan a code",
        description=(
            "At a station of the device's clinic. A refused scan is an answer and burns nothing; its `reason` is the first of the "
            "contract's order. An accepted one takes the visit a step on and burns the code. The same request from the same "
            "device, known by its Idempotency-Key, gets the same answer for 24 hours.\n\n"
            "With `scanned_at` it hands in a scan that was made offline, up to 48 hours ago: it burns the code and puts the scan on "
            "record, and takes no visit a step on. A code that was used as well is answered `already_used`, with when and where.\n\n"
            "Registration and vaccination see what is `due`, worked out from the doses on record by the national childhood programme: "
            "advice to the nurse, never a refusal and never an entry (docs/programme.md)."
        ),
        tags=["visits"],
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
        request = repeatable_request(api, scanner.device_id, _ROUTE)
        station, spoken = Station(body.station), language(event)
        if body.scanned_at is not None:
            at = from_rfc3339(body.scanned_at)
            return respond(handing_in.hand_in(scanner, body.code, station, at, request, now, spoken))
        return respond(service.scan(scanner, body.code, station, request, now, spoken))

    return serve(api, service="verify_scan")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, nothing, system_clock).api


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
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
        log_kept=timedelta(days=settings.access_log_days),
        appointments=Arrivals(env["APPOINTMENTS_TABLE"]),
    )
    keys = KeyStore(dynamodb, env["KEYS_TABLE"], None, "", system_clock)
    alert = used_elsewhere(settings.service_stage)
    service = ScanService(
        scans=scans,
        keys=keys,
        views=PersonViews(sealer, rules, settings.rabies_records),
        ttl_seconds=settings.code_ttl_seconds,
        adult_age=settings.adult_age,
        wording=Wording(settings),
        alert=alert,
    )
    handing_in = HandInService(
        scans=scans,
        keys=keys,
        ttl_seconds=settings.code_ttl_seconds,
        adult_age=settings.adult_age,
        wording=Wording(settings),
        alert=alert,
    )
    return create(service, handing_in, system_clock)


handler = start(build)
