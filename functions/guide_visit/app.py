"""What clinics' devices ask for besides scanning: station outcomes, the queue board, the offline pack, their own token.

The list of vaccines that outcomes are reported by is here too; anybody may read it.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Form, Query

from vaxcert.appointments.day import booked_days_of
from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, shanghai_date, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.clinics.batches import Recalled, batches_of
from vaxcert.devices.model import Station
from vaxcert.devices.service import TokenExchange
from vaxcert.devices.store import assertions_of, enrolments_of
from vaxcert.errors import FieldError, Rejected, Unavailable
from vaxcert.http.api import Handler, create_api, render, respond, serve
from vaxcert.http.caller import device
from vaxcert.http.conditional import etag_of
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import language
from vaxcert.http.repeating import repeatable_request
from vaxcert.http.tagged import respond_tagged
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import is_clinic_code
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.keyset import OFFLINE
from vaxcert.keys.model import Publications
from vaxcert.keys.published import published_of
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import signing_keys_of
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits.board import BoardService
from vaxcert.visits.model import Visit, is_visit_id
from vaxcert.visits.outcome_store import visits_of
from vaxcert.visits.outcomes import OutcomeService, Report
from vaxcert.visits.person import PersonViews
from vaxcert.visits.telling import told, told_called, warnings
from vaxcert.visits.today import DayService
from vaxcert.wording import Language, Wording

from .answers import (
    BoardAnswer,
    BookedListAnswer,
    CallRequest,
    OutcomeRequest,
    PackAnswer,
    TicketAnswer,
    TodayAnswer,
    TokenAnswer,
    ToldAnswer,
    VaccinesAnswer,
    day_of,
)

_TOKEN_ROUTE: Final = "/v1/devices/token"  # noqa: S105 - a path
_PACK_ROUTE: Final = "/v1/offline-pack"
_VACCINES_ROUTE: Final = "/v1/vaccines"
# It changes with a release only.
_VACCINES_KEPT: Final = "public, max-age=3600"


VisitId = Annotated[str, path_id(is_visit_id)]
ClinicCode = Annotated[str, path_id(is_clinic_code)]


def create(
    outcomes: OutcomeService,
    board: BoardService,
    days: DayService,
    exchange: TokenExchange,
    published: Publications,
    clock: Clock,
    wording: Wording,
    recalled: Recalled,
) -> Handler:
    """The handler over its collaborators."""
    api = create_api("guide_visit")

    @api.post(
        "/v1/visits/<visit_id>/outcomes",
        operation_id="reportOutcome",
        openapi_extensions=declared(CallerClass.DEVICE, refuses=(403, 409), repeatable=True),
        summary="What a station found",
        description=(
            "登记: `fit` or `deferred`; 接种: `vaccinated`, which starts the observation timer, or `not_vaccinated`; 取号: `left` gives the "
            "ticket up; 登记 and 接种: `passed` puts a waiting one after the next three. `corrects` mends the station's own last outcome "
            "until the next station has scanned (docs/clinic-day.md). Doses appear in the records from the feed only (R1). Wants an "
            "Idempotency-Key."
        ),
        tags=["visits"],
        responses=shown_as("The visit after it, and what to say", ToldAnswer),
    )
    def report(visit_id: VisitId, body: OutcomeRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken, found = device(event, now), language(event), body.report()
        asked = Asked[Visit](
            repeatable_request(api, caller.device_id, f"POST /v1/visits/{visit_id}/outcomes"),
            lambda visit: Answer(200, render(_told(visit, found, recalled, spoken, now, wording))),
        )
        answer = outcomes.report(caller, visit_id, found, asked, now)
        return respond(answer.body, answer.status)

    @api.post(
        "/v1/visits/<visit_id>/calls",
        operation_id="callTicket",
        openapi_extensions=declared(CallerClass.DEVICE, refuses=(403, 409), repeatable=True),
        summary="叫号 Call a ticket",
        description=(
            "Calls a ticket that waits for `station` to `desk`: board and family see it. The same desk may call again; one that another "
            "desk has called is `already_called`, one that does not wait there is `wrong_order`. Wants an Idempotency-Key."
        ),
        tags=["visits"],
        responses=shown_as("The visit after it", ToldAnswer),
    )
    def call(visit_id: VisitId, body: CallRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = device(event, now), language(event)
        asked = Asked[Visit](
            repeatable_request(api, caller.device_id, f"POST /v1/visits/{visit_id}/calls"),
            lambda visit: Answer(
                200, render(ToldAnswer.model_validate(told_called(visit, spoken, now, wording)))
            ),
        )
        answer = outcomes.call(caller, visit_id, Station(body.station), body.desk, asked, now)
        return respond(answer.body, answer.status)

    _of_clinics(api, board, days, clock)

    @api.get(
        _PACK_ROUTE,
        operation_id="getOfflinePack",
        openapi_extensions=declared(CallerClass.DEVICE),
        summary="What a device needs while its line is down",
        description=(
            "The code keys, the killed key ids and the pack's own age, signed by the root key; at most 4 KB, with an ETag. With it a "
            "device tells a genuine code from junk, never an accepted one; past 48 hours it says `stale` (ADR 0008)."
        ),
        tags=["devices"],
        responses=shown_as("The signed pack", PackAnswer)
        | {304: {"description": "It is as `If-None-Match` says"}},
    )
    def offline_pack() -> Response[str]:
        event = api.current_event.raw_event
        device(event, clock())
        pack = published.find(OFFLINE)
        if pack is None:
            raise Unavailable("keys_missing")
        return respond_tagged(event, pack.body, pack.etag, "private, no-cache")

    @api.get(
        _VACCINES_ROUTE,
        operation_id="listVaccines",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="疫苗编码表 The list of vaccine codes",
        description=(
            "The one list that `due`, the doses of records and outcomes use: an entry for every code, so a vaccine may stand in it several "
            "times. `vaccine` is its abbreviation; a vaccine without a national code has it as its code, too. Anyone may read it."
        ),
        tags=["visits"],
        responses=shown_as("The whole list", VaccinesAnswer)
        | {304: {"description": "It is as `If-None-Match` says"}},
    )
    def vaccines() -> Response[str]:
        return respond_tagged(api.current_event.raw_event, _VACCINES, _VACCINES_TAG, _VACCINES_KEPT)

    @api.post(
        _TOKEN_ROUTE,
        operation_id="requestDeviceToken",
        openapi_extensions=declared(CallerClass.ANYONE, refuses=(401, 403)),
        summary="A device's access token",
        description=(
            "OAuth 2.0 client credentials with a JWT assertion (RFC 7523, ES256): `iss` and `sub` the device's id, `aud` the "
            "deployment's device audience, `jti` once only, `exp` within 60 seconds."
        ),
        tags=["devices"],
        responses=shown_as("A token of fifteen minutes", TokenAnswer),
    )
    def token(
        grant_type: Annotated[str, Form()] = "",
        client_assertion_type: Annotated[str, Form()] = "",
        client_assertion: Annotated[str, Form()] = "",
        client_id: Annotated[str, Form()] = "",
    ) -> Response[str]:
        form = {
            "grant_type": grant_type,
            "client_assertion_type": client_assertion_type,
            "client_assertion": client_assertion,
            "client_id": client_id,
        }
        issued = exchange.exchange({name: value for name, value in form.items() if value}, clock())
        return respond(TokenAnswer(access_token=issued.access_token, expires_in=issued.expires_in))

    return serve(
        api,
        service="guide_visit",
        form_routes=frozenset({_TOKEN_ROUTE}),
        public_routes=frozenset({_PACK_ROUTE, _VACCINES_ROUTE}),
    )


def _of_clinics(api: APIGatewayRestResolver, board: BoardService, days: DayService, clock: Clock) -> None:
    """The routes of a clinic's own board and day."""

    @api.get(
        "/v1/clinics/<clinic_code>/queue",
        operation_id="getQueue",
        openapi_extensions=declared(CallerClass.BOARD, refuses=(403,)),
        summary="叫号屏 The queue board",
        description="Today's tickets in their order, where each is wanted, which are called, and masked names; for devices of that "
        "clinic, boards among them.",
        tags=["visits"],
        responses=shown_as("Today's board", BoardAnswer),
    )
    def queue(clinic_code: ClinicCode) -> Response[str]:
        now = clock()
        waiting = board.queue(device(api.current_event.raw_event, now), clinic_code, now)
        tickets = [TicketAnswer.of(one, now) for one in waiting]
        return respond(BoardAnswer(clinic_code=clinic_code, tickets=tickets))

    @api.get(
        "/v1/clinics/<clinic_code>/today",
        operation_id="getClinicToday",
        openapi_extensions=declared(CallerClass.DEVICE, refuses=(403,)),
        summary="今日情况 The day's figures",
        description="For the one in charge: waiting, done, refused by reason, no-shows, average wait; for devices of that clinic "
        "that serve a station.",
        tags=["visits"],
        responses=shown_as("Today's figures", TodayAnswer),
    )
    def today(clinic_code: ClinicCode) -> Response[str]:
        now = clock()
        found = days.today(device(api.current_event.raw_event, now), clinic_code, now)
        return respond(TodayAnswer.of(clinic_code, found))

    @api.get(
        "/v1/clinics/<clinic_code>/appointments",
        operation_id="listClinicAppointments",
        openapi_extensions=declared(CallerClass.DEVICE, refuses=(403,)),
        summary="预约名单 Who is booked on a day",
        description="By time, with masked names, today where no `date` is given; for devices of that clinic that serve the ticket "
        "machine or registration.",
        tags=["visits"],
        responses=shown_as("The day's appointments", BookedListAnswer),
    )
    def booked(
        clinic_code: ClinicCode, day: Annotated[str | None, Query(alias="date")] = None
    ) -> Response[str]:
        now = clock()
        wanted = shanghai_date(now) if day is None else _day(day)
        found = days.booked(device(api.current_event.raw_event, now), clinic_code, wanted, now)
        return respond(BookedListAnswer.of(clinic_code, wanted, found))


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, nothing, nothing, nothing, nothing, system_clock, nothing, nothing).api


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb, kms = client("dynamodb"), client("kms")
    sealer = sealer_of(env, dynamodb, kms, system_clock)
    answers = answers_of(env, dynamodb, sealer)
    rules = ClaimRules.of(settings)
    visits = visits_of(
        env, dynamodb, answers, archives_of(env, dynamodb)
    )  # the board knows the archives' keys
    views = PersonViews(sealer, rules, settings.rabies_records)
    exchange = TokenExchange(
        enrolments=enrolments_of(env, dynamodb),
        burned=assertions_of(env, dynamodb),
        keys=signing_keys_of(env, dynamodb, kms, system_clock),
        audience=settings.device_audience,
        token_seconds=settings.device_token_seconds,
        random_bytes=os.urandom,
    )
    return create(
        OutcomeService(visits=visits, answers=answers, observation_seconds=settings.observation_seconds),
        BoardService(board=visits, masked_name=views.masked_name),
        DayService(
            days=visits,
            bookings=booked_days_of(env, dynamodb),
            masked_name=views.masked_name,
        ),
        exchange,
        published_of(env, dynamodb),
        system_clock,
        Wording(settings),
        batches_of(env, dynamodb),
    )


def _day(text: str) -> date:
    try:
        return day_of(text)
    except ValueError:
        raise Rejected(fields=(FieldError("/query/date", "invalid", "date"),)) from None


def _told(
    visit: Visit, report: Report, recalled: Recalled, spoken: Language, now: datetime, wording: Wording
) -> ToldAnswer:
    body = told(visit, report.outcome, spoken, now, wording)
    listed = recalled.of(visit.clinic_code) if report.doses else ()
    found = warnings(report.doses, listed, spoken, now, wording)
    return ToldAnswer.model_validate({**body, "warnings": found or None})


_VACCINES: Final = render(VaccinesAnswer.of(LISTED))
_VACCINES_TAG: Final = etag_of(_VACCINES)

handler = start(build)
