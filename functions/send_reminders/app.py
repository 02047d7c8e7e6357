"""Sends the reminders of a day as EventBridge events, one a person at most (docs/reminders.md).

Event        `{"action": "begin"}`, then for each share `{"action": "send", "day", "share"}`, then `{"action": "end", "shares"}` with what
             became of each, from the state machine.
Answer       begin: `{"day", "shares": [0, …]}`. send: `{"action", "day", "share", "status": "done" | "more"}`; `more`: time ran short,
             call again with this answer. end: `{"shares": n}`.
Errors       `SharesFailed` (never retry): a share was given up. `NotDelivered` and anything else: retry with back-off. The same day
             again sends nothing twice.
The event    source `vaxcert.reminders`, detail type `Reminder`, detail `{reminder_id, kind}` and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, Final

from vaxcert.appointments.seat_store import seats_of
from vaxcert.archives.store import archives_of
from vaxcert.aws.clients import client
from vaxcert.aws.clock import Clock, system_clock
from vaxcert.aws.runtime import log, metric, start
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.store import certificates_of
from vaxcert.clinics.store import clinics_of
from vaxcert.grants.store import grants_of
from vaxcert.reminders.bus import EventBus
from vaxcert.reminders.looking import WORKERS, Looking
from vaxcert.reminders.sending import SendService
from vaxcert.reminders.store import followers_of
from vaxcert.reports.store import filed_of
from vaxcert.trail.store import changes_of

_SERVICE: Final = "send_reminders"

type Event = dict[str, Any]
type Handler = Callable[[Event, Any], Event]


class SharesFailed(Exception):
    """Some shares of the followers were given up; the message says how many."""


def create(service: SendService, clock: Clock, stage: str) -> Handler:
    """The handler over its collaborators."""

    def handle(event: Event, context: Any) -> Event:
        now = clock()
        if event["action"] == "begin":
            day, shares = service.shares(now)
            return {"day": day.isoformat(), "shares": list(shares)}
        if event["action"] == "end":
            failed = event["shares"].count("failed")
            if failed:
                raise SharesFailed(f"{failed} of {len(event['shares'])}")
            return {"shares": len(event["shares"])}
        day, share = date.fromisoformat(event["day"]), int(event["share"])

        def seconds_left() -> float:
            return float(context.get_remaining_time_in_millis()) / 1000

        counts, done = service.send(share, day, now, seconds_left)
        status = "done" if done else "more"
        log(_SERVICE, share=share, status=status, **counts)
        figures = {f"reminders_{name}": count for name, count in counts.items()}
        metric(_SERVICE, stage, figures, now.timestamp())
        return {"action": "send", "day": event["day"], "share": share, "status": status}

    return handle


def events() -> Any:
    """EventBridge in one attempt: a call without an answer may have been carried out, and is not made twice."""
    return client("events", attempts=1)


@cache
def build() -> Handler:
    """The handler over AWS."""
    env, settings = os.environ, Settings.from_env(os.environ)
    dynamodb = client("dynamodb", connections=WORKERS)
    service = SendService(
        followers=followers_of(env, dynamodb),
        looking=Looking(
            certificates=certificates_of(env, dynamodb),
            register=archives_of(env, dynamodb),
            grants=grants_of(env, dynamodb),
            appointments=seats_of(env, dynamodb),
            clinics=clinics_of(env, dynamodb),
            reports=filed_of(env, dynamodb),
            changes=changes_of(env, dynamodb),
            rules=ClaimRules.of(settings),
        ),
        bus=EventBus(events().put_events, settings.reminder_bus_name),
        repeat_days=settings.reminder_repeat_days,
        random_bytes=os.urandom,
    )
    return create(service, system_clock, settings.service_stage)


handler = start(build)
