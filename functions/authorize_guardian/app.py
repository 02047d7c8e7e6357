"""Authorising family (证照授权): a certificate's grants, authorise, change a phone, revoke, leave (R22-R27, D7, D22)."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, shanghai_date, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.secrets import peppers_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.store import certificates_of
from vaxcert.grants.access import rights_of
from vaxcert.grants.form import Form, faults_of
from vaxcert.grants.model import is_grant_id
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.grants.service import GrantRules, GrantService
from vaxcert.grants.store import granting_of
from vaxcert.http.api import Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen, require_fresh
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.handle_store import handles_of
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of

from .answers import GrantAnswer, GrantRequest, GrantsAnswer, PhoneRequest

_CREATED: Final = 201
_NO_CONTENT: Final = 204

CertificateId = Annotated[str, path_id(is_certificate_id)]
GrantId = Annotated[str, path_id(is_grant_id)]


def routes(service: GrantService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    # What is wrong with a field's form and what is wrong with its content are told together.
    api = create_api("authorize_guardian", faults=lambda sent: faults_of(sent, shanghai_date(clock())))

    @api.get(
        "/v1/certificates/<certificate_id>/grants",
        operation_id="listGrants",
        openapi_extensions=declared(CallerClass.CITIZEN),
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
        return respond(GrantsAnswer(grants=[GrantAnswer.of(view) for view in found], next_cursor=following))

    @api.post(
        "/v1/certificates/<certificate_id>/grants",
        operation_id="authorizeDelegate",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(403, 409), repeatable=True),
        summary="Authorise a family member",
        description="添加授权, 确认授权 (R24-R27, D7). Wants a verification of the last 15 minutes; can be repeated under its "
        "Idempotency-Key. The answer never tells whether the delegate is known.",
        tags=["grants"],
        responses=shown_as("Authorised; the same request again gets the same bytes", GrantAnswer, _CREATED),
    )
    def authorize(certificate_id: CertificateId, body: GrantRequest) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        asked = Asked[GrantView](
            repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/grants"),
            lambda view: Answer(_CREATED, render(GrantAnswer.of(view))),
        )
        form = Form(body.id_no, body.name, body.relation, body.phone, body.expires_on)
        answer = service.authorize(caller, certificate_id, form, asked, now)
        return respond(answer.body, answer.status)

    @api.delete(
        "/v1/certificates/<certificate_id>/grants/<grant_id>",
        operation_id="revokeGrant",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Revoke a grant",
        description="It ends at once, with the codes already shown (D7). Can be repeated.",
        tags=["grants"],
        responses={_NO_CONTENT: {"description": "Revoked, with the codes already shown"}},
    )
    def revoke(certificate_id: CertificateId, grant_id: GrantId) -> Response[str]:
        now = clock()
        service.revoke(citizen(api.current_event.raw_event, now), certificate_id, grant_id, now)
        return respond("", _NO_CONTENT)

    @api.patch(
        "/v1/certificates/<certificate_id>/grants/<grant_id>",
        operation_id="changeDelegatePhone",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(403, 409)),
        summary="Change a delegate's phone",
        description="手机号码 of a grant that holds, for the claimant (R25, D17). Wants a verification of the last 15 minutes; can be "
        "repeated.",
        tags=["grants"],
        responses=shown_as("The grant with its new phone", GrantAnswer),
    )
    def change_phone(certificate_id: CertificateId, grant_id: GrantId, body: PhoneRequest) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        return respond(
            GrantAnswer.of(service.change_phone(caller, certificate_id, grant_id, body.phone, now))
        )

    @api.delete(
        "/v1/certificates/<certificate_id>/delegation",
        operation_id="leaveDelegation",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Leave a certificate",
        description="A delegate gives the grant back (D22): it ends at once, with the codes already shown. Can be repeated.",
        tags=["grants"],
        responses={_NO_CONTENT: {"description": "Left; the caller is no delegate of it any more"}},
    )
    def leave(certificate_id: CertificateId) -> Response[str]:
        now = clock()
        service.leave(citizen(api.current_event.raw_event, now), certificate_id, now)
        return respond("", _NO_CONTENT)

    return api


def create(service: GrantService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="authorize_guardian")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    answers = answers_of(env, dynamodb, sealer)
    service = GrantService(
        certificates=certificates_of(env, dynamodb),
        grants=granting_of(env, dynamodb, answers.op),
        answers=answers,
        people=handles_of(
            env, dynamodb, peppers_of(env, client("secretsmanager"), system_clock), system_clock
        ),
        personal=DelegateData(sealer),
        rules=GrantRules(settings.grant_limit, settings.adult_age),
        rights=rights_of(settings),
        fresh=partial(require_fresh, seconds=settings.verification_seconds),
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


handler = start(build)
