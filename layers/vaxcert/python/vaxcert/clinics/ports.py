"""What the use cases of clinics stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from vaxcert.clinics.week import Clinic


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat that somebody has booked."""

    clinic_code: str
    starts_at: datetime
    ends_at: datetime
    seat: int
    certificate_id: str
    appointment_id: str


@dataclass(frozen=True, slots=True)
class KnownClinic:
    """A vaccination unit (接种单位) of a city, whether it takes appointments or not; `city` is a six-digit code."""

    clinic_code: str
    name: str
    city: str


class Clinics(Protocol):
    """Port: clinics and their weeks."""

    def find(self, clinic_code: str) -> Clinic | None:
        """One clinic."""
        ...

    def several(self, clinic_codes: Iterable[str]) -> Mapping[str, Clinic]:
        """Those of these clinics that have a week, by their code."""
        ...

    def known(
        self, cities: Iterable[str], after: tuple[str, str] | None, limit: int
    ) -> tuple[Sequence[KnownClinic], bool]:
        """At most `limit` clinics of these cities, by city and code, behind the place `after`; whether there are more."""
        ...


class Weeks(Protocol):
    """Port: the operator's side of clinics."""

    def find(self, clinic_code: str) -> Clinic | None:
        """One clinic."""
        ...

    def enter(self, clinic: Clinic) -> None:
        """Let it be known that there is this clinic. What a feed has told of it stays."""
        ...

    def save(self, clinic: Clinic, replaces: int | None) -> bool:
        """Write it, and its line in the history, where version `replaces` stands (None: no clinic does); else False."""
        ...


class BookedSeats(Protocol):
    """Port: bookings from the clinic's side."""

    def booked_from(self, clinic_code: str, day: date) -> Sequence[Seat]:
        """All seats booked at a clinic from a day on."""
        ...

    def close(self, seat: Seat, now: datetime) -> bool:
        """The appointment in the seat becomes closed by the clinic; False where it is not open any more."""
        ...
