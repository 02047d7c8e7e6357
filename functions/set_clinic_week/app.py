"""A clinic's week, set by hand from the console's test button: sessions, days off, closing a session (docs/appointments.md).

Event        `{"action": "set" (or left out), "clinic_code", "name", "city", "address"?, "phone"?, "ahead_days", "same_day",
             "sessions": [{"weekdays": [1, …, 7], "starts": "08:00", "ends": "11:00", "slot_minutes", "capacity"}], "days_off"?: ["2026-10-01"],
             "close_booked"?: true}`, `{"action": "close" | "reopen", "clinic_code", "date", "starts"? (all of the day's without it)}`.
             Each may be repeated.
Answer       the clinic's week as it stands with its version, and `told`: how many appointments this event has closed.
Errors       `InvalidEvent` tells which member is wrong; `BookingsInTheWay`; `UnknownClinic`.
Rights       CLINICS_TABLE: GetItem, PutItem. APPOINTMENTS_TABLE: Query, UpdateItem, DeleteItem.
Variables    those tables.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, time
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, TypeAdapter, ValidationError

from vaxcert.appointments.seat_store import seats_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.runtime import log, start
from vaxcert.clinics.console import Changed, WeekService
from vaxcert.clinics.store import clinics_of
from vaxcert.clinics.week import Clinic, InvalidWeek, Session

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], dict[str, Any]]


class InvalidEvent(Exception):
    """The event is not of its form, or the week contradicts itself; the message tells where, never a value."""


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("not to be printed")
    return text


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _a_time(text: str) -> str:
    time.fromisoformat(text)
    return text


type Words = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
type Day = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]
type Time = Annotated[str, Field(pattern="^[0-9]{2}:[0-9]{2}$"), AfterValidator(_a_time)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Hours(_Strict):
    """One session of some weekdays (1 is Monday), cut into slots of `slot_minutes` with `capacity` seats each."""

    weekdays: Annotated[list[int], Field(min_length=1, max_length=7)]
    starts: Time
    ends: Time
    slot_minutes: int
    capacity: int


class SetWeek(_Strict):
    """The whole of a clinic's week; it replaces what was set before."""

    action: Literal["set"]
    clinic_code: str
    name: Words
    city: Annotated[str, Field(pattern="^[0-9]{6}$")]
    address: Words | None = None
    phone: Annotated[str, Field(pattern="^[0-9 +-]{3,20}$")] | None = None
    ahead_days: int
    same_day: bool
    sessions: Annotated[list[Hours], Field(max_length=50)]
    days_off: Annotated[list[Day], Field(max_length=200)] = []
    close_booked: bool = False


class SwitchSession(_Strict):
    """Close a session, or take its closing back."""

    action: Literal["close", "reopen"]
    clinic_code: str
    date: Day
    starts: Time | None = None


_WANTED: TypeAdapter[SetWeek | SwitchSession] = TypeAdapter(
    Annotated[SetWeek | SwitchSession, Discriminator("action")]
)


def create(service: WeekService, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, _context: Any) -> dict[str, Any]:
        try:
            wanted = _WANTED.validate_python({"action": "set", **event})
            changed = _carried_out(service, wanted, clock)
        except ValidationError as error:
            places = sorted({".".join(str(part) for part in found["loc"]) for found in error.errors()})
            raise InvalidEvent(f"wrong or missing: {', '.join(places) or 'action'}") from None
        except InvalidWeek as error:
            raise InvalidEvent(str(error)) from None
        log("set_clinic_week", action=wanted.action, version=changed.clinic.version, told=changed.told)
        return _answer(changed)

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, dynamodb = os.environ, client("dynamodb")
    return create(
        WeekService(
            clinics_of(env, dynamodb),
            seats_of(env, dynamodb),
        ),
        system_clock,
    )


def _carried_out(service: WeekService, wanted: SetWeek | SwitchSession, clock: Clock) -> Changed:
    if isinstance(wanted, SetWeek):
        return service.set(_clinic(wanted), clock(), close_booked=wanted.close_booked)
    starts = None if wanted.starts is None else time.fromisoformat(wanted.starts)
    change = service.close if wanted.action == "close" else service.reopen
    return change(wanted.clinic_code, date.fromisoformat(wanted.date), starts, clock())


def _clinic(wanted: SetWeek) -> Clinic:
    sessions = [
        Session(
            weekday=weekday,
            starts=time.fromisoformat(hours.starts),
            ends=time.fromisoformat(hours.ends),
            slot_minutes=hours.slot_minutes,
            capacity=hours.capacity,
        )
        for hours in wanted.sessions
        for weekday in hours.weekdays
    ]
    return Clinic(
        clinic_code=wanted.clinic_code,
        name=wanted.name,
        city=wanted.city,
        address=wanted.address,
        phone=wanted.phone,
        sessions=tuple(sorted(sessions, key=lambda one: (one.weekday, one.starts))),
        ahead_days=wanted.ahead_days,
        same_day=wanted.same_day,
        days_off=frozenset(date.fromisoformat(day) for day in wanted.days_off),
    )


def _answer(changed: Changed) -> dict[str, Any]:
    clinic = changed.clinic
    return {
        "clinic_code": clinic.clinic_code,
        "version": clinic.version,
        "name": clinic.name,
        "ahead_days": clinic.ahead_days,
        "same_day": clinic.same_day,
        "sessions": [
            {
                "weekday": one.weekday,
                "starts": f"{one.starts:%H:%M}",
                "ends": f"{one.ends:%H:%M}",
                "slot_minutes": one.slot_minutes,
                "capacity": one.capacity,
            }
            for one in clinic.sessions
        ],
        "days_off": sorted(day.isoformat() for day in clinic.days_off),
        "closed": sorted(rfc3339(starts) for starts in clinic.closed),
        "told": changed.told,
    }


handler = start(build)
