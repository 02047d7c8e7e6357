"""Where and when an appointment can be had: clinics, and their open slots with what is left (R2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from vaxcert.appointments.ports import Taken
from vaxcert.claims.paging import cursor_at, page, position_of
from vaxcert.clinics.ports import Clinics, KnownClinic
from vaxcert.clinics.week import Clinic, Slot, free_seats
from vaxcert.errors import FieldError, NotFound, Rejected

MOST_DAYS: Final = 31
_USUAL_DAYS: Final = 7
_PLACE: Final = "|"


class TakenSeats(Protocol):
    """Port: what is taken."""

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        """See `vaxcert.appointments.ports.Bookings.taken`."""
        ...


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that may be booked, and how many seats are left in it."""

    slot: Slot
    remaining: int


@dataclass(frozen=True, slots=True)
class ClinicView:
    """A clinic of the pilot as a family sees it; `books` where it has a week to book in."""

    clinic_code: str
    name: str
    city: str
    address: str | None
    phone: str | None
    books: bool


class SlotService:
    """Use cases of `GET /v1/clinics` and `GET /v1/clinics/{clinic_code}/slots`."""

    def __init__(self, clinics: Clinics, seats: TakenSeats, pilot_cities: Collection[str]) -> None:
        self._clinics = clinics
        self._seats = seats
        self._pilot_cities = frozenset(pilot_cities)

    def clinics(
        self, city: str | None, *, cursor: str | None, limit: int
    ) -> tuple[Sequence[ClinicView], str | None]:
        """The clinics of the pilot, of one city or of all, by city and code, and the next cursor.

        None of a city outside the pilot. Raises `UnknownCursor`.
        """
        cities = self._pilot_cities if city is None else self._pilot_cities & {city}
        scope = f"clinics|{city or ''}"
        after = None
        if cursor is not None:
            before, _, code = position_of(scope, cursor).partition(_PLACE)
            after = (before, code)
        known, more = self._clinics.known(cities, after, limit)
        weeks = self._clinics.several(one.clinic_code for one in known)
        following = cursor_at(scope, f"{known[-1].city}{_PLACE}{known[-1].clinic_code}") if more else None
        return [_view(one, weeks.get(one.clinic_code)) for one in known], following

    def slots(
        self,
        clinic_code: str,
        first: date | None,
        last: date | None,
        now: datetime,
        *,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[OpenSlot], str | None]:
        """A clinic's slots that may be booked now, full ones among them, in order, and the next cursor.

        From the first day that may be booked where `first` is not given, for a week where `last` is not. Raises `NotFound`,
        `Rejected` for days in the wrong order or more than 31 of them, `UnknownCursor`.
        """
        clinic = self._clinics.find(clinic_code)
        if clinic is None:
            raise NotFound
        earliest, latest = clinic.window(now)
        if last is None:
            # No end: a week from the first day that is to come, whatever day was given.
            first = max(first or earliest, earliest)
            last = max(first, min(first, latest) + timedelta(days=_USUAL_DAYS - 1))
        first = first or earliest
        if last < first or (last - first).days >= MOST_DAYS:
            raise Rejected(fields=(FieldError("/query/to", "out_of_range"),))
        found = clinic.bookable_within(first, last, now)
        shown, following = page(
            found, lambda slot: slot.slot_id, scope=f"slots|{clinic_code}", cursor=cursor, limit=limit
        )
        if not shown:
            return [], None
        taken = self._seats.taken(clinic_code, shown[0].day, shown[-1].day)
        left = [free_seats(slot.capacity, taken.get(slot.slot_id, frozenset())) for slot in shown]
        return [OpenSlot(slot, len(seats)) for slot, seats in zip(shown, left, strict=True)], following


def _view(known: KnownClinic, week: Clinic | None) -> ClinicView:
    """A clinic in the words of its own week, where it has one."""
    if week is None:
        return ClinicView(known.clinic_code, known.name, known.city, None, None, books=False)
    return ClinicView(
        known.clinic_code, week.name, known.city, week.address, week.phone, books=bool(week.sessions)
    )
