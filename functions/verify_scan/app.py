"""Scanning a code at a station (R28): a verdict, and one step of the visit; or handing in a scan that was made offline.

Metrics      `scans_accepted`, `scans_refused` (by `reason` too), `scans_handed_in` (made offline) and `code_used_elsewhere`, a code that
             came to a second device; namespace `vaxcert`, by stage.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.appointments.arrival import arrivals_of
from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, from_rfc3339, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.devices.model import Station
from vaxcert.http.api import JSON, Handler, create_api, respond, serve
from vaxcert.http.caller import device
from vaxcert.http.documents import declared
from vaxcert.http.language import language
from vaxcert.http.repeating import repeatable_request
from vaxcert.http.seen import scanned
from vaxcert.idempotency.store import answers_of
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import public_keys_of
from vaxcert.visits.alerts import used_elsewhere
from vaxcert.visits.handed_in import HandInService
from vaxcert.visits.person import PersonViews
from vaxcert.visits.service import ScanService
from vaxcert.visits.store import scans_of
from vaxcert.wording import Wording

from .answers import ScanRequest, Verdict

_ROUTE: Final = "POST /v1/scans"


def create(service: ScanService, handing_in: HandInService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    api = create_api("verify_scan")

    @api.post(
        "/v1/scans",
        operation_id="scanCode",
        openapi_extensions=declared(CallerClass.DEVICE, refuses=(403,), repeatable=True),
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
            verdict = handing_in.hand_in(scanner, body.code, station, at, request, now, spoken)
        else:
            verdict = service.scan(scanner, body.code, station, request, now, spoken)
        told = Verdict.model_validate(verdict)
        scanned(told.result, told.reason, station)
        return respond(told)

    return serve(api, service="verify_scan")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, nothing, system_clock).api


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    scans = scans_of(
        env,
        dynamodb,
        answers_of(env, dynamodb, sealer),
        # The certificate keeps its archives' keys, so that a scan needs no kinship.
        archives_of(env, dynamodb),
        arrivals_of(env),
        random_bytes=os.urandom,
        log_kept=timedelta(days=settings.access_log_days),
    )
    keys = public_keys_of(env, dynamodb, system_clock)
    alert = used_elsewhere(settings.service_stage)
    service = ScanService(
        scans=scans,
        keys=keys,
        views=PersonViews(sealer, rules, settings.rabies_records),
        ttl_seconds=settings.code_ttl_seconds,
        adult_age=settings.adult_age,
        wording=Wording(settings),
        alert=alert,
        issued_from=settings.refuse_issued_before,
    )
    handing_in = HandInService(
        scans=scans,
        keys=keys,
        ttl_seconds=settings.code_ttl_seconds,
        adult_age=settings.adult_age,
        wording=Wording(settings),
        alert=alert,
        issued_from=settings.refuse_issued_before,
    )
    return create(service, handing_in, system_clock)


handler = start(build)
