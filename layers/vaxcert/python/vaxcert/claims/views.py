"""What a family sees of a person and of a certificate: names whole, identity numbers masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vaxcert.archives.model import Archive
from vaxcert.archives.personal import Opener, id_no_of, name_of
from vaxcert.archives.persons import names_person
from vaxcert.claims.eligibility import ClaimRules, Eligible, chief_of, naming
from vaxcert.claims.model import (
    ACTIVE,
    CAME_OF_AGE,
    RELEASED,
    REPLACED,
    Certificate,
    Kind,
    Status,
    StatusReason,
    suspended,
)
from vaxcert.claims.personal import kept_name
from vaxcert.identity.model import mask_id_no
from vaxcert.programme.shown import of_person

_WITHDRAWN = frozenset({RELEASED, REPLACED, CAME_OF_AGE, suspended(StatusReason.IDENTITY_CONFLICT)})
"""Where the person is nobody's to read any more, or nobody can say who it is, whatever the archives name."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person whose certificate can be claimed (待申领)."""

    record_id: str
    kind: Kind
    name: str
    birth_date: date
    id_no: str | None
    relation: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate as its holder or a delegate sees it on the day of asking; `relation` is the asker's to the person."""

    certificate_id: str
    record_id: str
    kind: Kind
    name: str
    birth_date: date
    id_no: str | None
    relation: str
    status: Status
    status_reason: StatusReason | None
    claimed_at: datetime


class Views:
    """Makes views, opening the sealed data of one archive per person."""

    def __init__(self, opener: Opener, rules: ClaimRules) -> None:
        self._opener = opener
        self._rules = rules

    def name(self, archive: Archive) -> str:
        """The person's whole name."""
        return name_of(self._opener, archive)

    def person(self, eligible: Eligible) -> PersonView:
        """The person to check before consent (R17)."""
        chief = eligible.chief
        return PersonView(
            chief.record_id,
            eligible.kind,
            self.name(chief),
            chief.birth_date,
            self._id_no(chief),
            eligible.relation,
        )

    def certificate(
        self, certificate: Certificate, archives: Iterable[Archive], today: date, relation: str | None = None
    ) -> CertificateView:
        """A certificate on the day `today`; `relation` where the asker is not its holder.

        An archive that has become another person's meanwhile (its number was corrected) is not shown, nor is one that does not name the
        holder of a certificate that is not active. Where none is left that names the holder, or nobody can say which one is the person's,
        the masked name is shown as of the day the right was lost (D13, D16).
        """
        standing = certificate.standing_on(today, self._rules.adult_age)
        own = own_archives(certificate, archives)
        chief = naming(own, certificate.holder, self._rules)
        if standing in _WITHDRAWN:
            chief = None
        elif chief is not None and standing == ACTIVE:
            chief = self.chief(own)
        return CertificateView(
            certificate.certificate_id,
            certificate.record_id,
            certificate.kind,
            self.name(chief) if chief else kept_name(self._opener, certificate),
            chief.birth_date if chief else certificate.birth_date,
            self._id_no(chief) if chief else None,
            relation or certificate.relation,
            standing.status,
            standing.reason,
            certificate.claimed_at,
        )

    def chief(self, archives: Iterable[Archive]) -> Archive | None:
        """The archive that speaks for a person (`vaxcert.claims.eligibility.chief_of`)."""
        return chief_of(archives, self._rules)

    def _id_no(self, archive: Archive) -> str | None:
        id_no = id_no_of(self._opener, archive)
        return None if id_no is None else mask_id_no(id_no)


def still_named(certificate: Certificate, archives: Iterable[Archive]) -> bool:
    """Whether one of the person's archives still names the holder, as that person or as a guardian (R9, R10)."""
    return any(names_person(archive, certificate.holder) for archive in archives)


def own_archives(certificate: Certificate, archives: Iterable[Archive]) -> list[Archive]:
    """Those of a certificate's person (`vaxcert.programme.shown`)."""
    return of_person(archives, certificate.record_id)


def archives_of(certificate: Certificate, archives: Mapping[str, Archive]) -> list[Archive]:
    """The archives of a certificate's person, of those that were read."""
    return [archives[key] for key in certificate.archive_keys if key in archives]
