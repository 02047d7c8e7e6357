"""The answer to a scan as the station receives it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from vaxcert.aws.clock import SHANGHAI, rfc3339
from vaxcert.codes.model import Fault
from vaxcert.codes.token import mangled
from vaxcert.devices.model import Station
from vaxcert.errors import JsonValue
from vaxcert.visits.messages import (
    ACCEPTED,
    OUT_OF_TURN,
    RECORDED,
    REFUSED,
    SCANNER,
    STATIONS,
    STEPS,
    Words,
)
from vaxcert.visits.model import Reason, Refused, Visit, out_of_turn
from vaxcert.wording import Language, Wording

type Body = dict[str, JsonValue]

ACCEPTED_RESULT: Final = "accepted"
REFUSED_RESULT: Final = "refused"
RECORDED_RESULT: Final = "recorded"


def accepted(visit: Visit, station: Station, language: Language, now: datetime, wording: Wording) -> Body:
    """The verdict of a scan that took the visit a step on. Who the person is, is added where the station may see it."""
    words = ACCEPTED[station][language]
    return {
        "result": ACCEPTED_RESULT,
        "reason": None,
        **said(words, language, wording, ticket=visit.ticket),
        "visit": shown(visit, now),
    }


def recorded(reason: Reason | None, language: Language, wording: Wording) -> Body:
    """The answer to a scan that was made offline; `reason` is what would refuse the code by now."""
    return {
        "result": RECORDED_RESULT,
        "reason": None if reason is None else str(reason),
        **said(RECORDED[language], language, wording),
    }


def unread(
    fault: Fault, text: str, station: Station, language: Language, now: datetime, wording: Wording
) -> Body:
    """The verdict on a text that is no good code; where it plainly was one of ours, the nurse is told to mend the scanner."""
    body = refused(Refused(Reason(fault)), station, language, now, wording)
    if fault is Fault.MALFORMED and mangled(text):
        body |= said(SCANNER[language], language, wording)
    return body


def refused(refusal: Refused, station: Station, language: Language, now: datetime, wording: Wording) -> Body:
    """The verdict of a scan at `station` that changed nothing."""
    used, visit = refusal.used, refusal.visit
    if refusal.reason is Reason.WRONG_ORDER:
        words = OUT_OF_TURN[out_of_turn(visit, station)][language]
    else:
        words = REFUSED[refusal.reason][language]
    wanted = visit.station if visit else None
    body: Body = {
        "result": REFUSED_RESULT,
        "reason": str(refusal.reason),
        **said(
            words,
            language,
            wording,
            ticket="" if visit is None else visit.ticket,
            minutes=refusal.minutes_left,
            used_at="" if used is None else used.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"),
            used_station="" if used is None else STATIONS[used.station][language],
            here=STATIONS[station][language],
            step=STEPS[station][language],
            there=STATIONS[wanted][language] if wanted else "",
        ),
    }
    if used is not None:
        body["used"] = {"at": rfc3339(used.at), "station": str(used.station)}
    if visit is not None:
        body["visit"] = shown(visit, now)
    return body


def shown(visit: Visit, now: datetime) -> Body:
    """A visit as stations see it."""
    body: Body = {
        "visit_id": visit.visit_id,
        "ticket": visit.ticket,
        "state": str(visit.state),
        "station": None if visit.station is None else str(visit.station),
    }
    if visit.appointed_at is not None:
        body["appointed_at"] = rfc3339(visit.appointed_at)
    if visit.observed_until is not None:
        body["observed_until"] = rfc3339(visit.observed_until)
        body["minutes_left"] = visit.minutes_left(now)
    return body


def said(words: Words, language: Language, wording: Wording, **places: Any) -> Body:
    """Title and next step for the nurse, and the family's beside them."""
    nurse = words.nurse.about(language, wording, **places)
    family = words.family.about(language, wording, **places)
    return {
        "title": nurse.title,
        "next_step": nurse.next_step,
        "family": {"title": family.title, "next_step": family.next_step},
    }
