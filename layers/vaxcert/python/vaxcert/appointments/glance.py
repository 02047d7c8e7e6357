"""What a family is shown of free seats when many look at the same clinic at once (R2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from vaxcert.appointments.ports import Taken
from vaxcert.appointments.slots import TakenSeats

GLANCE: Final = timedelta(seconds=2)
# About as many seats fit into one read unit: a quiet clinic is read anew each time.
CHEAP: Final = 20
_MOST: Final = 100


class Glance:
    """Port `TakenSeats`: what was read of many seats is shown again for two seconds. Only for showing; a booking reads anew.

    All seats of a clinic lie in one partition, and a page reads all that are taken: when a day opens, the same few dozen
    kilobytes would be read hundreds of times a second, more than a partition gives (docs/performance.md).
    """

    def __init__(self, seats: TakenSeats, clock: Callable[[], datetime]) -> None:
        self._seats = seats
        self._clock = clock
        self._seen: dict[tuple[str, date, date], tuple[datetime, Taken]] = {}

    def taken(self, clinic_code: str, first: date, last: date) -> Taken:
        """See `vaxcert.appointments.ports.Bookings.taken`; at most two seconds old."""
        asked, now = (clinic_code, first, last), self._clock()
        if asked in self._seen:
            read_at, taken = self._seen[asked]
            if now < read_at + GLANCE:
                return taken
            del self._seen[asked]
        taken = self._seats.taken(clinic_code, first, last)
        if sum(map(len, taken.values())) > CHEAP:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[asked] = now, taken
        return taken
