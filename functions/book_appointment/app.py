"""Booking (预约接种): clinics, their open slots, a certificate's appointments (R2, D7; docs/appointments.md).

Rights       CLINICS_TABLE: GetItem, BatchGetItem, Query. CERTIFICATES_TABLE: GetItem, BatchGetItem, ConditionCheckItem.
             APPOINTMENTS_TABLE: BatchGetItem, Query, PutItem, DeleteItem. GRANTS_TABLE: GetItem, UpdateItem.
             SESSIONS_TABLE: ConditionCheckItem. IDEMPOTENCY_TABLE: GetItem, PutItem. KEYS_TABLE: GetItem, Query.
             SEAL_KEY_ID: kms:Decrypt.
Variables    those tables, SEAL_KEY_ID, PILOT_CITIES, CHILD_BORN_FROM, ADULT_DOSE_FROM, ADULT_AGE, HOTLINE.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel, ConfigDict, Field

from vaxcert.appointments import ics
from vaxcert.appointments.model import Booker, Status, is_appointment_id
from vaxcert.appointments.notices import notice_of
from vaxcert.appointments.service import AppointmentView, BookingService, Wish
from vaxcert.appointments.slots import OpenSlot, SlotService
from vaxcert.appointments.store import BookingStore
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.ids import is_certificate_id
from vaxcert.claims.notices import NoticeBoard
from vaxcert.clinics.store import ClinicStore
from vaxcert.clinics.week import Clinic
from vaxcert.errors import FieldError, NotAcceptable, Rejected
from vaxcert.grants.delegates import DelegateService
from vaxcert.grants.store import GrantReader
from vaxcert.http.accept import preferred
from vaxcert.http.api import JSON, Handler, create_api, render, respond, serve, start
from vaxcert.http.caller import citizen
from vaxcert.http.documents import shown_as
from vaxcert.http.fields import path_id
from vaxcert.http.language import Language, header, language
from vaxcert.http.problems import MEDIA_TYPE
from vaxcert.http.repeating import repeatable_request
from vaxcert.idempotency.model import Answer, Remembered, remember
from vaxcert.idempotency.store import AnswerStore
from vaxcert.identity.model import is_clinic_code
from vaxcert.keys.sealing import sealer_of

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


class ClinicAnswer(BaseModel):
    """A clinic (接种门诊) that takes appointments."""

    clinic_code: str
    name: str
    city: str
    address: str | None = None
    phone: str | None = None


class ClinicsAnswer(BaseModel):
    """Clinics by their code."""

    clinics: list[ClinicAnswer]
    next_cursor: str | None


class SlotAnswer(BaseModel):
    """A slot that may be booked; with `remaining` 0 it is full."""

    slot_id: str
    clinic_code: str
    starts_at: str
    ends_at: str
    remaining: int


class SlotsAnswer(BaseModel):
    """Slots in their order."""

    slots: list[SlotAnswer]
    next_cursor: str | None


class BookingRequest(BaseModel):
    """A slot to book; `replaces` is the appointment that it takes the place of (改约)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    clinic_code: Annotated[str, Field(min_length=1, max_length=32)]
    slot_id: Annotated[str, Field(min_length=1, max_length=64)]
    replaces: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class AppointmentNotice(BaseModel):
    """What the family is told about an appointment that it did not end itself."""

    code: str
    title: str
    detail: str
    next_step: str


class AppointmentAnswer(BaseModel):
    """An appointment; the clinic's name, address and phone are those of the day it was made on."""

    appointment_id: str
    certificate_id: str
    clinic_code: str
    clinic_name: str
    address: str | None = None
    phone: str | None = None
    slot_id: str
    starts_at: str
    ends_at: str
    status: Status
    booked_by: Booker
    created_at: str
    notice: AppointmentNotice | None = None


class AppointmentsAnswer(BaseModel):
    """A certificate's appointments: the open one first, then the latest."""

    appointments: list[AppointmentAnswer]
    next_cursor: str | None


def routes(
    slots: SlotService, bookings: BookingService, clock: Clock, hotline: str
) -> APIGatewayRestResolver:
    """The function's routes over its collaborators."""
    api = create_api("book_appointment")
    _clinic_routes(api, slots, clock)
    _booking_routes(api, bookings, clock, hotline)
    return api


