"""Counts every clinic's day once it is over, and writes a month's figures by clinic (R28, D21). Started every day, or by hand.

Event        anything: counts the days that are over and were not counted yet, of four weeks at most. By an operator: `{"month": "2026-07",
             "officer", "reason"}`: counts, and writes the month's file.
Answer       `{"counted": ["2026-07-01", …]}`; for a month `{"month", "file": "figures/….csv", "clinics": n, "days": n, "missing": […]}`:
             the file's key in the feed bucket, and the days of the month that are over and could not be counted.
Errors       `InvalidEvent` tells which member is wrong; anything else: retry. A day is counted whole or comes again.
The log      counts, and names no clinic.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Protocol

from vaxcert.appointments.day import booked_days_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import SHANGHAI, Clock, shanghai_date, system_clock
from vaxcert.aws.console import InvalidEvent, accountable
from vaxcert.aws.runtime import log, start
from vaxcert.aws.settings import Settings
from vaxcert.clinics.store import clinics_of
from vaxcert.visits.month import MonthService
from vaxcert.visits.month_file import file_of
from vaxcert.visits.month_store import figures_of, months_of

from .answers import AskMonth

_SERVICE: Final = "count_visits"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


class Files(Protocol):
    """Port: where an operator finds a month's file."""

    def put(self, name: str, content: bytes) -> str:
        """Keep a file; its key."""
        ...


def create(service: MonthService, files: Files, clock: Clock) -> Handler:
    """The handler over its collaborators."""

    def month(asked: AskMonth) -> tuple[Event, Event]:
        now = clock()
        if asked.first > shanghai_date(now):
            raise InvalidEvent("wrong: month has not begun yet; give one like 2026-07")
        service.count(now)
        found = service.month(asked.first, now)
        # By the second: the files of one month stand beside each other.
        file = files.put(f"{asked.month}/{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.csv", file_of(found))
        told = {
            "month": asked.month,
            "file": file,
            "clinics": len(found.clinics),
            "days": len(found.days),
            "missing": [day.isoformat() for day in found.missing],
        }
        return told, told

    ask = accountable(_SERVICE, AskMonth.model_validate, month, clock)

    def handle(event: Event, context: Any) -> Event:
        if "month" in event:
            return ask(event, context)
        answer = {"counted": [day.isoformat() for day in service.count(clock())]}
        log(_SERVICE, **answer)
        return answer

    return handle


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    months = months_of(env, dynamodb)
    service = MonthService(
        counted=months,
        bookings=booked_days_of(env, dynamodb),
        clinics=clinics_of(env, dynamodb),
        months=months,
        cities=settings.pilot_cities,
    )
    return create(service, figures_of(env, client("s3")), system_clock)


handler = start(build)
