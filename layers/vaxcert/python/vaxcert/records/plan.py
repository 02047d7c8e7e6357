"""What a family sees of the programme: what is due, what is missing, what comes next (接种计划, D19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Kind, kind_on
from vaxcert.claims.views import Views
from vaxcert.errors import NotFound
from vaxcert.identity.model import Citizen
from vaxcert.programme.due import Plan, plan
from vaxcert.programme.shown import shown_doses
from vaxcert.records.reading import Reader


class FeedDates(Protocol):
    """Port: what the nightly sync has applied."""

    def as_of(self) -> date | None:
        """The business date of the last feed applied, None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class FamilyPlan:
    """A person's plan from the doses on record `as_of` a day; `plan` is None for an adult, whom the programme is not for."""

    as_of: date
    plan: Plan | None


class PlanService:
    """Works out plans from the doses that the family sees. It is advice: it refuses nothing and adds nothing to the records (R1)."""

    def __init__(self, *, reader: Reader, feed: FeedDates, views: Views, adult_age: int) -> None:
        self._reader = reader
        self._feed = feed
        self._views = views
        self._adult_age = adult_age

    def plan(self, caller: Citizen, certificate_id: str, now: datetime) -> FamilyPlan:
        """The plan on the day of `now`, for the holder or a delegate; reading it leaves an entry in the access log (D11).

        Raises `NotFound`, `CertificateSuspended`.
        """
        opened = self._reader.open(caller, certificate_id, now)
        chief = self._views.chief(opened.archives)
        if chief is None:
            raise NotFound
        self._reader.note(caller, opened, now)
        today = shanghai_date(now)
        # Before the first feed there are no archives: an archive's own day is what its doses are as of at least.
        as_of = self._feed.as_of() or max(archive.as_of for archive in opened.archives)
        return FamilyPlan(as_of, plan_of(chief, opened.archives, today, self._adult_age))


def plan_of(chief: Archive, archives: Iterable[Archive], today: date, adult_age: int) -> Plan | None:
    """The plan of the person whom `chief` speaks for, from the doses of all their archives; None for an adult."""
    if kind_on(chief.birth_date, today, adult_age) is Kind.ADULT:
        return None
    doses = shown_doses(archives, rabies=False)  # the programme has no rabies doses
    return plan(chief.birth_date, chief.sex, doses, today)