def _clinic_routes(api: APIGatewayRestResolver, service: SlotService, clock: Clock) -> None:
    @api.get(
        "/v1/clinics",
        summary="Clinics that take appointments",
        description="预约接种: the clinics whose week has been set (R2).",
        tags=["appointments"],
        responses=shown_as("The clinics", ClinicsAnswer),
    )
    def clinics(cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=100)] = 100) -> Response[str]:
        citizen(api.current_event.raw_event, clock())
        found, following = service.clinics(cursor=cursor, limit=limit)
        shown = [_clinic(one).model_dump(exclude_none=True) for one in found]
        return respond({"clinics": shown, "next_cursor": following})

    @api.get(
        "/v1/clinics/<clinic_code>/slots",
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
        return respond({"slots": [_slot(one).model_dump() for one in found], "next_cursor": following})


def _booking_routes(api: APIGatewayRestResolver, service: BookingService, clock: Clock, hotline: str) -> None:
    def shown(view: AppointmentView) -> AppointmentAnswer:
        return _appointment(view, language(api.current_event.raw_event), hotline)

    @api.get(
        _APPOINTMENTS,
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
        told = [shown(view).model_dump(mode="json", exclude_none=True) for view in found]
        return respond({"appointments": told, "next_cursor": following})

    @api.post(
        _APPOINTMENTS,
        summary="Book a slot, or move to it",
        description="For the holder and delegates (D7). One open appointment per certificate: `already_booked` names it in "
        "`appointment_id`; sent as `replaces` it makes room for this one in the same step. Can be repeated under its "
        "Idempotency-Key.",
        tags=["appointments"],
        responses=shown_as("Booked; the same request again gets the same bytes", AppointmentAnswer, _CREATED)
        | {409: _PROBLEM},
    )
    def book(certificate_id: CertificateId, body: BookingRequest) -> Response[str]:
        now = clock()
        caller = citizen(api.current_event.raw_event, now)
        request = repeatable_request(
            api, caller.subject, f"POST /v1/certificates/{certificate_id}/appointments"
        )

        def remembered(view: AppointmentView) -> Remembered:
            return remember(request, Answer(_CREATED, render(shown(view))), now)

        wish = Wish(body.clinic_code, body.slot_id, body.replaces)
        answer = service.book(caller, certificate_id, wish, request, remembered, now)
        return respond(answer.body, answer.status)

    @api.get(
        f"{_APPOINTMENTS}/<appointment_id>",
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
        summary="Cancel an appointment",
        description="For the holder and delegates; its seat is free at once. Can be repeated.",
        tags=["appointments"],
        responses={_NO_CONTENT: {"description": "It does not stand any more"}, 409: _PROBLEM},
    )
    def cancel(certificate_id: CertificateId, appointment_id: AppointmentId) -> Response[str]:
        now = clock()
        service.cancel(citizen(api.current_event.raw_event, now), certificate_id, appointment_id, now)
        return respond("", _NO_CONTENT)


def create(slots: SlotService, bookings: BookingService, clock: Clock, hotline: str) -> Handler:
    """The handler over its collaborators."""
    return serve(routes(slots, bookings, clock, hotline), service="book_appointment")


def describe() -> APIGatewayRestResolver:
    """The routes alone, for the API document; nothing behind them can be called."""
    nothing = cast("Any", None)
    return routes(nothing, nothing, system_clock, "")


def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    sealer = sealer_of(env, dynamodb, client("kms"), system_clock)
    answers = AnswerStore(dynamodb, env["IDEMPOTENCY_TABLE"], sealer)
    clinics = ClinicStore(dynamodb, env["CLINICS_TABLE"])
    store = BookingStore(
        dynamodb,
        appointments_table=env["APPOINTMENTS_TABLE"],
        clinics_table=env["CLINICS_TABLE"],
        certificates_table=env["CERTIFICATES_TABLE"],
        grants_table=env["GRANTS_TABLE"],
        sessions_table=env["SESSIONS_TABLE"],
        remembering=lambda remembered: answers.op(remembered, system_clock()),
    )
    bookings = BookingService(
        clinics=clinics,
        bookings=store,
        delegates=DelegateService(GrantReader(dynamodb, env["GRANTS_TABLE"])),
        answers=answers,
        adult_age=settings.adult_age,
        notices=NoticeBoard(ClaimRules.of(settings), settings.hotline),
        random_bytes=os.urandom,
    )
    return create(SlotService(clinics, store), bookings, system_clock, settings.hotline)


def _day(text: str | None, name: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Rejected(fields=(FieldError(f"/query/{name}", "invalid", "date"),)) from None


def _clinic(clinic: Clinic) -> ClinicAnswer:
    return ClinicAnswer(
        clinic_code=clinic.clinic_code,
        name=clinic.name,
        city=clinic.city,
        address=clinic.address,
        phone=clinic.phone,
    )


def _slot(found: OpenSlot) -> SlotAnswer:
    slot = found.slot
    return SlotAnswer(
        slot_id=slot.slot_id,
        clinic_code=slot.clinic_code,
        starts_at=rfc3339(slot.starts_at),
        ends_at=rfc3339(slot.ends_at),
        remaining=found.remaining,
    )


def _appointment(view: AppointmentView, spoken: Language, hotline: str) -> AppointmentAnswer:
    appointment, place = view.appointment, view.appointment.place
    notice = notice_of(view.status, spoken, hotline)
    return AppointmentAnswer(
        appointment_id=appointment.appointment_id,
        certificate_id=appointment.certificate_id,
        clinic_code=place.clinic_code,
        clinic_name=place.name,
        address=place.address,
        phone=place.phone,
        slot_id=appointment.slot_id,
        starts_at=rfc3339(appointment.starts_at),
        ends_at=rfc3339(appointment.ends_at),
        status=view.status,
        booked_by=appointment.booked_by,
        created_at=rfc3339(appointment.created_at),
        notice=None
        if notice is None
        else AppointmentNotice(
            code=notice.code, title=notice.title, detail=notice.detail, next_step=notice.next_step
        ),
    )


handler = start(build)
