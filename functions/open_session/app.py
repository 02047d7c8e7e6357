"""Entering through the identity platform and leaving: challenges, sessions, sign-out (R11-R15)."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.aws.secrets import client_secret_of, peppers_of
from vaxcert.aws.settings import Settings
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.identity.assertions import AssertionVerifier
from vaxcert.identity.challenges import Challenges, Purpose
from vaxcert.identity.exchange import exchange_of
from vaxcert.identity.fetch import fetcher
from vaxcert.identity.handle_store import handles_of
from vaxcert.identity.jwks import PlatformKeys
from vaxcert.identity.routes import CallerClass
from vaxcert.identity.service import SessionService
from vaxcert.identity.store import sessions_of
from vaxcert.keys.store import signing_keys_of

from .answers import ByCode, ChallengeAnswer, ChallengeRequest, SessionAnswer, SessionRequest

_CREATED = 201
_NO_CONTENT = 204


def routes(service: SessionService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("open_session")

    @api.post(
        "/v1/challenges",
        operation_id="makeChallenge",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="Get a challenge",
        description="A nonce to take to the identity platform; good for five minutes and for one session (R15).",
        tags=["sessions"],
        responses=shown_as("A challenge to take to the platform", ChallengeAnswer, _CREATED),
    )
    def make_challenge(body: ChallengeRequest) -> Response[str]:
        challenge = service.challenge(Purpose(body.purpose), clock())
        answer = ChallengeAnswer(nonce=challenge.nonce, expires_at=rfc3339(challenge.expires_at))
        return respond(answer, _CREATED)

    @api.post(
        "/v1/sessions",
        operation_id="openSession",
        openapi_extensions=declared(CallerClass.ANYONE),
        summary="Open a session",
        description="The platform's signed word becomes a bearer token of 30 minutes (R3, R13, D9). A page brings the one-time code that "
        "the platform sent it back with, and its own nonce: the code is exchanged for the signed word server to server.",
        tags=["sessions"],
        responses=shown_as("The session of the person in the assertion", SessionAnswer, _CREATED),
    )
    def open_session(body: SessionRequest) -> Response[str]:
        told, now = body.root, clock()
        if isinstance(told, ByCode):
            opened = service.enter(told.entry_code, told.nonce, now)
        else:
            opened = service.open(told.assertion, now)
        answer = SessionAnswer(
            token=opened.token,
            expires_at=rfc3339(opened.expires_at),
            name=opened.name,
            method=opened.method,
            channel=opened.channel,
        )
        return respond(answer, _CREATED)

    @api.delete(
        "/v1/sessions/current",
        operation_id="closeSession",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Sign out",
        description="Claims, grants, releases and codes end at once, reading within a minute.",
        tags=["sessions"],
        responses={_NO_CONTENT: {"description": "Signed out"}},
    )
    def close_session() -> Response[str]:
        service.close(citizen(api.current_event.raw_event, clock()))
        return respond("", _NO_CONTENT)

    @api.delete(
        "/v1/sessions",
        operation_id="closeAllSessions",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Sign out everywhere",
        description="Every session of the caller ends (D22): writes and codes at once, reading within a minute. Can be repeated.",
        tags=["sessions"],
        responses={_NO_CONTENT: {"description": "Signed out everywhere"}},
    )
    def close_all_sessions() -> Response[str]:
        now = clock()
        service.close_all(citizen(api.current_event.raw_event, now), now)
        return respond("", _NO_CONTENT)

    return api


def create(service: SessionService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="open_session")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def build() -> Handler:
    """The handler over AWS and the configured platform."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    secrets = client("secretsmanager")
    peppers = peppers_of(env, secrets, system_clock)
    keys = signing_keys_of(env, dynamodb, client("kms"), system_clock)
    service = SessionService(
        challenges=Challenges(peppers, settings.challenge_seconds, os.urandom, settings.refuse_issued_before),
        assertions=AssertionVerifier(
            PlatformKeys(fetcher(settings.platform_jwks_url)),
            settings.platform_issuer,
            settings.platform_audience,
            settings.allowed_methods,
        ),
        exchange=exchange_of(
            settings.platform_token_url,
            settings.platform_audience,
            client_secret_of(env, secrets),
            lambda why: log("open_session", level="ERROR", message="platform_exchange_failed", why=why),
        ),
        people=handles_of(env, dynamodb, peppers, system_clock),
        keys=keys,
        sessions=sessions_of(env, dynamodb),
        session_seconds=settings.session_seconds,
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


handler = start(build)
