"""Reporting a wrong entry (反馈) and seeing what became of it (R34, R35, R37)."""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.store import certificates_of
from vaxcert.claims.views import Views
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.api import Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import language
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of
from vaxcert.reports.model import Kind
from vaxcert.reports.personal import ReportData
from vaxcert.reports.service import ReportForm, ReportService, ReportView
from vaxcert.reports.store import directory_of, reports_of

from .answers import ReportAnswer, ReportRequest, ReportsAnswer

_CREATED: Final = 201

CertificateId = Annotated[str, path_id(is_certificate_id)]


def routes(service: ReportService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("report_entry")

    @api.post(
        "/v1/certificates/<certificate_id>/reports",
        operation_id="reportEntry",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,), repeatable=True),
        summary="Report a wrong entry",
        description="反馈: answers the case with its number, the clinic to contact and the hotline; the vaccination unit corrects, never "
        "the citizen (R34, R35, R37). Can be repeated under its Idempotency-Key.",
        tags=["reports"],
        responses=shown_as("Received; the same request again gets the same bytes", ReportAnswer, _CREATED),
    )
    def report(certificate_id: CertificateId, body: ReportRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = citizen(event, now), language(event)
        asked = Asked[ReportView](
            repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/reports"),
            lambda view: Answer(_CREATED, render(ReportAnswer.of(view, spoken))),
        )
        form = ReportForm(Kind(body.kind), body.dose_id, body.text)
        answer = service.report(caller, certificate_id, form, asked, now)
        return respond(answer.body, answer.status)

    @api.get(
        "/v1/certificates/<certificate_id>/reports",
        operation_id="listReports",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="A certificate's reports",
        description="Newest first, with the status of each; for the holder, and for delegates to read (R34, D7).",
        tags=["reports"],
        responses=shown_as("The certificate's reports", ReportsAnswer),
    )
    def reports(
        certificate_id: CertificateId,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = citizen(event, now), language(event)
        found, following = service.reports(caller, certificate_id, now, cursor=cursor, limit=limit)
        shown = [ReportAnswer.of(view, spoken) for view in found]
        return respond(ReportsAnswer(reports=shown, next_cursor=following))

    return api


def create(service: ReportService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="report_entry")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    answers = answers_of(env, dynamodb, sealer)
    service = ReportService(
        certificates=certificates_of(env, dynamodb),
        register=archives_of(env, dynamodb),
        directory=directory_of(env, dynamodb),
        reports=reports_of(env, dynamodb, answers.op),
        answers=answers,
        views=Views(sealer, rules),
        data=ReportData(sealer),
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        rabies_shown=settings.rabies_records,
        hotline=settings.hotline,
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


handler = start(build)
