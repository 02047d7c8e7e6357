"""What a family that follows its visit is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from vaxcert.aws.clock import rfc3339
from vaxcert.http.shapes import Shape
from vaxcert.programme.vaccines import LISTED
from vaxcert.visits.doses import Given
from vaxcert.visits.following import Followed
from vaxcert.wording import Language


class GivenAnswer(Shape):
    """One vaccine that was given today, as the clinic reported it. The records show it when the feed brings it (R1)."""

    vaccine_code: str
    vaccine_name: str
    vaccine_name_en: str | None = None
    batch: str
    trace_code: str
    site: str

    @classmethod
    def of(cls, dose: Given, language: Language) -> Self:
        vaccine = LISTED.get(dose.vaccine_code)
        return cls(
            vaccine_code=dose.vaccine_code,
            vaccine_name=dose.vaccine_code if vaccine is None else vaccine.chinese,
            vaccine_name_en=vaccine.english if vaccine is not None and language == "en" else None,
            batch=dose.batch,
            trace_code=dose.trace_code,
            site=dose.site,
        )


class FollowedVisit(Shape):
    """Today's visit. `waiting_before` counts those who wait for the same station before it and are not called yet.

    `station` is where the person is, or is wanted next; null once the visit has ended. `called_at` and `desk` stand while it is called.
    """

    ticket: str
    state: str
    station: str | None
    clinic_code: str
    clinic_name: str
    waiting_before: int
    called_at: str | None = None
    desk: str | None = None
    observed_until: str | None = None
    minutes_left: int | None = None
    given: list[GivenAnswer]
    title: str
    next_step: str


class FollowedAnswer(Shape):
    """Today's visit; null where no ticket was drawn today."""

    visit: FollowedVisit | None

    @classmethod
    def of(cls, found: Followed | None, language: Language, now: datetime) -> Self:
        if found is None:
            return cls(visit=None)
        visit = found.visit
        observed = visit.observed_until
        return cls(
            visit=FollowedVisit(
                ticket=visit.ticket,
                state=str(visit.state),
                station=None if visit.station is None else str(visit.station),
                clinic_code=visit.clinic_code,
                clinic_name=visit.clinic_name,
                waiting_before=found.before,
                called_at=None if visit.called_at is None else rfc3339(visit.called_at),
                desk=visit.desk,
                observed_until=None if observed is None else rfc3339(observed),
                minutes_left=None if observed is None else visit.minutes_left(now),
                given=[GivenAnswer.of(dose, language) for dose in found.given],
                title=found.said.title,
                next_step=found.said.next_step,
            )
        )
