"""Reading what is on record of a person, in somebody's right and never without a trace (D7, D11, D16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

from vaxcert.archives.model import Archive
from vaxcert.claims.model import Certificate
from vaxcert.claims.views import own_archives
from vaxcert.errors import NotFound, TooMany
from vaxcert.grants.access import Act, Right, Rights
from vaxcert.grants.model import Grant
from vaxcert.identity.model import Citizen
from vaxcert.trail.model import Access, Entry

_CLAIMANT_SLOT: Final = 0
_HOUR: Final = timedelta(hours=1)


class HeldCertificates(Protocol):
    """Port: certificates."""

    def get(self, certificate_id: str) -> Certificate | None:
        """One certificate."""
        ...


class Register(Protocol):
    """Port: archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class Log(Protocol):
    """Port: where reading leaves its trace."""

    def append(self, certificate_id: str, entry: Entry, grant: Grant | None) -> bool:
        """Write an entry, and on `grant` that it was used; False where the grant ended meanwhile and nothing was written."""
        ...


class RecentLog(Protocol):
    """Port: what the trace of the last hour holds."""

    def recent(self, certificate_id: str, after: datetime, limit: int) -> Sequence[Entry]:
        """At most `limit` entries later than `after`, newest first."""
        ...


class Readings:
    """How often one person may read one certificate in an hour: every reading is an entry, and nobody floods the log (D11).

    Who shares the log with many others is counted among the newest entries only, so that what it costs is bounded; a flood of one
    person's is refused all the same.
    """

    def __init__(self, log: RecentLog, per_hour: int) -> None:
        self._log = log
        self._per_hour = per_hour

    def admit(self, caller: Citizen, certificate_id: str, now: datetime) -> None:
        """Raises `TooMany`, which tells when the next reading is free."""
        found = self._log.recent(certificate_id, now - _HOUR, self._per_hour)
        own = [entry.at for entry in found if entry.actor == caller.subject and entry.access is Access.READ]
        if len(own) >= self._per_hour:
            raise TooMany(retry_after=ceil((min(own) + _HOUR - now).total_seconds()))


@dataclass(frozen=True, slots=True)
class Opened:
    """A certificate in somebody's right, with the archives of its person."""

    right: Right
    archives: Sequence[Archive]

    @property
    def relation(self) -> str | None:
        """The delegate's relation to the person; None for the holder."""
        return self.right.grant.relation if self.right.grant else None


class Reader:
    """Opens a person's archives for the holder and for a delegate whose grant holds."""

    def __init__(
        self,
        *,
        certificates: HeldCertificates,
        register: Register,
        rights: Rights,
        log: Log,
        readings: Readings | None = None,
    ) -> None:
        self._readings = readings
        self._certificates = certificates
        self._register = register
        self._rights = rights
        self._log = log

    def open(self, caller: Citizen, certificate_id: str, now: datetime) -> Opened:
        """What may be read. Raises `NotFound` for everybody else and where the certificate has ended, `CertificateSuspended`, `TooMany`."""
        right = self._rights.to(
            Act.READ_RECORDS, caller, certificate_id, self._certificates.get(certificate_id), now
        )
        if self._readings is not None:
            self._readings.admit(caller, certificate_id, now)
        archives = own_archives(right.certificate, self._register.archives(right.certificate.archive_keys))
        self._rights.still_named(right, archives, caller)
        return Opened(right, archives)

    def note(self, caller: Citizen, opened: Opened, now: datetime, access: Access = Access.READ) -> None:
        """Leave the trace: no entry, no answer. Raises `NotFound` where the grant has ended meanwhile."""
        entry = entry_of(caller, opened.right, now, access)
        if not self._log.append(opened.right.certificate.certificate_id, entry, opened.right.grant):
            raise NotFound


def entry_of(caller: Citizen, right: Right, now: datetime, access: Access) -> Entry:
    """The line of the access log that tells of a reading in somebody's right."""
    grant = right.grant
    return Entry(
        now,
        access,
        caller.subject,
        grant.slot if grant else _CLAIMANT_SLOT,
        grant.grant_id if grant else None,
    )
