"""The answer to a scan as the station receives it (design, `POST /v1/scans`)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from vaxcert.aws.clock import rfc3339
from vaxcert.devices.model import Station
from vaxcert.errors import JsonValue
from vaxcert.visits.messages import ACCEPTED, REFUSED, Language, Words
from vaxcert.visits.model import Refused, Visit

type Body = dict[str, JsonValue]

ACCEPTED_RESULT: Final = "accepted"
REFUSED_RESULT: Final = "refused"


def accepted(visit: Visit, station: Station, language: Language, now: datetime) -> Body:
    """The verdict of a scan that took the visit a step on. Who the person is, is added where the station may see it."""
    words = ACCEPTED[station][language]
    return {"result": ACCEPTED_RESULT, "reason": None, **_said(words, visit, 0), "visit": shown(visit, now)}


def refused(refusal: Refused, language: Language, now: datetime) -> Body:
    """The verdict of a scan that changed nothing."""
    words = REFUSED[refusal.reason][language]
    body: Body = {
        "result": REFUSED_RESULT,
        "reason": str(refusal.reason),
        **_said(words, refusal.visit, refusal.minutes_left or 0),
    }
    if refusal.visit is not None:
        body["visit"] = shown(refusal.visit, now)
    return body


def shown(visit: Visit, now: datetime) -> Body:
    """A visit as stations see it."""
    body: Body = {
        "visit_id": visit.visit_id,
        "ticket": visit.ticket,
        "state": str(visit.state),
        "station": None if visit.station is None else str(visit.station),
    }
    if visit.observed_until is not None:
        body["observed_until"] = rfc3339(visit.observed_until)
        body["minutes_left"] = visit.minutes_left(now)
    return body


def _said(words: Words, visit: Visit | None, minutes: int) -> Body:
    ticket = "" if visit is None else visit.ticket
    nurse = words.nurse.about(ticket=ticket, minutes=minutes)
    family = words.family.about(ticket=ticket, minutes=minutes)
    return {
        "title": nurse.title,
        "next_step": nurse.next_step,
        "family": {"title": family.title, "next_step": family.next_step},
    }
