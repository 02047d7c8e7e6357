"""The answer to an outcome or a call as a station receives it: the visit after it, and what to say (D21)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from vaxcert.aws.clock import rfc3339, shanghai_date
from vaxcert.clinics.batches import Batch, is_listed
from vaxcert.visits.doses import Given
from vaxcert.visits.line import BEHIND
from vaxcert.visits.model import Outcome, Visit
from vaxcert.visits.verdicts import Body, said, shown
from vaxcert.visits.words import CALLED, TOLD, WARNED, Warned
from vaxcert.wording import Language, Wording


def station_view(visit: Visit, now: datetime) -> Body:
    """A visit as desk and board see it: `called_at` and `desk` while it is called."""
    body = shown(visit, now)
    if visit.called_at is not None:
        body |= {"called_at": rfc3339(visit.called_at), "desk": visit.desk}
    return body


def told(visit: Visit, outcome: Outcome, language: Language, now: datetime, wording: Wording) -> Body:
    """After an outcome."""
    words = TOLD[outcome][language]
    places = {"ticket": visit.ticket, "minutes": visit.minutes_left(now), "behind": BEHIND}
    return {**station_view(visit, now), **said(words, language, wording, **places)}


def told_called(visit: Visit, language: Language, now: datetime, wording: Wording) -> Body:
    """After a call."""
    words = CALLED[language]
    return {
        **station_view(visit, now),
        **said(words, language, wording, ticket=visit.ticket, desk=visit.desk or ""),
    }


def warnings(
    doses: Collection[Given],
    recalled: Collection[Batch],
    language: Language,
    now: datetime,
    wording: Wording,
) -> list[Body]:
    """What is wrong with the boxes: past their last day in Shanghai, or of a batch that the clinic has listed."""
    return [
        {
            "code": str(fault),
            "vaccine_code": dose.vaccine_code,
            "batch": dose.batch,
            "title": (words := WARNED[fault][language].about(language, wording, batch=dose.batch)).title,
            "next_step": words.next_step,
        }
        for dose in doses
        for fault in _faults(dose, recalled, now)
    ]


def _faults(dose: Given, recalled: Collection[Batch], now: datetime) -> Iterator[Warned]:
    if dose.expires_on is not None and dose.expires_on < shanghai_date(now):
        yield Warned.BATCH_EXPIRED
    if is_listed(recalled, dose.vaccine_code, dose.batch):
        yield Warned.BATCH_RECALLED
