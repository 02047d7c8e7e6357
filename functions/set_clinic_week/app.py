"""A clinic's week, set by hand from the console's test button: sessions, days off, closing a session (docs/appointments.md).

Event        `{"action": "set" (or left out), "clinic_code", "name", "city", "address"?, "phone"?, "ahead_days", "same_day",
             "sessions": [{"weekdays": [1, …, 7], "starts": "08:00", "ends": "11:00", "slot_minutes", "capacity"}], "days_off"?: ["2026-10-01"],
             "close_booked"?: true}`, `{"action": "close" | "reopen", "clinic_code", "date", "starts"? (all of the day's without it)}`,
             `{"action": "show", "clinic_code"}`; each with `"officer"` and `"reason"`. Each may be repeated.
Answer       the clinic's week as it stands with its version, and `told`: how many appointments this event has closed.
Errors       `InvalidEvent` tells which member is wrong; `BookingsInTheWay`; `UnknownClinic` tells where the code is read.
"""

from __future__ import annotations

import os
from datetime import date, time
from functools import cache
from typing import Any

from vaxcert.appointments.seat_store import seats_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, rfc3339, system_clock
from vaxcert.aws.console import Event, Handler, InvalidEvent, accountable
from vaxcert.aws.runtime import start
from vaxcert.clinics.console import Changed, WeekService
from vaxcert.clinics.store import clinics_of
from vaxcert.clinics.week import Clinic, InvalidWeek, Session

from .answers import WANTED, Asked, SetWeek, ShowWeek


def create(service: WeekService, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def read(event: Event) -> Asked:
        return WANTED.validate_python({"action": "set", **event})

    def act(asked: Asked) -> tuple[Event, Event]:
        try:
            changed = _carried_out(service, asked, clock)
        except InvalidWeek as error:
            raise InvalidEvent(str(error)) from None
        told = {
            "action": asked.action,
            "clinic_code": changed.clinic.clinic_code,
            "version": changed.clinic.version,
            "told": changed.told,
        }
        return _answer(changed), told

    return accountable("set_clinic_week", read, act, clock)


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


def _carried_out(service: WeekService, wanted: Asked, clock: Clock) -> Changed:
    if isinstance(wanted, ShowWeek):
        return service.show(wanted.clinic_code)
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
