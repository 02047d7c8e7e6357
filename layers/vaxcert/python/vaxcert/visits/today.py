"""A clinic's day for the one in charge: how many wait, are done and were turned away, and who is booked (D21).

Bookings come by a port of its own: `vaxcert.appointments` and this room are put together in `functions/guide_visit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.devices.model import Enrolment, Station
from vaxcert.devices.trust import StationNotAllowed, must_be_of, trusted
from vaxcert.identity.model import Device
from vaxcert.programme.shown import of_person
from vaxcert.visits.board import BoardEntry
from vaxcert.visits.model import WAITING, Reason, State, Visit

_TURNED_AWAY: Final = (State.DEFERRED, State.NOT_VACCINATED)
_UNREAD: Final = frozenset({Reason.MALFORMED, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE})
"""What is no genuine code costs no call, so that nobody counts it."""
REFUSING: Final = tuple(reason for reason in Reason if reason not in _UNREAD)
"""Why a genuine code can be refused."""
REFUSALS: Final = (*map(str, _TURNED_AWAY), *map(str, REFUSING))
"""Every reason by which a day's figures tell who was refused."""
_RECEPTION: Final = frozenset({Station.TICKET, Station.REGISTRATION})


class Booked(Protocol):
    """One appointment of a clinic's day. `status`: `booked`, `arrived` or `no_show`."""

    @property
    def certificate_id(self) -> str: ...

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def status(self) -> str: ...


class Bookings(Protocol):
    """Port: appointments by clinic and day."""

    def on(self, clinic_code: str, day: date, now: datetime) -> Sequence[Booked]:
        """Those that stand, were kept or were missed, by their time."""
        ...


class Days(Protocol):
    """Port: what a day is told from."""

    def entries(self, clinic_code: str, day: date) -> Sequence[BoardEntry]:
        """See `Board.entries`."""
        ...

    def refused(self, clinic_code: str, day: date) -> Mapping[str, int]:
        """How many scans of genuine codes the clinic's devices were refused, by reason."""
        ...

    def enrolment(self, device_id: str) -> Enrolment | None:
        """The device as it stands."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...

    def certificates(self, certificate_ids: Iterable[str]) -> Sequence[Certificate]:
        """Certificates by id, those that exist."""
        ...


@dataclass(frozen=True, slots=True)
class Figures:
    """A clinic's day in numbers. `average_wait` is in seconds, of those who have been called in; None of nobody.

    `refused` is by reason: visits by the outcome that turned them away, then scans by why they were refused.
    """

    day: date
    waiting: int
    at_desks: int
    observing: int
    done: int
    left: int
    unfinished: int
    refused: tuple[tuple[str, int], ...]
    booked: int
    no_shows: int
    average_wait: int | None


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of the list of who is booked. `name` is masked, None where no archive is left."""

    booked: Booked
    name: str | None


class DayService:
    """Use cases of `GET /v1/clinics/{clinic_code}/today` and `…/appointments`."""

    def __init__(
        self, *, days: Days, bookings: Bookings, masked_name: Callable[[Sequence[Archive]], str | None]
    ) -> None:
        self._days = days
        self._bookings = bookings
        self._masked_name = masked_name

    def today(self, device: Device, clinic_code: str, now: datetime) -> Figures:
        """Today's figures. Raises `ClinicNotAllowed`, `StationNotAllowed` for a board, `DeviceDisabled`, `Unauthorized`."""
        self._admit(device, clinic_code, frozenset(Station))
        day = shanghai_date(now)
        visits = [entry.visit.standing(now) for entry in self._days.entries(clinic_code, day)]
        refused = self._days.refused(clinic_code, day)
        return _figures(day, visits, refused, self._bookings.on(clinic_code, day, now))

    def booked(self, device: Device, clinic_code: str, day: date, now: datetime) -> list[Expected]:
        """Who is booked on a day, by time, with masked names; for devices with a ticket or registration station.

        Raises as `today` does.
        """
        self._admit(device, clinic_code, _RECEPTION)
        booked = self._bookings.on(clinic_code, day, now)
        certificates = {
            one.certificate_id: one for one in self._days.certificates(one.certificate_id for one in booked)
        }
        keys = dict.fromkeys(key for one in certificates.values() for key in one.archive_keys)
        archives = {archive.key: archive for archive in self._days.archives(keys)}
        return [Expected(one, self._name(certificates.get(one.certificate_id), archives)) for one in booked]

    def _admit(self, device: Device, clinic_code: str, stations: frozenset[Station]) -> None:
        must_be_of(device, clinic_code)
        if device.stations.isdisjoint(stations):
            raise StationNotAllowed
        trusted(device, self._days.enrolment(device.device_id))

    def _name(self, certificate: Certificate | None, archives: dict[str, Archive]) -> str | None:
        if certificate is None:
            return None
        own = (archives[key] for key in certificate.archive_keys if key in archives)
        return self._masked_name(of_person(own, certificate.record_id))


def _figures(
    day: date, visits: Sequence[Visit], refused: Mapping[str, int], booked: Sequence[Booked]
) -> Figures:
    states = Counter(visit.state for visit in visits)
    waits = [
        visit.waited for visit in visits if visit.state is not State.WAITING_REGISTRATION and _came_in(visit)
    ]
    return Figures(
        day=day,
        waiting=sum(states[state] for state in WAITING),
        at_desks=states[State.REGISTERING] + states[State.VACCINATING],
        observing=states[State.OBSERVING],
        done=states[State.DONE],
        left=states[State.LEFT],
        unfinished=states[State.ABANDONED],
        refused=(
            *((str(state), states[state]) for state in _TURNED_AWAY),
            *((str(reason), refused[reason]) for reason in REFUSING if refused.get(reason)),
        ),
        booked=len(booked),
        no_shows=sum(one.status == "no_show" for one in booked),
        average_wait=round(sum(waits) / len(waits)) if waits else None,
    )


def _came_in(visit: Visit) -> bool:
    """Whether it came to a desk at all: a ticket given up in the waiting room has no whole wait."""
    return visit.state not in {State.LEFT, State.ABANDONED}
