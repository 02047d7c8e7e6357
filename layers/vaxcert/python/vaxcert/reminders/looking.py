"""What stands of the certificates that a page of people follow: whether they still may, and what there is to be told of.

Nobody sees what is read here, and so it leaves no entry in the access log (D11): what goes out is that there is something to look
at, and looking leaves one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Final

from vaxcert.appointments.model import Appointment, Status
from vaxcert.archives.model import GONE, Archive, ArchiveStatus
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.eligibility import ClaimRules, chief_of
from vaxcert.claims.model import Certificate
from vaxcert.claims.views import archives_of, own_archives, still_named
from vaxcert.clinics.week import Clinic
from vaxcert.grants.model import GrantStatus
from vaxcert.records.plan import plan_of
from vaxcert.reminders.model import Follow, Follower, Found
from vaxcert.reminders.ports import (
    Certificates,
    Changes,
    Filed,
    Lent,
    OpenAppointments,
    Register,
    Weeks,
)

WORKERS: Final = 8
_MOST_REPORTS: Final = 100
_BACK: Final = timedelta(days=7)
"""How far back a delegate's change is looked for: it is told of on one of the next days, and reading stays cheap."""


class Standing(Enum):
    """Whether somebody may still follow a certificate, asked when sending and not only when something changes."""

    HOLDS = auto()
    WAITS = auto()
    """Suspended, or the delegate's name differs: nothing is sent, and it may hold again."""
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Page:
    """What was read at once for a page of followers."""

    certificates: Mapping[str, Certificate]
    archives: Mapping[str, Archive]
    appointments: Mapping[str, Appointment]
    clinics: Mapping[str, Clinic]


class Looking:
    """Looks. It writes nothing."""

    def __init__(
        self,
        *,
        certificates: Certificates,
        register: Register,
        grants: Lent,
        appointments: OpenAppointments,
        clinics: Weeks,
        reports: Filed,
        changes: Changes,
        rules: ClaimRules,
    ) -> None:
        self._certificates = certificates
        self._register = register
        self._grants = grants
        self._appointments = appointments
        self._clinics = clinics
        self._reports = reports
        self._changes = changes
        self._rules = rules

    def look(
        self, followers: Sequence[Follower], now: datetime
    ) -> list[list[tuple[Follow, Standing, Found | None]]]:
        """Of each follower what stands of each follow that is on, in their order; None unless it holds.

        Four reads for all of them; for each follow a report query and, for a claimant, one of the access log, for a delegate two reads.
        """
        page = self._page(followers, now)
        wanted = [(follower, follow) for follower in followers for follow in follower.follows if follow.on]
        with ThreadPoolExecutor(WORKERS, "reminders") as pool:
            found = list(pool.map(lambda one: self._one(page, one[0], one[1], now), wanted))
        by_subject: dict[str, list[tuple[Follow, Standing, Found | None]]] = {}
        for (follower, follow), (standing, news) in zip(wanted, found, strict=True):
            by_subject.setdefault(follower.subject, []).append((follow, standing, news))
        return [by_subject.get(follower.subject, []) for follower in followers]

    def _page(self, followers: Iterable[Follower], now: datetime) -> Page:
        ids = sorted({one.certificate_id for each in followers for one in each.follows if one.on})
        certificates = {one.certificate_id: one for one in self._certificates.several(ids)}
        keys = sorted({key for one in certificates.values() for key in one.archive_keys})
        archives = {one.key: one for one in self._register.archives(keys)} if keys else {}
        tomorrow = shanghai_date(now) + timedelta(days=1)
        appointments = {
            one.certificate_id: one
            for one in self._appointments.latest_of(certificates)
            if shanghai_date(one.starts_at) == tomorrow
        }
        codes = sorted({one.place.clinic_code for one in appointments.values()})
        return Page(certificates, archives, appointments, self._clinics.several(codes) if codes else {})

    def _one(
        self, page: Page, follower: Follower, follow: Follow, now: datetime
    ) -> tuple[Standing, Found | None]:
        today = shanghai_date(now)
        certificate = page.certificates.get(follow.certificate_id)
        standing = self._standing(follower, follow, certificate, today)
        if certificate is None or standing is not Standing.HOLDS:
            return standing, None
        archives = own_archives(certificate, archives_of(certificate, page.archives))
        # The right is lost, or the archive is not what a plan can be made of, before the night has written it (D16).
        if not still_named(certificate, archives) or not _speaks_of_the_living(archives):
            return Standing.WAITS, None
        appointment = page.appointments.get(follow.certificate_id)
        return standing, Found(
            appointment_tomorrow=appointment is not None
            and appointment.standing(page.clinics.get(appointment.place.clinic_code), now) is Status.BOOKED,
            due_since=self._due_since(archives, today),
            changed_at=None if follow.grant_id else self._changed_at(follow, now),
            closed_at=self._closed_at(follow),
        )

    def _standing(
        self, follower: Follower, follow: Follow, certificate: Certificate | None, today: date
    ) -> Standing:
        if certificate is None or certificate.standing_on(today, self._rules.adult_age).final:
            return Standing.ENDED
        usable = certificate.usable_on(today, self._rules.adult_age)
        if follow.grant_id is None:
            if certificate.holder != follower.subject:
                return Standing.ENDED
            return Standing.HOLDS if usable else Standing.WAITS
        grant = self._grants.of_delegate(follow.certificate_id, follower.subject)
        if grant is None or grant.grant_id != follow.grant_id or not grant.occupies(today):
            return Standing.ENDED
        return Standing.HOLDS if usable and grant.status is GrantStatus.ACTIVE else Standing.WAITS

    def _due_since(self, archives: Sequence[Archive], today: date) -> date | None:
        chief = chief_of(archives, self._rules)
        plan = None if chief is None else plan_of(chief, archives, today, self._rules.adult_age)
        return None if plan is None else max((due.since for due in plan.due), default=None)

    def _changed_at(self, follow: Follow, now: datetime) -> datetime | None:
        """Delegates read no access log, and are told of no change (D7, D11)."""
        return self._changes.latest_change(follow.certificate_id, max(follow.told.changes_until, now - _BACK))

    def _closed_at(self, follow: Follow) -> datetime | None:
        reports, _ = self._reports.latest(follow.certificate_id, None, _MOST_REPORTS)
        return max((one.changed_at for _, one in reports if not one.status.open), default=None)


def _speaks_of_the_living(archives: Iterable[Archive]) -> bool:
    """Whether any archive stands, and none says that the person has died."""
    standing = [archive.status for archive in archives if archive.status not in GONE]
    return bool(standing) and ArchiveStatus.DECEASED not in standing
