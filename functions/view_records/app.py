"""Looking up records (接种记录查询), the plan (接种计划) and who looked (R2, R29-R33, R43-R45, D2, D11, D19)."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.store import certificates_of
from vaxcert.claims.views import Views
from vaxcert.corrections.run.as_of import feed_dates_of
from vaxcert.errors import NotAcceptable
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.store import grants_of
from vaxcert.http.accept import preferred
from vaxcert.http.api import JSON, Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.conditional import etag_of, unchanged
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import header, language
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of
from vaxcert.records import fhir
from vaxcert.records.model import Order
from vaxcert.records.plan import PlanService
from vaxcert.records.service import RecordsPage, RecordsService
from vaxcert.trail.store import access_log_of

from .answers import AccessLogAnswer, EntryAnswer, PlanAnswer, RecordsAnswer

_FHIR: Final = fhir.MEDIA_TYPE
_OFFERED: Final = (JSON, _FHIR)
_MOST: Final = 50
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=_MOST)]

CertificateId = Annotated[str, path_id(is_certificate_id)]


_TAGS: Final = "The `ETag` of an earlier answer; what is unchanged is answered 304, and recorded all the same"
_RECORDS: Final[dict[int, OpenAPIResponse]] = {
    200: {
        "description": "The person's vaccination records",
        "content": {
            JSON: {"model": RecordsAnswer},
            _FHIR: {"schema": {"type": "object", "description": "HL7 FHIR R4 Bundle (collection)"}},
        },
    },
    304: {"description": "Unchanged since the answer that `If-None-Match` names"},
}


def routes(service: RecordsService, plans: PlanService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("view_records")

    @api.get(
        "/v1/certificates/<certificate_id>/records",
        operation_id="listRecords",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(406, 409)),
        summary="Vaccination records",
        description="接种记录查询: doses newest first, or vaccine after vaccine (`order=vaccine`), for the holder and delegates; every "
        "reading is recorded, one that ends in 304 too (R2, D2, D7, D11). `Accept: application/fhir+json` answers an HL7 FHIR R4 "
        "`Bundle` of `Patient` and `Immunization`; `Accept-Language: en` adds the vaccines' English names.",
        tags=["records"],
        responses=_RECORDS,
    )
    def records(
        certificate_id: CertificateId,
        cursor: Cursor = None,
        limit: Limit = _MOST,
        order: Annotated[Literal["date", "vaccine"], Query()] = "date",
        if_none_match: Annotated[str | None, Header(alias="If-None-Match", description=_TAGS)] = None,
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = citizen(event, now), language(event)
        media_type = preferred(header(event, "accept"), _OFFERED)
        if media_type is None:
            raise NotAcceptable
        page = service.records(
            caller, certificate_id, now, spoken, cursor=cursor, limit=limit, order=Order(order)
        )
        body = render(
            _bundle(page, limit, order)
            if media_type == _FHIR
            else RecordsAnswer.of(page, english=spoken == "en")
        )
        headers = {"ETag": etag_of(body, media_type, spoken), "Vary": "Accept, Accept-Language"}
        if unchanged(if_none_match, headers["ETag"]):
            return Response(status_code=304, content_type=media_type, body="", headers=headers)
        return Response(
            status_code=200, content_type=f"{media_type}; charset=utf-8", body=body, headers=headers
        )

    @api.get(
        "/v1/certificates/<certificate_id>/plan",
        operation_id="getPlan",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="What is due, missing and next",
        description="接种计划: what may be given today, what is past its recommended day, what comes next and whether the check at "
        "kindergarten and school entry finds anything, by the national programme in force; for the holder and delegates. It is advice, "
        "and reading it is recorded as reading the records is (D7, D11, D19).",
        tags=["records"],
        responses=shown_as("The plan", PlanAnswer),
    )
    def plan(certificate_id: CertificateId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found = plans.plan(citizen(event, now), certificate_id, now)
        return respond(PlanAnswer.of(found, language(event)), headers={"Vary": "Accept-Language"})

    @api.get(
        "/v1/certificates/<certificate_id>/access-log",
        operation_id="listAccessLog",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Who looked and who scanned",
        description="Readings and scans, newest first; for the claimant (D11).",
        tags=["records"],
        responses=shown_as("Who looked and who scanned", AccessLogAnswer),
    )
    def access_log(
        certificate_id: CertificateId,
        cursor: Cursor = None,
        limit: Limit = _MOST,
    ) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        found, following = service.access_log(caller, certificate_id, now, cursor=cursor, limit=limit)
        return respond(
            AccessLogAnswer(entries=[EntryAnswer.of(view) for view in found], next_cursor=following)
        )

    return api


def create(service: RecordsService, plans: PlanService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, plans, clock), service="view_records")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    nothing = cast("Any", None)
    return routes(nothing, nothing, system_clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    log_kept = timedelta(days=settings.access_log_days)
    grants = grants_of(env, dynamodb)
    feed = feed_dates_of(env, dynamodb)
    views = Views(sealer, rules)
    service = RecordsService(
        certificates=certificates_of(env, dynamodb),
        register=archives_of(env, dynamodb),
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        grants=grants,
        feed=feed,
        log=access_log_of(env, dynamodb, os.urandom, log_kept),
        views=views,
        delegate_data=DelegateData(sealer),
        rabies_shown=settings.rabies_records,
        hotline=settings.hotline,
        log_kept=log_kept,
        reads_per_hour=settings.reads_per_hour,
    )
    plans = PlanService(reader=service.reader, feed=feed, views=views, adult_age=settings.adult_age)
    return create(service, plans, system_clock)


def _bundle(page: RecordsPage, limit: int, order: str) -> dict[str, Any]:
    following = None
    if page.next_cursor is not None:
        # Relative to the page's own URL: the gateway's host and stage are not ours to know.
        following = "?" + urlencode({"cursor": page.next_cursor, "limit": limit, "order": order})
    return fhir.bundle(page.person, page.sex, page.doses, as_of=page.as_of, following=following)


handler = start(build)
