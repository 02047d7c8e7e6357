"""All that is held about one person, gathered from the rooms that hold it (D22). It writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from vaxcert.appointments.model import Appointment
from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.claims.views import CertificateView, Views
from vaxcert.documents.model import Document
from vaxcert.grants.model import Grant, lent_with
from vaxcert.grants.personal import DelegateData, GrantView
from vaxcert.identity.model import Citizen
from vaxcert.reminders.model import Follow, Follower
from vaxcert.reports.model import Report
from vaxcert.reports.personal import ReportData

MOST: Final = 100
"""Of each kind and certificate; a family has a few. What it costs does not grow beyond that with the past."""


class Certificates(Protocol):
    """Port: certificates by holder."""

    def held_by(self, subject: str) -> tuple[Certificate, ...]:
        """What the subject claimed and did not release."""
        ...

    def released_by(self, subject: str) -> tuple[Certificate, ...]:
        """What the subject released, or others replaced, as long as it is kept."""
        ...

    def several(self, certificate_ids: Iterable[str]) -> tuple[Certificate, ...]:
        """Those that exist."""
        ...


class Register(Protocol):
    """Port: archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Archives by key, those that exist."""
        ...


class Grants(Protocol):
    """Port: grants from both sides."""

    def slots(self, certificate_id: str) -> tuple[Grant, ...]:
        """The grants that stand in a certificate's slots."""
        ...

    def ended(self, certificate_id: str, before: str | None, limit: int) -> tuple[Grant, ...]:
        """At most `limit` of those whose slot was used again, newest first."""
        ...

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        """The delegate's grants of all certificates; expired ones may be among them."""
        ...


class Appointments(Protocol):
    """Port: appointments by certificate."""

    def of(self, certificate_id: str) -> Sequence[Appointment]:
        """Every appointment that is still kept."""
        ...


class Reports(Protocol):
    """Port: reports by certificate."""

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Report]], bool]:
        """At most `limit` reports, newest first; whether there are more."""
        ...


class Documents(Protocol):
    """Port: papers by certificate."""

    def latest(
        self, certificate_id: str, before: str | None, limit: int
    ) -> tuple[Sequence[tuple[str, Document]], bool]:
        """At most `limit` documents, newest first; whether there are more."""
        ...


class Followers(Protocol):
    """Port: what people follow."""

    def get(self, subject: str) -> Follower | None:
        """What a person follows; None where nothing is kept."""
        ...


class SignOuts(Protocol):
    """Port: all that is kept of sessions."""

    def signed_out_until(self, subject: str) -> datetime | None:
        """When the person last signed out everywhere, as long as that is kept."""
        ...


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate that the person claimed, released ones too, with everything that hangs on it. A report comes with its text and the
    reply."""

    certificate: Certificate
    view: CertificateView
    grants: tuple[GrantView, ...]
    appointments: tuple[Appointment, ...]
    reports: tuple[tuple[Report, str, str | None], ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class MyData:
    """The copy. `complete` is False if a certificate has more of something than `MOST`: its own list has the rest."""

    certificates: tuple[HeldCertificate, ...]
    received: tuple[tuple[str, GrantView], ...]
    """Grants that others gave to the person, by certificate id, with what the claimant wrote about them."""
    reminders: tuple[Follow, ...]
    """What the person follows; one that was switched off is kept until the next day."""
    signed_out_until: datetime | None
    complete: bool


class MyDataService:
    """Gathers. Of other people numbers and phones are masked, as on every screen (D7)."""

    def __init__(
        self,
        *,
        certificates: Certificates,
        register: Register,
        grants: Grants,
        appointments: Appointments,
        reports: Reports,
        documents: Documents,
        followers: Followers,
        sign_outs: SignOuts,
        views: Views,
        delegate_data: DelegateData,
        report_data: ReportData,
        adult_age: int,
    ) -> None:
        self._certificates = certificates
        self._register = register
        self._grants = grants
        self._appointments = appointments
        self._reports = reports
        self._documents = documents
        self._followers = followers
        self._sign_outs = sign_outs
        self._views = views
        self._delegate_data = delegate_data
        self._report_data = report_data
        self._adult_age = adult_age

    def of(self, caller: Citizen, now: datetime) -> MyData:
        """Everything about the caller as it stands; strongly consistent. Raises `Unavailable`."""
        today = shanghai_date(now)
        claimed = (
            *self._certificates.held_by(caller.subject),
            *self._certificates.released_by(caller.subject),
        )
        gathered = [self._held(one, today) for one in claimed]
        # D7: the number alone is not the person; whose name is another reads nothing.
        lent = [grant for grant in self._grants.lent_to(caller.subject) if grant.name_key == caller.name_key]
        follower = self._followers.get(caller.subject)
        return MyData(
            tuple(held for held, _ in gathered),
            tuple(
                (grant.certificate_id, self._delegate_data.view(grant, today))
                for grant in self._as_they_stand(lent, today)
            ),
            () if follower is None else follower.follows,
            self._sign_outs.signed_out_until(caller.subject),
            all(complete for _, complete in gathered),
        )

    def _as_they_stand(self, lent: Sequence[Grant], today: date) -> Iterator[Grant]:
        found = self._certificates.several(grant.certificate_id for grant in lent)
        certificates = {one.certificate_id: one for one in found}
        for grant in lent:
            yield from lent_with(certificates.get(grant.certificate_id), (grant,), today, self._adult_age)

    def _held(self, certificate: Certificate, today: date) -> tuple[HeldCertificate, bool]:
        key = certificate.certificate_id
        archives = self._register.archives(certificate.archive_keys)
        ended = self._grants.ended(key, None, MOST + 1)
        appointments = self._appointments.of(key)
        reports, more_reports = self._reports.latest(key, None, MOST)
        documents, more_documents = self._documents.latest(key, None, MOST)
        grants = lent_with(certificate, (*self._grants.slots(key), *ended[:MOST]), today, self._adult_age)
        data = self._report_data
        held = HeldCertificate(
            certificate,
            self._views.certificate(certificate, archives, today),
            tuple(self._delegate_data.view(one, today) for one in grants),
            tuple(appointments[:MOST]),
            tuple((report, data.text(report), data.reply(report)) for _, report in reports),
            tuple(document for _, document in documents),
        )
        more = more_reports or more_documents or len(ended) > MOST or len(appointments) > MOST
        return held, not more
