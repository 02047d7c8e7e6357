"""Reporting a wrong entry (反馈) and seeing what became of it (R34, R35, R37).

Rights       CERTIFICATES_TABLE: GetItem. ARCHIVES_TABLE: BatchGetItem. CLINICS_TABLE: GetItem. REPORTS_TABLE: PutItem, Query.
             SESSIONS_TABLE: ConditionCheckItem. IDEMPOTENCY_TABLE: GetItem, PutItem. KEYS_TABLE: GetItem, Query. SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, SEAL_KEY_ID, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE, RABIES_RECORDS, HOTLINE.
"""

from __future__ import annotations

import os
from typing import Annotated, Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, ConfigDict, Field

from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.store import CertificateReader
from vaxcert.claims.views import Views
from vaxcert.http.api import Handler, create_api, render, respond, serve, start
from vaxcert.http.caller import citizen
from vaxcert.http.documents import shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import Language, language
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer, Remembered, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.keys.sealing import sealer_of
from vaxcert.reports.model import LONGEST_TEXT, STATUS_TITLES, Kind
from vaxcert.reports.personal import ReportData
from vaxcert.reports.service import ReportService, ReportView, Wish
from vaxcert.reports.store import ClinicDirectory, ReportStore

_CREATED: Final = 201

CertificateId = Annotated[str, path_id(is_certificate_id)]


class ReportRequest(BaseModel):
    """What is wrong. `dose_id` names a dose of the records; `text` is kept as typed, control characters but line breaks are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"]
    dose_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class ContactAnswer(BaseModel):
    """The clinic that can correct the entry; address and phone where they are known."""

    clinic_code: str
    name: str | None = None
    address: str | None = None
    phone: str | None = None


class ReportAnswer(BaseModel):
    """A report and where it stands. A correction takes effect the next day (R38)."""

    report_id: str
    case_number: str
    kind: Literal["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"]
    dose_id: str | None = None
    text: str
    status: Literal["received", "forwarded", "corrected", "closed"]
    status_title: str
    received_at: str
    changed_at: str
    clinic: ContactAnswer
    hotline: str


class ReportsAnswer(BaseModel):
    """A certificate's reports, newest first."""

    reports: list[ReportAnswer]
    next_cursor: str | None


def routes(service: ReportService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("report_entry")

    @api.post(
        "/v1/certificates/<certificate_id>/reports",
        summary="Report a wrong entry",
        description="反馈: answers the case with its number, the clinic to contact and the hotline; the vaccination unit corrects, never "
        "the citizen (R34, R35, R37). Can be repeated under its Idempotency-Key.",
        tags=["reports"],
        responses=shown_as("Received; the same request again gets the same bytes", ReportAnswer, _CREATED),
    )
    def report(certificate_id: CertificateId, body: ReportRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = citizen(event, now), language(event)
        request = repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/reports")

        def keep(view: ReportView) -> Remembered:
            return remember(request, Answer(_CREATED, render(_report(view, spoken))), now)

        wish = Wish(Kind(body.kind), body.dose_id, body.text)
        answer = service.report(caller, certificate_id, wish, request, keep, now)
        return respond(answer.body, answer.status)

    @api.get(
        "/v1/certificates/<certificate_id>/reports",
        summary="A certificate's reports",
        description="Newest first, with the status of each; for the holder (R34).",
        tags=["reports"],
        responses=shown_as("The certificate's reports", ReportsAnswer),
    )
    def reports(
        certificate_id: CertificateId,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        event = api.current_event.raw_event
        caller, spoken = citizen(event, clock()), language(event)
        found, following = service.reports(caller, certificate_id, cursor=cursor, limit=limit)
        shown = [_report(view, spoken).model_dump(exclude_none=True) for view in found]
        return respond({"reports": shown, "next_cursor": following})

    return api


def create(service: ReportService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="report_entry")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    rules = ClaimRules.of(settings)
    answers = AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer)
    service = ReportService(
        certificates=CertificateReader(dynamodb, env["CERTIFICATES_TABLE"]),
        register=ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], ""),
        directory=ClinicDirectory(dynamodb, env["CLINICS_TABLE"]),
        reports=ReportStore(
            dynamodb,
            env["REPORTS_TABLE"],
            sessions_table=env["SESSIONS_TABLE"],
            remembering=lambda remembered: answers.op(remembered, system_clock()),
        ),
        answers=answers,
        views=Views(sealer, rules),
        data=ReportData(sealer),
        adult_age=settings.adult_age,
        notices=NoticeBoard(rules, settings.hotline),
        rabies_shown=settings.rabies_records,
        hotline=settings.hotline,
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


def _report(view: ReportView, spoken: Language) -> ReportAnswer:
    contact = view.contact
    return ReportAnswer(
        report_id=view.report_id,
        case_number=view.case_number,
        kind=view.kind.value,
        dose_id=view.dose_id,
        text=view.text,
        status=view.status.value,
        status_title=STATUS_TITLES[view.status][spoken == "en"],
        received_at=rfc3339(view.received_at),
        changed_at=rfc3339(view.changed_at),
        clinic=ContactAnswer(
            clinic_code=contact.clinic_code,
            name=contact.name,
            address=contact.address,
            phone=contact.phone,
        ),
        hotline=view.hotline,
    )


handler = start(build)
