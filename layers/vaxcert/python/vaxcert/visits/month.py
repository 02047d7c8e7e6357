"""A month's figures by clinic: counts that outlive the visits they were counted from, and nothing of a person.

A visit goes after thirty days, so each day is counted once it is over and the counts are kept. A day that could not be counted is
made up for while everything of it is still there.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from vaxcert.aws.clock import shanghai_date
from vaxcert.clinics.ports import KnownClinic
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.model import State, Visit
from vaxcert.visits.today import REFUSING, Booked, Bookings

COUNTABLE: Final = timedelta(days=28)
"""How far back a day can still be counted: its visits are kept for thirty days from its beginning."""
_CLINICS: Final = 500

TICKETS, SCANS, DOSES = "tickets", "scans", "doses"
BOOKED, ARRIVED, NO_SHOWS = "booked", "arrived", "no_shows"
ENDS: Final = (State.DONE, State.DEFERRED, State.NOT_VACCINATED, State.LEFT, State.ABANDONED)
"""How a visit whose day is over has ended."""
REFUSED: Final = tuple(f"refused_{reason}" for reason in REFUSING)
MEASURES: Final = (TICKETS, *map(str, ENDS), SCANS, *REFUSED, BOOKED, ARRIVED, NO_SHOWS, DOSES)
"""What is counted, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted at a clinic; a measure that is not there is none."""

    clinic_code: str
    clinic_name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by clinic, the days that were counted of it, and those that are over and were not."""

    first: date
    clinics: Sequence[Counts]
    days: Sequence[date]
    missing: Sequence[date]


class Counted(Protocol):
    """Port: what a day is counted from."""

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """See `Board.entries`."""
        ...

    def refused(self, clinic_code: str, day: date) -> Mapping[str, int]:
        """See `Days.refused`."""
        ...

    def doses(self, visits: Iterable[Visit]) -> int:
        """How many doses the visits' reports name."""
        ...


class KnownClinics(Protocol):
    """Port: the clinics there are."""

    def known(
        self, cities: Iterable[str], after: tuple[str, str] | None, limit: int
    ) -> tuple[Sequence[KnownClinic], bool]:
        """See `Clinics.known`."""
        ...


class Months(Protocol):
    """Port: counts, kept for good."""

    def keep(self, day: date, counted: Iterable[Counts]) -> None:
        """Keep what was counted of a day, and then that it was. Again: the same."""
        ...

    def days(self, month: date) -> frozenset[date]:
        """The days that were counted of a month, which is named by its first."""
        ...

    def counts(self, month: date) -> Sequence[tuple[date, Counts]]:
        """All that was counted in it, by clinic and day."""
        ...


class MonthService:
    """Counts days, and adds them up by month."""

    def __init__(
        self,
        *,
        counted: Counted,
        bookings: Bookings,
        clinics: KnownClinics,
        months: Months,
        cities: Iterable[str],
    ) -> None:
        self._counted = counted
        self._bookings = bookings
        self._clinics = clinics
        self._months = months
        self._cities = frozenset(cities)

    def count(self, now: datetime) -> list[date]:
        """Count each day that is over and was not counted yet, the oldest first; which they were. Can be broken off and repeated."""
        today = shanghai_date(now)
        over = [today - timedelta(days=back) for back in range(COUNTABLE.days, 0, -1)]
        done = {day for month in dict.fromkeys(map(_first, over)) for day in self._months.days(month)}
        fresh = [day for day in over if day not in done]
        clinics = self._known() if fresh else []
        for day in fresh:
            counted = (self._clinic(clinic, day, now) for clinic in clinics)
            self._months.keep(day, [one for one in counted if one.counts])
        return fresh

    def month(self, first: date, now: datetime) -> Month:
        """A month's figures as far as they were counted. The clinic's name is that of the last day."""
        sums: dict[str, Counter[str]] = {}
        names: dict[str, str] = {}
        for _, one in sorted(self._months.counts(first), key=lambda found: found[0]):
            sums.setdefault(one.clinic_code, Counter()).update(one.counts)
            names[one.clinic_code] = one.clinic_name
        days = self._months.days(first)
        over = [day for day in _days_of(first) if day < shanghai_date(now)]
        return Month(
            first,
            [Counts(code, names[code], sums[code]) for code in sorted(sums)],
            sorted(days),
            [day for day in over if day not in days],
        )

    def _known(self) -> list[KnownClinic]:
        found: list[KnownClinic] = []
        more = True
        while more:
            after = (found[-1].city, found[-1].clinic_code) if found else None
            page, more = self._clinics.known(self._cities, after, _CLINICS)
            found += page
        return found

    def _clinic(self, clinic: KnownClinic, day: date, now: datetime) -> Counts:
        visits = [entry.visit.standing(now) for entry in self._counted.entries(clinic.clinic_code, day)]
        refused = self._counted.refused(clinic.clinic_code, day)
        booked = self._bookings.on(clinic.clinic_code, day, now)
        return Counts(clinic.clinic_code, clinic.name, self._sums(visits, refused, booked))

    def _sums(
        self, visits: Sequence[Visit], refused: Mapping[str, int], booked: Sequence[Booked]
    ) -> dict[str, int]:
        states = Counter(visit.state for visit in visits)
        given = [visit for visit in visits if visit.observed_until is not None]
        sums = {
            TICKETS: len(visits),
            **{str(state): states[state] for state in ENDS},
            SCANS: sum(visit.scans for visit in visits),
            **{f"refused_{reason}": refused.get(reason, 0) for reason in REFUSING},
            BOOKED: len(booked),
            ARRIVED: sum(one.status == "arrived" for one in booked),
            NO_SHOWS: sum(one.status == "no_show" for one in booked),
            DOSES: self._counted.doses(given) if given else 0,
        }
        return {measure: count for measure, count in sums.items() if count}


def _first(day: date) -> date:
    return day.replace(day=1)


def _days_of(first: date) -> list[date]:
    _, count = monthrange(first.year, first.month)
    return [first + timedelta(days=number) for number in range(count)]
