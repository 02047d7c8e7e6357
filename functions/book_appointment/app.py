"""Booking (预约接种): clinics, their open slots, appointments of a certificate and of a family (R2, D7; docs/appointments.md)."""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from vaxcert.appointments import ics
from vaxcert.appointments.family import FamilyAppointments
from vaxcert.appointments.glance import Glance
from vaxcert.appointments.model import is_appointment_id
from vaxcert.appointments.service import AppointmentView, BookingService, Wish
from vaxcert.appointments.slots import SlotService
from vaxcert.appointments.store import bookings_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import start
from vaxcert.aws.settings import Settings
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.store import certificates_of
from vaxcert.clinics.store import clinics_of
from vaxcert.errors import FieldError, NotAcceptable, Rejected
from vaxcert.grants.access import rights_of
from vaxcert.grants.delegates import delegates_of
from vaxcert.http.accept import preferred
from vaxcert.http.api import JSON, Handler, create_api, render, respond, serve
from vaxcert.http.caller import citizen
from vaxcert.http.documents import declared, shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import header, language
from vaxcert.http.problems import MEDIA_TYPE
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer
from vaxcert.idempotency.store import answers_of
from vaxcert.idempotency.turn import Asked
from vaxcert.identity.model import is_clinic_code
from vaxcert.identity.routes import CallerClass
from vaxcert.keys.sealing import sealer_of

from .answers import (
    AppointmentAnswer,
    AppointmentsAnswer,
    BookingRequest,
    ClinicAnswer,
    ClinicsAnswer,
    SlotAnswer,
    SlotsAnswer,
)

