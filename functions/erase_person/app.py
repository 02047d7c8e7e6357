"""Erases one person before their time, as far as the law lets it be (PIPL 47, D22); by hand from the console's test button.

Event        `{"id_no", "officer", "reason", "erase"?}`, or `{"case_number", …}`: who holds the certificate that a report is about. Without
             `"erase": true` it only looks. It may be repeated, and goes on where it was broken off.
Answer       what was found, or `erased`: how much of each kind; and `stays`: what is not erased, for how many days, and why.
Errors       `InvalidEvent` tells which member is wrong; `UnknownCase`; anything else: the same event again.
The log      who, why and how much; nothing of the person.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Final

from vaxcert.appointments.ending import given_up
from vaxcert.appointments.seat_store import seats_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.console import Event, Handler, accountable
from vaxcert.aws.runtime import start
from vaxcert.aws.secrets import peppers_of
from vaxcert.aws.settings import Settings
from vaxcert.claims.erasing import holder_eraser_of
from vaxcert.claims.store import certificates_of
from vaxcert.grants.erasing import grant_ender_of
from vaxcert.grants.store import grants_of
from vaxcert.identity.handle_store import known_handles_of
from vaxcert.identity.store import sessions_of
from vaxcert.operators.erasing import ErasingPerson, Steps
from vaxcert.operators.slips import id_no_read
from vaxcert.reminders.store import follower_eraser_of
from vaxcert.reports.erasing import case_eraser_of
from vaxcert.reports.store import open_reports_of

from .answers import WANTED, Asked, EraseByCase, staying

# No session lasts longer than twelve hours.
_SESSIONS: Final = timedelta(days=1)


def create(service: ErasingPerson, clock: Clock, log_days: int, feed_days: int) -> Handler:
    """The handler over its use cases. `log_days` and `feed_days`: how long the access log and the files are kept."""

    def act(asked: Asked) -> tuple[Event, Event]:
        now, subject = clock(), _subject(service, asked, clock)
        found: Event = {"by": "case" if isinstance(asked, EraseByCase) else "number"}
        if asked.erase:
            case = asked.case_number if isinstance(asked, EraseByCase) else None
            found["erased"] = asdict(service.erase(subject, now, case))
        else:
            found["found"] = asdict(service.look(subject, now))
        return found | {"stays": staying(log_days, feed_days)}, found

    return accountable("erase_person", WANTED.validate_python, act, clock)


def _subject(service: ErasingPerson, asked: Asked, clock: Clock) -> str:
    if isinstance(asked, EraseByCase):
        return service.by_case(asked.case_number)
    with id_no_read():
        return service.by_number(asked.id_no, clock())


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb")
    seats = seats_of(env, dynamodb)
    service = ErasingPerson(
        people=known_handles_of(env, dynamodb, peppers_of(env, client("secretsmanager"), system_clock)),
        cases=open_reports_of(env, dynamodb).find,
        holder=certificates_of(env, dynamodb).get,
        claimed=holder_eraser_of(env, dynamodb, settings.adult_age),
        lent=grants_of(env, dynamodb),
        ends=grant_ender_of(env, dynamodb),
        sessions=sessions_of(env, dynamodb),
        steps=Steps(
            appointments=lambda certificate_id, now: given_up(seats, certificate_id, now),
            reports=case_eraser_of(env, dynamodb).remove,
            reminders=follower_eraser_of(env, dynamodb).forget,
        ),
        session_lasts=_SESSIONS,
        adult_age=settings.adult_age,
    )
    return create(service, system_clock, settings.access_log_days, settings.feed_retention_days)


handler = start(build)
