"""Entering the service and claiming: the lists, one certificate, claim and release (R16-R20, R36, D5)."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.archives.store import register_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.consent import consent_of
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.listing import ListingService
from vaxcert.claims.notices import notices_of
from vaxcert.claims.service import ClaimForm, ClaimService
from vaxcert.claims.store import claiming_of
from vaxcert.claims.views import CertificateView, Views
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.api import Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen, require_fresh
from vaxcert.http.consent import ConsentAnswer, ConsentGiven
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import language
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import is_record_id
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of

from .answers import (
    CertificateAnswer,
    ClaimableAnswer,
    ClaimablePerson,
    ClaimedAnswer,
    ClaimRequest,
    NoticeAnswer,
    OverviewAnswer,
)

_CREATED: Final = 201
_NO_CONTENT: Final = 204


CertificateId = Annotated[str, path_id(is_certificate_id)]
RecordId = Annotated[str, path_id(is_record_id)]


def routes(listing: ListingService, claims: ClaimService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("claim_certificate")

    @api.get(
        "/v1/certificates",
        operation_id="listCertificates",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="What can be claimed and what was",
        description="待申领, 已申领, what others authorised the caller for, and why somebody is missing (R16, R36).",
        tags=["claims"],
        responses=shown_as("The caller's lists", OverviewAnswer),
    )
    def overview() -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found = listing.overview(citizen(event, now), now, language(event))
        return respond(
            OverviewAnswer(
                claimable=[ClaimablePerson.of(person) for person in found.claimable],
                claimed=[CertificateAnswer.of(certificate) for certificate in found.claimed],
                authorized=[CertificateAnswer.of(certificate) for certificate in found.authorized],
                notices=[NoticeAnswer.of(notice) for notice in found.notices],
            )
        )

    @api.get(
        "/v1/certificates/claimable/<record_id>",
        operation_id="getClaimable",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="The personal information to check before consent",
        description="The person, identity number masked, and the consent in force (R17, R18).",
        tags=["claims"],
        responses=shown_as("What to check and to agree to before claiming", ClaimableAnswer),
    )
    def claimable(record_id: RecordId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        spoken = language(event)
        person, offer = claims.detail(citizen(event, now), record_id, now, spoken)
        consent = ConsentAnswer.model_validate(offer.shown(spoken))
        return respond(ClaimableAnswer(**ClaimablePerson.of(person).model_dump(), consent=consent))

    @api.post(
        "/v1/certificates",
        operation_id="claimCertificate",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(403, 409), repeatable=True),
        summary="Claim a certificate",
        description="同意并申领 (R18-R20). Wants a verification of the last 15 minutes; can be repeated under its Idempotency-Key.",
        tags=["claims"],
        responses=shown_as("Claimed; the same request again gets the same bytes", ClaimedAnswer, _CREATED),
    )
    def claim(body: ClaimRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller, spoken = citizen(event, now), language(event)
        asked = Asked[CertificateView](
            repeatable_request(api, caller.subject, "POST /v1/certificates"),
            lambda view: Answer(_CREATED, render(ClaimedAnswer.claimed(view, spoken))),
        )
        consent = body.consent or ConsentGiven()
        form = ClaimForm(body.record_id, consent.version, tuple(consent.purposes), spoken)
        answer = claims.claim(caller, form, asked, now)
        return respond(answer.body, answer.status)

    @api.get(
        "/v1/certificates/<certificate_id>",
        operation_id="getCertificate",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="One certificate",
        description="A certificate that the caller claimed, or is authorised for, as the lists show it (D7).",
        tags=["claims"],
        responses=shown_as("One certificate", CertificateAnswer),
    )
    def get(certificate_id: CertificateId) -> Response[str]:
        now = clock()
        view = listing.get(citizen(api.current_event.raw_event, now), certificate_id, now)
        return respond(CertificateAnswer.of(view))

    @api.delete(
        "/v1/certificates/<certificate_id>",
        operation_id="releaseCertificate",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(403,)),
        summary="Release a certificate",
        description="注销: it, its grants and its codes end at once (D5). Wants a verification of the last 15 minutes; can be repeated.",
        tags=["claims"],
        responses={_NO_CONTENT: {"description": "Released"}},
    )
    def release(certificate_id: CertificateId) -> Response[str]:
        now = clock()
        claims.release(citizen(api.current_event.raw_event, now), certificate_id, now)
        return respond("", _NO_CONTENT)

    return api


def create(listing: ListingService, claims: ClaimService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(listing, claims, clock), service="claim_certificate")


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
    answers = answers_of(env, dynamodb, sealer)
    rules = ClaimRules.of(settings)
    register = register_of(env, dynamodb)
    certificates = claiming_of(env, dynamodb, answers.op)
    views, notices = Views(sealer, rules), notices_of(settings)
    listing = ListingService(
        register=register,
        certificates=certificates,
        delegations=delegates_of(env, dynamodb),
        views=views,
        notices=notices,
        rules=rules,
    )
    claims = ClaimService(
        register=register,
        certificates=certificates,
        answers=answers,
        views=views,
        sealer=sealer,
        notices=notices,
        consent=consent_of(settings),
        rules=rules,
        fresh=partial(require_fresh, seconds=settings.verification_seconds),
        random_bytes=os.urandom,
    )
    return create(listing, claims, system_clock)


handler = start(build)