_CREATED: Final = 201
_NO_CONTENT: Final = 204
_APPOINTMENTS: Final = "/v1/certificates/<certificate_id>/appointments"
_DAY: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
Cursor = Annotated[str | None, Query(max_length=200)]
_PROBLEM: Final[OpenAPIResponse] = {
    "description": "The state of the slot, the appointment or the certificate does not allow it: `slot_full`, `slot_closed`, "
    "`already_booked`, `certificate_suspended`",
    "content": {MEDIA_TYPE.partition(";")[0]: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

CertificateId = Annotated[str, path_id(is_certificate_id)]
AppointmentId = Annotated[str, path_id(is_appointment_id)]
ClinicCode = Annotated[str, path_id(is_clinic_code)]


def routes(
    slots: SlotService, bookings: BookingService, family: FamilyAppointments, clock: Clock, hotline: str
) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("book_appointment")
    _clinic_routes(api, slots, clock)
    _family_route(api, family, clock, hotline)
    _booking_routes(api, bookings, clock, hotline)
    return api


def _clinic_routes(api: APIGatewayRestResolver, service: SlotService, clock: Clock) -> None:
    @api.get(
        "/v1/clinics",
        operation_id="listClinics",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="Clinics of the pilot",
        description="预约接种: every clinic of the pilot cities, or of one of them (`city`, six digits), by city and code; `books` is true "
        "where it takes appointments here (R2).",
        tags=["appointments"],
        responses=shown_as("The clinics", ClinicsAnswer),
    )
    def clinics(
        city: Annotated[str | None, Query(pattern="^[0-9]{6}$")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
    ) -> Response[str]:
        citizen(api.current_event.raw_event, clock())
        found, following = service.clinics(city, cursor=cursor, limit=limit)
        return respond(ClinicsAnswer(clinics=[ClinicAnswer.of(one) for one in found], next_cursor=following))

    @api.get(
        "/v1/clinics/<clinic_code>/slots",
        operation_id="listSlots",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="A clinic's open slots",
        description="What may be booked from one day to another (Asia/Shanghai, both inclusive, 31 days at most) and what is left; a "
        "week from the first day that may be booked where no days are given.",
        tags=["appointments"],
        responses=shown_as("The slots", SlotsAnswer),
    )
    def slots(
        clinic_code: ClinicCode,
        first: Annotated[str | None, Query(alias="from", pattern=_DAY)] = None,
        last: Annotated[str | None, Query(alias="to", pattern=_DAY)] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 500,
    ) -> Response[str]:
        now = clock()
        citizen(api.current_event.raw_event, now)
        found, following = service.slots(
            clinic_code, _day(first, "from"), _day(last, "to"), now, cursor=cursor, limit=limit
        )
        return respond(SlotsAnswer(slots=[SlotAnswer.of(one) for one in found], next_cursor=following))


def _family_route(
    api: APIGatewayRestResolver, service: FamilyAppointments, clock: Clock, hotline: str
) -> None:
    @api.get(
        "/v1/appointments",
        operation_id="listFamilyAppointments",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="A family's open appointments",
        description="The open ones of every certificate that the caller holds or is authorised for, the next one first (D7).",
        tags=["appointments"],
        responses=shown_as("The open appointments", AppointmentsAnswer),
    )
    def family_appointments(
        cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=50)] = 50
    ) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        found, following = service.open(citizen(event, now), now, cursor=cursor, limit=limit)
        told = [AppointmentAnswer.of(view, language(event), hotline) for view in found]
        return respond(AppointmentsAnswer(appointments=told, next_cursor=following))


def _booking_routes(api: APIGatewayRestResolver, service: BookingService, clock: Clock, hotline: str) -> None:
    def shown(view: AppointmentView) -> AppointmentAnswer:
        return AppointmentAnswer.of(view, language(api.current_event.raw_event), hotline)

    @api.get(
        _APPOINTMENTS,
        operation_id="listAppointments",
        openapi_extensions=declared(CallerClass.CITIZEN),
        summary="A certificate's appointments",
        description="For the holder and delegates (D7): the open one first, ended ones for 90 days.",
        tags=["appointments"],
        responses=shown_as("The certificate's appointments", AppointmentsAnswer),
    )
    def appointments(
        certificate_id: CertificateId, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=50)] = 50
    ) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        found, following = service.appointments(caller, certificate_id, now, cursor=cursor, limit=limit)
        told = [shown(view) for view in found]
        return respond(AppointmentsAnswer(appointments=told, next_cursor=following))

    @api.post(
        _APPOINTMENTS,
        operation_id="bookAppointment",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,), repeatable=True),
        summary="Book a slot, or move to it",
        description="For the holder and delegates (D7). One open appointment per certificate: `already_booked` names it in "
        "`appointment_id`; sent as `replaces` it makes room for this one in the same step, and a delegate's move stands in the "
        "claimant's access log. Can be repeated under its "
        "Idempotency-Key.",
        tags=["appointments"],
        responses=shown_as("Booked; the same request again gets the same bytes", AppointmentAnswer, _CREATED)
        | {409: _PROBLEM},
    )
    def book(certificate_id: CertificateId, body: BookingRequest) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        asked = Asked[AppointmentView](
            repeatable_request(api, caller.subject, f"POST /v1/certificates/{certificate_id}/appointments"),
            lambda view: Answer(_CREATED, render(shown(view))),
        )
        wish = Wish(body.clinic_code, body.slot_id, body.replaces)
        answer = service.book(caller, certificate_id, wish, asked, now)
        return respond(answer.body, answer.status)

    @api.get(
        f"{_APPOINTMENTS}/<appointment_id>",
        operation_id="getAppointment",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(406,)),
        summary="One appointment, or its calendar file",
        description="`Accept: text/calendar` answers an RFC 5545 calendar object, which names no person.",
        tags=["appointments"],
        responses={
            200: {
                "description": "The appointment",
                "content": {
                    JSON: {"model": AppointmentAnswer},
                    ics.MEDIA_TYPE: {"schema": {"type": "string"}},
                },
            }
        },
    )
    def appointment(certificate_id: CertificateId, appointment_id: AppointmentId) -> Response[str]:
        event, now = api.current_event.raw_event, clock()
        caller = citizen(event, now)
        media_type = preferred(header(event, "accept"), (JSON, ics.MEDIA_TYPE))
        if media_type is None:
            raise NotAcceptable
        view = service.appointment(caller, certificate_id, appointment_id, now)
        if media_type == JSON:
            return respond(shown(view), headers={"Vary": "Accept, Accept-Language"})
        return Response(
            status_code=200,
            content_type=f"{ics.MEDIA_TYPE}; charset=utf-8",
            body=ics.calendar(view.appointment, view.status, language(event), hotline),
            headers={
                "Content-Disposition": 'attachment; filename="appointment.ics"',
                "Vary": "Accept, Accept-Language",
            },
        )

    @api.delete(
        f"{_APPOINTMENTS}/<appointment_id>",
        operation_id="cancelAppointment",
        openapi_extensions=declared(CallerClass.CITIZEN, refuses=(409,)),
        summary="Cancel an appointment",
        description="For the holder and delegates; its seat is free at once, and who cancelled as a delegate stands in the claimant's "
        "access log (D7). Can be repeated.",
        tags=["appointments"],
        responses={_NO_CONTENT: {"description": "It does not stand any more"}, 409: _PROBLEM},
    )
    def cancel(certificate_id: CertificateId, appointment_id: AppointmentId) -> Response[str]:
        now = clock()
        service.cancel(citizen(api.current_event.raw_event, now), certificate_id, appointment_id, now)
        return respond("", _NO_CONTENT)


def create(
    slots: SlotService, bookings: BookingService, family: FamilyAppointments, clock: Clock, hotline: str
) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(slots, bookings, family, clock, hotline), service="book_appointment")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    nothing = cast("Any", None)
    return routes(nothing, nothing, nothing, system_clock, "")


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    answers = answers_of(env, dynamodb, sealer)
    clinics = clinics_of(env, dynamodb)
    delegates = delegates_of(env, dynamodb)
    log_kept = timedelta(days=settings.access_log_days)
    store = bookings_of(env, dynamodb, answers.op, random_bytes=os.urandom, log_kept=log_kept)
    bookings = BookingService(
        clinics=clinics,
        bookings=store,
        rights=rights_of(settings, delegates),
        answers=answers,
        adult_age=settings.adult_age,
        random_bytes=os.urandom,
    )
    family = FamilyAppointments(
        certificates=certificates_of(env, dynamodb),
        delegations=delegates,
        bookings=store,
        clinics=clinics,
        adult_age=settings.adult_age,
    )
    slots = SlotService(clinics, Glance(store, system_clock), settings.pilot_cities)
    return create(slots, bookings, family, system_clock, settings.hotline)


def _day(text: str | None, name: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Rejected(fields=(FieldError(f"/query/{name}", "invalid", "date"),)) from None


handler = start(build)
