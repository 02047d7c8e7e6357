"""Looking up records (接种记录查询) and who looked (R2, R38, D2, D7, D11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from vaxcert.archives.model import Dose, Sex
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.notices import Notice
from vaxcert.claims.paging import cursor_at, page, position_of
from vaxcert.claims.views import CertificateView, Views
from vaxcert.grants.access import Act, Rights
from vaxcert.grants.model import Grant
from vaxcert.grants.personal import DelegateData
from vaxcert.identity.model import Citizen, mask_name
from vaxcert.programme.shown import shown_doses
from vaxcert.records.model import Order, in_order, place_of
from vaxcert.records.notices import just_given, record_notices
from vaxcert.records.plan import FeedDates
from vaxcert.records.reading import HeldCertificates, Log, Reader, Readings, RecentLog, Register
from vaxcert.trail.model import Access, Entry


class GrantHistory(Protocol):
    """Port: all grants that a certificate ever had."""

    def history(self, certificate_id: str) -> tuple[Grant, ...]:
        """See `vaxcert.grants.ports.Grants.history`."""
        ...


class AccessLog(Log, RecentLog, Protocol):
    """Port: who read and who scanned."""

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Entry]], bool]:
        """At most `limit` entries before a position, newest first, each with its position; whether there are more."""
        ...


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """One page of a person's records: `as_of` is the business date of the last feed applied (D2)."""

    as_of: date | None
    person: CertificateView
    doses: Sequence[Dose]
    notices: tuple[Notice, ...]
    next_cursor: str | None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry as the claimant sees it. `who` is the claimant, a delegate or an operator: who read, whose code was scanned, who changed an
    appointment, who looked up why somebody cannot claim.

    `name` is the delegate's, masked; an ended grant has none (D7). `grant_id` is the grant's in whose right it was.
    """

    at: datetime
    access: Access
    who: Literal["claimant", "delegate", "operator"]
    name: str | None
    relation: str | None
    grant_id: str | None
    clinic_code: str | None
    station: str | None
    device_id: str | None
    result: str | None


class RecordsService:
    """Reads records and the access log. Nobody reads without leaving a trace: no entry, no answer."""

    def __init__(
        self,
        *,
        certificates: HeldCertificates,
        register: Register,
        rights: Rights,
        grants: GrantHistory,
        feed: FeedDates,
        log: AccessLog,
        views: Views,
        delegate_data: DelegateData,
        rabies_shown: bool,
        hotline: str,
        log_kept: timedelta,
        reads_per_hour: int | None = None,
    ) -> None:
        self._certificates = certificates
        self._rights = rights
        readings = None if reads_per_hour is None else Readings(log, reads_per_hour)
        self.reader = Reader(
            certificates=certificates, register=register, rights=rights, log=log, readings=readings
        )
        self._grants = grants
        self._feed = feed
        self._log = log
        self._views = views
        self._delegate_data = delegate_data
        self._rabies_shown = rabies_shown
        self._hotline = hotline
        self._log_kept = log_kept

    def records(
        self,
        caller: Citizen,
        certificate_id: str,
        now: datetime,
        language: str,
        *,
        cursor: str | None,
        limit: int,
        order: Order = Order.DATE,
    ) -> RecordsPage:
        """A page of doses for the holder or a delegate whose grant holds.

        Raises `NotFound` for everybody else and where the certificate has ended, `CertificateSuspended`, `UnknownCursor`.
        """
        opened = self.reader.open(caller, certificate_id, now)
        certificate, archives = opened.right.certificate, opened.archives
        today, every = shanghai_date(now), shown_doses(archives, rabies=self._rabies_shown)
        doses, following = page(
            in_order(every, order),
            place_of,
            # A place in one order is none in the other.
            scope=certificate_id if order is Order.DATE else f"{certificate_id}|{order}",
            cursor=cursor,
            limit=limit,
        )
        self.reader.note(caller, opened, now)
        return RecordsPage(
            self._feed.as_of(),
            self._views.certificate(certificate, archives, today, opened.relation),
            doses,
            record_notices(
                language,
                certificate.kind,
                rabies_shown=self._rabies_shown,
                hotline=self._hotline,
                given=just_given(every, today),
            ),
            following,
            archives[0].sex if archives else None,
        )

    def access_log(
        self, caller: Citizen, certificate_id: str, now: datetime, *, cursor: str | None, limit: int
    ) -> tuple[list[EntryView], str | None]:
        """Who looked and who scanned, newest first, and the next cursor; for the claimant only (D11).

        What has had its time is not shown, whether it is deleted yet or not (invariant 5).

        Raises `NotFound`, `UnknownCursor`.
        """
        right = self._rights.to(
            Act.SEE_ACCESS_LOG, caller, certificate_id, self._certificates.get(certificate_id), now
        )
        scope = f"log|{certificate_id}"
        before = None if cursor is None else position_of(scope, cursor)
        read, more = self._log.latest(certificate_id, before, limit)
        found = [(place, entry) for place, entry in read if now < entry.at + self._log_kept]
        more = more and len(found) == len(read)
        history = self._grants.history(certificate_id) if any(entry.slot for _, entry in found) else ()
        grants = self._rights.lent(right, history, now)
        today = shanghai_date(now)
        shown = [self._view(entry, grants, today) for _, entry in found]
        return shown, cursor_at(scope, found[-1][0]) if more and found else None

    def _view(self, entry: Entry, grants: Sequence[Grant], today: date) -> EntryView:
        grant = _grant_of(entry, grants)
        name = self._delegate_data.name(grant, today) if grant else None
        return EntryView(
            entry.at,
            entry.access,
            _who(entry),
            mask_name(name) if name else None,
            grant.relation if grant else None,
            grant.grant_id if grant else entry.grant_id,
            entry.clinic_code,
            entry.station,
            entry.actor if entry.access is Access.SCAN else None,
            entry.result,
        )


def _who(entry: Entry) -> Literal["claimant", "delegate", "operator"]:
    if entry.access is Access.LOOKUP:
        return "operator"
    return "delegate" if entry.slot else "claimant"


def _grant_of(entry: Entry, grants: Sequence[Grant]) -> Grant | None:
    """The grant under which an entry was made: by its id, else the one that stood in the slot at that time."""
    if entry.grant_id is not None:
        return next((grant for grant in grants if grant.grant_id == entry.grant_id), None)
    stood = (grant for grant in grants if grant.slot == entry.slot and grant.created_at <= entry.at)
    return max(stood, key=lambda grant: grant.version, default=None)
