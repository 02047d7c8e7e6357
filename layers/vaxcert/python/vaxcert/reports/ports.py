"""What the use cases of reporting stand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from vaxcert.archives.model import Archive
from vaxcert.claims.model import Certificate
from vaxcert.idempotency.model import Remembered
from vaxcert.idempotency.turn import Commit
from vaxcert.identity.model import Session
from vaxcert.reports.model import Contact, Report, Status


class HeldCertificates(Protocol):
    """Port: certificates."""

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...


class ManyCertificates(Protocol):
    """Port: certificates by the hundred."""

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist."""
        ...


class Register(Protocol):
    """Port: archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class Directory(Protocol):
    """Port: what clinics have said of themselves."""

    def find(self, clinic_code: str) -> Contact | None:
        """Name, address and phone as far as they are known."""
        ...


class Reports(Protocol):
    """Port: a citizen's side."""

    def add(self, report: Report, *, session: Session, remembered: Remembered) -> Commit:
        """Keep the report, its place among the open ones and the answer, all or nothing."""
        ...

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Report]], bool]:
        """At most `limit` reports before a position, newest first, each with its position; whether there are more."""
        ...


class OpenReports(Protocol):
    """Port: the operators' side and the night's."""

    def open(self) -> Iterator[Report]:
        """Every open report, by case number: the oldest day first."""
        ...

    def move(self, report: Report, status: Status, now: datetime, reply: bytes | None = None) -> bool:
        """Move a report on, with what the family is told; False where it does not stand as it was read any more."""
        ...


class Cases(Protocol):
    """Port: the operators' side, case by case."""

    def find(self, case_number: str) -> Report | None:
        """The report of a case number, open or over."""
        ...

    def move(self, report: Report, status: Status, now: datetime, reply: bytes | None = None) -> bool:
        """See `OpenReports.move`."""
        ...


class Exports(Protocol):
    """Port: where the operators find the daily file."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file."""
        ...
