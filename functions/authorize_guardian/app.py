"""Authorising family (证照授权): a certificate's grants, authorise, revoke (R22-R27, D7).

Rights       CERTIFICATES_TABLE: GetItem, ConditionCheckItem. GRANTS_TABLE: Query, PutItem, DeleteItem.
             SESSIONS_TABLE: ConditionCheckItem. IDEMPOTENCY_TABLE: GetItem, PutItem. KEYS_TABLE: GetItem, Query.
             SEAL_KEY_ID: kms:Decrypt. PEPPER_SECRET_ARN: secretsmanager:GetSecretValue.
Variables    those tables, SEAL_KEY_ID, PEPPER_SECRET_ARN, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE, GRANT_LIMIT, VERIFICATION_SECONDS.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated, Any, Final, Literal, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, ConfigDict, Field

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, shanghai_date, system_clock
from vaxcert.aws.secrets import pepper
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.store import CertificateReader
from vaxcert.grants.form import Form, faults_of
from vaxcert.grants.model import is_grant_id
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.grants.service import GrantRules, GrantService
from vaxcert.grants.store import GrantStore
from vaxcert.http.api import Handler, create_api, render, respond, serve, start
from vaxcert.http.caller import citizen, require_fresh
from vaxcert.http.documents import shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer, Remembered, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.identity.blinding import Blinder
from vaxcert.keys.sealing import sealer_of

_CREATED: Final = 201
_NO_CONTENT: Final = 204

CertificateId = Annotated[str, path_id(is_certificate_id)]
GrantId = Annotated[str, path_id(is_grant_id)]


class GrantRequest(BaseModel):
    """The delegate (被授权人). `relation` is one of D7's twelve words, Chinese or English, or an everyday one (爷爷); `expires_on` the last day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    # Wider than 18, so that a mistyped number is told as one.
    id_no: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    relation: Annotated[str, Field(min_length=1, max_length=32)]
    # As people write it; a number of elsewhere with + and its code (D17).
    phone: Annotated[str, Field(min_length=1, max_length=40)]
    expires_on: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None


class GrantAnswer(BaseModel):
    """A grant; identity number and phone are masked."""

    grant_id: str
    name: str
    id_no: str
    phone: str
    relation: str
    status: Literal["active", "name_mismatch", "revoked", "expired"]
    created_at: str
    expires_on: str | None = None
    last_used_at: str | None = None


class GrantsAnswer(BaseModel):
    """A certificate's grants, newest first."""

    grants: list[GrantAnswer]
    next_cursor: str | None


def routes(service: GrantService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    # What is wrong with a field's form and what is wrong with its content are told together.
    api = create_api("authorize_guardian", faults=lambda sent: faults_of(sent, shanghai_date(clock())))

    @api.get(
        "/v1/certificates/<certificate_id>/grants",
        summary="A certificate's grants",
        description="证照授权: newest first, ended ones among them; for the claimant (R22, D7).",
        tags=["grants"],
        responses=shown_as("The certificate's grants", GrantsAnswer),
    )
    def grants(
        certificate_id: CertificateId,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 50,
    ) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        found, following = service.grants(caller, certificate_id, now, cursor=cursor, limit=limit)
        shown = [_grant(view).model_dump(exclude_none=True) for view in found]
        return respond({"grants": shown, "next_cursor": following})

    @api.post(
        "/v1/certificates/<certificate_id>/grants",
        summary="Authorise a family member",
        description="添加授权, 确认授权 (R24-R27, D7). Wants a verification of the last 15 minutes; can be repeated under its "
        "Idempotency-Key. The answer never tells whether the delegate is known.",
        tags=["grants"],
        responses=shown_as("Authorised; the same request again gets the same bytes", GrantAnswer, _CREATED),
    )
    def authorize(certificate_id: CertificateId, body: GrantRequest) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        request = repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/grants")

        def remembered(view: GrantView) -> Remembered:
            return remember(request, Answer(_CREATED, render(_grant(view))), now)

        form = Form(body.id_no, body.name, body.relation, body.phone, body.expires_on)
        answer = service.authorize(caller, certificate_id, form, request, remembered, now)
        return respond(answer.body, answer.status)

    @api.delete(
        "/v1/certificates/<certificate_id>/grants/<grant_id>",
        summary="Revoke a grant",
        description="It ends at once, with the codes already shown (D7). Can be repeated.",
        tags=["grants"],
        responses={_NO_CONTENT: {"description": "Revoked, with the codes already shown"}},
    )
    def revoke(certificate_id: CertificateId, grant_id: GrantId) -> Response[str]:
        now = clock()
        service.revoke(citizen(api.current_event.raw_event, now), certificate_id, grant_id, now)
        return respond("", _NO_CONTENT)

    return api


def create(service: GrantService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="authorize_guardian")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    answers = AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer)
    service = GrantService(
        certificates=CertificateReader(dynamodb, env["CERTIFICATES_TABLE"]),
        grants=GrantStore(
            dynamodb,
            grants_table=env["GRANTS_TABLE"],
            certificates_table=env["CERTIFICATES_TABLE"],
            sessions_table=env["SESSIONS_TABLE"],
            remembering=lambda remembered: answers.op(remembered, system_clock()),
        ),
        answers=answers,
        blinder=Blinder(pepper(client("secretsmanager"), env["PEPPER_SECRET_ARN"])),
        personal=DelegateData(sealer),
        rules=GrantRules(settings.grant_limit, settings.adult_age),
        notices=NoticeBoard(ClaimRules.of(settings), settings.hotline),
        fresh=partial(require_fresh, seconds=settings.verification_seconds),
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


def _grant(view: GrantView) -> GrantAnswer:
    return GrantAnswer(
        grant_id=view.grant_id,
        name=view.name,
        id_no=view.id_no,
        phone=view.phone,
        relation=view.relation,
        status=view.status.value,
        created_at=rfc3339(view.created_at),
        expires_on=view.expires_on.isoformat() if view.expires_on else None,
        last_used_at=rfc3339(view.last_used_at) if view.last_used_at else None,
    )


handler = start(build)
