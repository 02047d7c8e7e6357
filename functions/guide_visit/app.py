"""What clinics' devices ask for besides scanning: station outcomes, the queue board, the offline pack, their own token.

The list of vaccines that outcomes are reported by is here too; anybody may read it.

Rights       VISITS_TABLE: GetItem, Query, PutItem, UpdateItem. DEVICES_TABLE: GetItem, ConditionCheckItem.
             SESSIONS_TABLE (`J#…`): GetItem, PutItem. IDEMPOTENCY_TABLE: GetItem, PutItem. ARCHIVES_TABLE: BatchGetItem.
             KEYS_TABLE: Query (`device`, `data`), GetItem (`published`, `data`).
             WRAP_KEY_ID: kms:Decrypt (purpose `device`). SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, WRAP_KEY_ID, SEAL_KEY_ID, DEVICE_AUDIENCE, DEVICE_TOKEN_SECONDS, OBSERVATION_SECONDS, PILOT_CITIES,
             CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Form
from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel

from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.devices.model import Station
from vaxcert.devices.service import TokenExchange
from vaxcert.devices.store import AssertionStore, EnrolmentStore
from vaxcert.errors import JsonValue, Unavailable
from vaxcert.http.api import JSON, Handler, create_api, render, respond, serve, start
from vaxcert.http.caller import device
from vaxcert.http.conditional import etag_of, unchanged
from vaxcert.http.documents import shown_as
from vaxcert.http.fields import LINE, path_id
from vaxcert.http.language import header
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer, Remembered, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.identity.model import is_clinic_code
from vaxcert.keys.keyset import OFFLINE
from vaxcert.keys.model import Publications
from vaxcert.keys.published import PublishedReader
from vaxcert.keys.sealing import sealer_of
from vaxcert.keys.store import KeyStore
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits.board import BoardService, Waiting
from vaxcert.visits.model import Outcome, Visit, is_visit_id
from vaxcert.visits.outcome_store import VisitStore, VisitTables
from vaxcert.visits.outcomes import OutcomeService, Report
from vaxcert.visits.person import PersonViews
from vaxcert.visits.verdicts import shown

_TOKEN_ROUTE: Final = "/v1/devices/token"  # noqa: S105 - a path
_PACK_ROUTE: Final = "/v1/offline-pack"
_VACCINES_ROUTE: Final = "/v1/vaccines"
# It changes with a release only.
_VACCINES_KEPT: Final = "public, max-age=3600"

type Text = Annotated[str, LINE, Field(min_length=1, max_length=200)]
type ShortText = Annotated[str, LINE, Field(min_length=1, max_length=64)]

VisitId = Annotated[str, path_id(is_visit_id)]
ClinicCode = Annotated[str, path_id(is_clinic_code)]


class _Outcome(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fit(_Outcome):
    """Registration: may be vaccinated now."""

    station: Literal["registration"]
    outcome: Literal["fit"]


class Deferred(_Outcome):
    """Registration: not today, and why."""

    station: Literal["registration"]
    outcome: Literal["deferred"]
    reason: Text


class Vaccinated(_Outcome):
    """Vaccination: what was given. It shows in the records when the feed brings it (R1)."""

    station: Literal["vaccination"]
    outcome: Literal["vaccinated"]
    vaccine_code: Annotated[str, LINE, Field(min_length=1, max_length=32)]  # of GET /v1/vaccines
    batch: ShortText
    trace_code: ShortText
    site: Literal["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"]


class NotVaccinated(_Outcome):
    """Vaccination: nothing was given."""

    station: Literal["vaccination"]
    outcome: Literal["not_vaccinated"]
    reason: Text | None = None


class OutcomeRequest(
    RootModel[Annotated[Fit | Deferred | Vaccinated | NotVaccinated, Discriminator("outcome")]]
):
    """A station's outcome."""


class VisitAnswer(BaseModel):
    """A visit; `station` is where the person is wanted next, null once it has ended."""

    visit_id: str
    ticket: str
    state: str
    station: str | None
    appointed_at: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None


class TicketAnswer(VisitAnswer):
    """One line of the board."""

    name: str | None = None
    since: str


class BoardAnswer(BaseModel):
    """Today's visits in their turn: those with an appointment by its time, then everybody by ticket."""

    clinic_code: str
    tickets: list[TicketAnswer]
    next_cursor: None = None


class PackAnswer(BaseModel):
    """A flattened JWS (RFC 7515 §7.2.2) of the root key."""

    protected: str
    payload: str
    signature: str


class VaccineAnswer(BaseModel):
    """One code of the list, and the vaccine that it stands for; `cvx` where one is known."""

    vaccine_code: str
    vaccine: str
    name: str
    name_en: str
    cvx: str | None = None


class VaccinesAnswer(BaseModel):
    """Every code, the programme's vaccines first."""

    vaccines: list[VaccineAnswer]
    next_cursor: None = None


