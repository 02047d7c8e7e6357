"""The operator's use cases: a clinic's week, closing and reopening sessions (issue: set from the console by an event)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from vaxcert.aws.clock import shanghai_date
from vaxcert.clinics.looking import UnknownClinic
from vaxcert.clinics.ports import BookedSeats, Seat, Weeks
from vaxcert.clinics.week import Clinic, InvalidWeek, instant
from vaxcert.idempotency.turn import until_done

_ATTEMPTS: Final = 8
_NO_WEEK: Final = "no week was ever set for a clinic of this code"


class BookingsInTheWay(Exception):
    """The change would close appointments that families have; the message tells how many, and how to do it all the same."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The clinic as it stands, and how many appointments this event has closed."""

    clinic: Clinic
    told: int


class WeekService:
    """Use cases of `set_clinic_week`. Each change grows the version; repeating one changes nothing and mends what was left."""

    def __init__(self, weeks: Weeks, seats: BookedSeats) -> None:
        self._weeks = weeks
        self._seats = seats

    def set(self, wanted: Clinic, now: datetime, *, close_booked: bool) -> Changed:
        """Set a clinic's week. Sessions that were closed stay so where the new week has them too.

        Raises `BookingsInTheWay` unless `close_booked`, where it no longer keeps a slot that somebody has booked.
        """

        def change(standing: Clinic | None) -> Clinic:
            return wanted if standing is None else replace(wanted, closed=standing.closed)

        return self._change(wanted.clinic_code, change, now, close_booked=close_booked)

    def show(self, clinic_code: str) -> Changed:
        """The clinic as it stands. Raises `UnknownClinic`."""
        standing = self._weeks.find(clinic_code)
        if standing is None:
            raise UnknownClinic(_NO_WEEK)
        return Changed(standing, 0)

    def close(self, clinic_code: str, day: date, starts: time | None, now: datetime) -> Changed:
        """Close the session that begins at `starts`, or all of the day's, and tell those booked.

        Raises `UnknownClinic`, `InvalidWeek` where there is no such session to come.
        """
        if day < shanghai_date(now):
            raise InvalidWeek("the day is over")
        return self._change(
            clinic_code, lambda standing: _closed(standing, day, starts), now, close_booked=True
        )

    def reopen(self, clinic_code: str, day: date, starts: time | None, now: datetime) -> Changed:
        """Take back a closing. Appointments that it ended stay ended. Raises as `close` does."""
        return self._change(
            clinic_code, lambda standing: _reopened(standing, day, starts), now, close_booked=True
        )

    def _change(
        self,
        clinic_code: str,
        change: Callable[[Clinic | None], Clinic],
        now: datetime,
        *,
        close_booked: bool,
    ) -> Changed:
        def once() -> Changed | None:
            standing = self._weeks.find(clinic_code)
            wanted = _pruned(change(standing), shanghai_date(now))
            if standing is not None and not close_booked and (found := self._displaced(wanted, now)):
                raise BookingsInTheWay(
                    f"{len(found)} appointments stand in slots that this week does not have; "
                    'send "close_booked": true to close them and tell their families'
                )
            self._weeks.enter(wanted)
            if standing is not None and standing.says_as(wanted):
                return Changed(standing, self._told(standing, now))
            version = 1 if standing is None else standing.version + 1
            saved = replace(wanted, version=version)
            if self._weeks.save(saved, None if standing is None else standing.version):
                return Changed(saved, self._told(saved, now))
            return None

        return until_done(once, _ATTEMPTS)

    def _displaced(self, clinic: Clinic, now: datetime) -> list[Seat]:
        booked = self._seats.booked_from(clinic.clinic_code, shanghai_date(now))
        return [
            seat
            for seat in booked
            if seat.ends_at > now and clinic.keeps(seat.starts_at, seat.ends_at) is None
        ]

    def _told(self, clinic: Clinic, now: datetime) -> int:
        # The week is written first: whoever books after it finds the slot closed, and whoever booked a moment before it and is
        # not found here reads that the slot is not kept (`Appointment.standing`).
        return sum(self._seats.close(seat, now) for seat in self._displaced(clinic, now))


def _closed(standing: Clinic | None, day: date, starts: time | None) -> Clinic:
    clinic, beginnings = _meant(standing, day, starts)
    return replace(clinic, closed=clinic.closed | beginnings)


def _reopened(standing: Clinic | None, day: date, starts: time | None) -> Clinic:
    clinic, beginnings = _meant(standing, day, starts)
    return replace(clinic, closed=clinic.closed - beginnings)


def _meant(standing: Clinic | None, day: date, starts: time | None) -> tuple[Clinic, frozenset[datetime]]:
    if standing is None:
        raise UnknownClinic(_NO_WEEK)
    beginnings = standing.beginnings(day)
    if starts is not None:
        beginnings &= {instant(day, starts)}
    if not beginnings:
        raise InvalidWeek("the clinic has no such session on that day")
    return standing, beginnings


def _pruned(clinic: Clinic, today: date) -> Clinic:
    """Without closings and days off that are over, so that the item does not grow for ever."""
    return replace(
        clinic,
        days_off=frozenset(day for day in clinic.days_off if day >= today),
        closed=frozenset(
            starts
            for starts in clinic.closed
            if shanghai_date(starts) >= today and starts in clinic.beginnings(shanghai_date(starts))
        ),
    )
