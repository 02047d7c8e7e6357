"""Reminders of a certificate are switched on and off (接种提醒, docs/reminders.md).

A function of its own: it writes who is reminded of what, which nobody else may, and holds no key and no pepper. What it shares with
`follow_visit` is reading a certificate and a grant; whoever only follows a visit needs no table of consents.
"""

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
from vaxcert.claims.store import certificates_of
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.consent import ConsentGiven
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import language
from vaxcert.identity.routes import CallerClass
from vaxcert.reminders.consent import reminder_offer_of
from vaxcert.reminders.service import Given, ReminderService
from vaxcert.reminders.store import own_followers_of

from .answers import RemindersAnswer, RemindersRequest

CertificateId = Annotated[str, path_id(is_certificate_id)]


def routes(service: ReminderService, clock: Clock) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("follow_certificate")

    @api.get(
        "/v1/certificates/<certificate_id>/reminders",
        operation_id="getReminders",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="Whether the caller is reminded",
        description="接种提醒: on or off, the `reminder_id`, and the consent in force, to be shown before switching on. For the holder and "
        "delegates (D7), each for themselves.",
        tags=["reminders"],
        responses=shown_as("On or off, and the consent", RemindersAnswer),
    )
    def state(certificate_id: CertificateId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found = service.state(citizen(event, now), certificate_id, now)
        return respond(RemindersAnswer.of(found, service.offer, language(event)))

    @api.put(
        "/v1/certificates/<certificate_id>/reminders",
        operation_id="switchOnReminders",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="Be reminded",
        description="Switches reminders on by consent to the purpose `reminders`, and answers the `reminder_id` to be registered with the "
        "platform. Can be repeated: the id stays. A delegate is told of doses, appointments and reports; of a delegate's change the "
        "claimant alone.",
        tags=["reminders"],
        responses=shown_as("Switched on", RemindersAnswer),
    )
    def switch_on(certificate_id: CertificateId, body: RemindersRequest) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        spoken, consent = language(event), body.consent or ConsentGiven()
        given = Given(consent.version, tuple(consent.purposes), spoken)
        found = service.switch_on(citizen(event, now), certificate_id, given, now)
        return respond(RemindersAnswer.of(found, service.offer, spoken))

    @api.delete(
        "/v1/certificates/<certificate_id>/reminders",
        operation_id="switchOffReminders",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="Be reminded no longer",
        description="Switches reminders off at once, however the certificate stands, and answers the `reminder_id` to be taken back from "
        "the platform. Can be repeated.",
        tags=["reminders"],
        responses=shown_as("Switched off", RemindersAnswer),
    )
    def switch_off(certificate_id: CertificateId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found = service.switch_off(citizen(event, now), certificate_id, now)
        return respond(RemindersAnswer.of(found, service.offer, language(event)))

    return api


def create(service: ReminderService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="follow_certificate")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    service = ReminderService(
        followers=own_followers_of(env, dynamodb),
        certificates=certificates_of(env, dynamodb),
        rights=rights_of(settings, delegates_of(env, dynamodb)),
        offer=reminder_offer_of(settings),
        random_bytes=os.urandom,
    )
    return create(service, system_clock)


handler = start(build)