class TokenAnswer(BaseModel):
    """RFC 6749 §5.1."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the type's name
    expires_in: int


def create(
    outcomes: OutcomeService,
    board: BoardService,
    exchange: TokenExchange,
    published: Publications,
    clock: Clock,
) -> Handler:
    """The handler over its collaborators."""
    api = create_api("guide_visit")

    @api.post(
        "/v1/visits/<visit_id>/outcomes",
        summary="What a station found",
        description=(
            "登记: `fit` or `deferred`; 接种: `vaccinated`, which starts the observation timer, or `not_vaccinated`. Doses appear in the "
            "records from the feed only (R1). Wants an Idempotency-Key."
        ),
        tags=["visits"],
        responses=shown_as("The visit after it", VisitAnswer),
    )
    def report(visit_id: VisitId, body: OutcomeRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller = device(event, now)
        request = repeatable_request(api, caller.device_id, f"POST /v1/visits/{visit_id}/outcomes")

        def remembered(visit: Visit) -> Remembered:
            return remember(request, Answer(200, render(shown(visit, now))), now)

        said = body.root.model_dump(exclude_none=True)
        found = Report(Station(said.pop("station")), Outcome(said.pop("outcome")), said)
        answer = outcomes.report(caller, visit_id, found, request, remembered, now)
        return respond(answer.body, answer.status)

    @api.get(
        "/v1/clinics/<clinic_code>/queue",
        summary="叫号屏 The queue board",
        description="Today's tickets in their order, where each is wanted, and masked names; for devices of that clinic.",
        tags=["visits"],
        responses=shown_as("Today's board", BoardAnswer),
    )
    def queue(clinic_code: ClinicCode) -> Response[str]:
        now = clock()
        waiting = board.queue(device(api.current_event.raw_event, now), clinic_code, now)
        return respond(
            {
                "clinic_code": clinic_code,
                "tickets": [_line(one, now) for one in waiting],
                "next_cursor": None,
            }
        )

    @api.get(
        _PACK_ROUTE,
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
        headers = {"Cache-Control": "private, no-cache", "ETag": pack.etag}
        if header(event, "if-none-match") == pack.etag:
            return Response(status_code=304, content_type=JSON, body="", headers=headers)
        return respond(pack.body, headers=headers)

    @api.get(
        _VACCINES_ROUTE,
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
        headers = {"Cache-Control": _VACCINES_KEPT, "ETag": _VACCINES_TAG}
        if unchanged(header(api.current_event.raw_event, "if-none-match"), _VACCINES_TAG):
            return Response(status_code=304, content_type=JSON, body="", headers=headers)
        return respond(_VACCINES, headers=headers)

    @api.post(
        _TOKEN_ROUTE,
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


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document."""
    nothing = cast("Any", None)
    return create(nothing, nothing, nothing, nothing, system_clock).api


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb, kms = client("dynamodb"), client("kms")
    sealer = sealer_of(env, dynamodb, kms, system_clock)
    answers = AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer)
    rules = ClaimRules.of(settings)
    visits = VisitStore(
        dynamodb,
        VisitTables(visits=env["VISITS_TABLE"], devices=env["DEVICES_TABLE"]),
        answers=answers,
        archives=ArchiveReader(dynamodb, env["ARCHIVES_TABLE"], ""),  # the board knows the archives' keys
    )
    views = PersonViews(sealer, rules, settings.rabies_records)
    exchange = TokenExchange(
        enrolments=EnrolmentStore(dynamodb, env["DEVICES_TABLE"]),
        burned=AssertionStore(dynamodb, env["SESSIONS_TABLE"]),
        keys=KeyStore(dynamodb, env["KEYS_TABLE"], kms, env["WRAP_KEY_ID"], system_clock),
        audience=settings.device_audience,
        token_seconds=settings.device_token_seconds,
        random_bytes=os.urandom,
    )
    return create(
        OutcomeService(visits=visits, answers=answers, observation_seconds=settings.observation_seconds),
        BoardService(board=visits, masked_name=views.masked_name),
        exchange,
        PublishedReader(dynamodb, env["KEYS_TABLE"]),
        system_clock,
    )


def _line(waiting: Waiting, now: datetime) -> dict[str, JsonValue]:
    line = {**shown(waiting.visit, now), "since": rfc3339(waiting.visit.changed_at)}
    return line if waiting.name is None else {**line, "name": waiting.name}


def _vaccines() -> str:
    listed = [
        VaccineAnswer(
            vaccine_code=code,
            vaccine=vaccine.key,
            name=vaccine.chinese,
            name_en=vaccine.english,
            cvx=vaccine.cvx,
        ).model_dump(exclude_none=True)
        for code, vaccine in LISTED.items()
    ]
    return render({"vaccines": listed, "next_cursor": None})


_VACCINES: Final = _vaccines()
_VACCINES_TAG: Final = etag_of(_VACCINES)

handler = start(build)
