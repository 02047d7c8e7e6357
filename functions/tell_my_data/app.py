"""A copy of all that is held about the caller (查阅、复制, D22).

A function of its own: it reads what five others write, and none of them needs those rights.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from vaxcert.appointments.seat_store import seats_of
from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.store import certificates_of
from vaxcert.claims.views import Views
from vaxcert.documents.store import register_of
from vaxcert.grants.personal import DelegateData
from vaxcert.grants.store import grants_of
from vaxcert.http.api import Handler, create_api, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.identity.routes import CallerClass
from vaxcert.identity.store import sessions_of
from vaxcert.keys.sealing import sealer_of
from vaxcert.my_data.service import MyDataService
from vaxcert.reminders.store import known_followers_of
from vaxcert.reports.personal import ReportData
from vaxcert.reports.store import filed_of

from .answers import MyDataAnswer


def routes(service: MyDataService, clock: Clock) -> APIGatewayRestResolver:
    """The function's route over its collaborators."""
    api = create_api("tell_my_data")

    @api.get(
        "/v1/my-data",
        operation_id="getMyData",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="All that is held about the caller",
        description="Certificates with consents, released ones too as long as they are kept, grants given and received, appointments, "
        "reports, reminders, documents and what is kept of sessions (D22). Other people's numbers and phones are masked.",
        tags=["my-data"],
        responses=shown_as("The copy", MyDataAnswer),
    )
    def my_data() -> Response[str]:
        now = clock()
        return respond(MyDataAnswer.of(service.of(citizen(api.current_event.raw_event, now), now)))

    return api


def create(service: MyDataService, clock: Clock) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(service, clock), service="tell_my_data")


def describe() -> APIGatewayRestResolver:
    """The route alone, for the API document; nothing behind it can be called."""
    return routes(cast("Any", None), system_clock)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    service = MyDataService(
        certificates=certificates_of(env, dynamodb),
        register=archives_of(env, dynamodb),
        grants=grants_of(env, dynamodb),
        appointments=seats_of(env, dynamodb),
        reports=filed_of(env, dynamodb),
        documents=register_of(env, dynamodb),
        followers=known_followers_of(env, dynamodb),
        sign_outs=sessions_of(env, dynamodb),
        views=Views(sealer, ClaimRules.of(settings)),
        delegate_data=DelegateData(sealer),
        report_data=ReportData(sealer),
        adult_age=settings.adult_age,
    )
    return create(service, system_clock)


handler = start(build)
