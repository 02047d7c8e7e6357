"""What reminders stand on. Stores implement these over DynamoDB, tests in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from vaxcert.appointments.model import Appointment
from vaxcert.archives.model import Archive
from vaxcert.claims.model import Certificate
from vaxcert.clinics.week import Clinic
from vaxcert.grants.model import Grant
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reminders.model import Follower, Reminder
from vaxcert.reports.model import Report


class KnownFollowers(Protocol):
    """Port: followers by person."""

    def get(self, subject: str) -> Follower | None:
        """What a person follows; None where they never followed anything, or nothing is left of it."""
        ...


class OwnFollowers(KnownFollowers, Protocol):
    """Port: followers, as their own person changes them."""

    def keep(self, after: Follower, session: Session) -> Commit:
        """Write the follower, who stands at the version before, while the session is not signed out."""
        ...


class Followers(KnownFollowers, Protocol):
    """Port: followers, as they are sent reminders."""

    def page(self, share: int, last: str | None, limit: int) -> tuple[Sequence[Follower], str | None]:
        """At most `limit` followers of a share after the person `last`, and after whom to go on; None at the end."""
        ...

    def save(self, after: Follower) -> bool:
        """Write the follower who stands at the version before, or remove one that follows nothing; False where it is at another.

        Our own write whose answer was lost is found again by `sent_by`.
        """
        ...

    def place(self, share: int, day: date) -> tuple[str | None, bool]:
        """After whom to go on in a share on a day, and whether it is done."""
        ...

    def keep_place(self, share: int, day: date, last: str | None) -> None:
        """Gone through up to the person `last`; to the end where None."""
        ...


class Certificates(Protocol):
    """Port: certificates."""

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist."""
        ...


class OneCertificate(Protocol):
    """Port: certificates, one at a time."""

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...


class Register(Protocol):
    """Port: archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class Lent(Protocol):
    """Port: grants from the delegate's side."""

    def of_delegate(self, certificate_id: str, delegate: str) -> Grant | None:
        """The delegate's grant of one certificate; it may have expired."""
        ...


class OpenAppointments(Protocol):
    """Port: the latest appointments."""

    def latest_of(self, certificate_ids: Iterable[str]) -> Sequence[Appointment]:
        """Of each certificate its latest one, ended or not."""
        ...


class Weeks(Protocol):
    """Port: clinics."""

    def several(self, clinic_codes: Iterable[str]) -> Mapping[str, Clinic]:
        """Those that have a week."""
        ...


class Filed(Protocol):
    """Port: reports by certificate."""

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Report]], bool]:
        """At most `limit` reports, newest first; whether there are more."""
        ...


class Changes(Protocol):
    """Port: what delegates changed (`vaxcert.trail.store.ChangeReader`)."""

    def latest_change(self, certificate_id: str, after: datetime) -> datetime | None:
        """When a delegate last moved or cancelled an appointment, if that was later than `after`."""
        ...


class Bus(Protocol):
    """Port: where reminders go."""

    def send(self, reminders: Sequence[Reminder]) -> frozenset[str]:
        """Send them; answers the ids of those that were refused for good and have certainly not gone out.

        Raises where nobody can say whether they have.
        """
        ...
