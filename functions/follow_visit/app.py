"""A family follows its visit of today (R28, D21): ticket, station, how many are before it, minutes of observation, what was given."""

from __future__ import annotations

import os
from functools import cache
from typing import Annotated, Any, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.ids import is_certificate_id
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import language
from vaxcert.identity.routes import CallerClass
from vaxcert.visits.follow_store import follows_of
from vaxcert.visits.following import FollowService
from vaxcert.wording import Wording

from .answers import FollowedAnswer

CertificateId = Annotated[str, path_id(is_certificate_id)]


def create(service: FollowService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    api = create_api("follow_visit")

    @api.get(
        "/v1/certificates/<certificate_id>/visit",
        operation_id="followVisit",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="办理进度 Today's visit",
        description="Ticket, station, how many wait before it, whether it is called and to which desk, minutes of observation, what was "
        "given; for the holder and delegates (D7, D21). `visit` is null where no ticket was drawn today. Ask again after some seconds.",
        tags=["visits"],
        responses=shown_as("Today's visit, or null", FollowedAnswer),
    )
    def follow(certificate_id: CertificateId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        spoken = language(event)
        found = service.follow(citizen(event, now), certificate_id, now, spoken)
        return respond(FollowedAnswer.of(found, spoken, now))

    return serve(api, service="follow_visit")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return create(cast("Any", None), system_clock).api


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    service = FollowService(
        follows=follows_of(env, dynamodb),
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        wording=Wording(settings),
    )
    return create(service, system_clock)


handler = start(build)
