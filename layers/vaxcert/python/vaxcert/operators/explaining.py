"""Why somebody cannot claim, as that person's own lists say it (R36): for an operator whom they call.

The answer is made by the very use case that answers the person, so that the two cannot differ. It writes nothing of a delegate's visit
(D7), and one entry in the access log of every certificate that it shows (D11): no entry, no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaxcert.archives.personal import Opener
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.claims.listing import ListingService, Overview
from vaxcert.claims.model import Certificate
from vaxcert.claims.notices import NoticeBoard
from vaxcert.claims.ports import CertificateLists, Register
from vaxcert.claims.views import Views
from vaxcert.errors import Unavailable
from vaxcert.grants.model import Grant, GrantStatus
from vaxcert.identity.model import Citizen, parse_id_no
from vaxcert.reports.cases import UnknownCase
from vaxcert.reports.model import Report
from vaxcert.trail.model import Access, Entry


class LentGrants(Protocol):
    """Port: grants by delegate."""

    def lent_to(self, delegate: str) -> tuple[Grant, ...]:
        """The delegate's grants of all certificates; expired ones may be among them."""
        ...


class FindsCases(Protocol):
    """Port: reports by case number."""

    def find(self, case_number: str) -> Report | None:
        """The report, open or over."""
        ...


class Trail(Protocol):
    """Port: the access log."""

    def append(self, certificate_id: str, entry: Entry, grant: Grant | None) -> bool:
        """Keep an entry; whether it stands."""
        ...


class KnownPeople(Protocol):
    """Port: what stands for people."""

    def known(self, id_no: str, name: str) -> tuple[str, str]:
        """The handles of a number and a name; nothing is written."""
        ...


class Unvisited:
    """Port `Delegations` that only looks: an operator's question is no visit of the delegate's (D7)."""

    def __init__(self, grants: LentGrants) -> None:
        self._grants = grants

    def visit(self, caller: Citizen, now: datetime) -> tuple[tuple[str, str], ...]:
        """See `Delegations.visit`; a name that does not match is left as it stands."""
        today = shanghai_date(now)
        return tuple(
            (grant.certificate_id, grant.relation)
            for grant in self._grants.lent_to(caller.subject)
            if grant.occupies(today) and grant.seen_as(caller.name_key) is GrantStatus.ACTIVE
        )


@dataclass(frozen=True, slots=True)
class Explained:
    """What the person reads on entering. `by_name` is False if only what needs no name could be told (a case knows none)."""

    overview: Overview
    by_name: bool


class Explaining:
    """Use cases of `explain_person`."""

    def __init__(
        self,
        *,
        listing: ListingService,
        certificates: Callable[[str], Certificate | None],
        cases: FindsCases,
        trail: Trail,
        people: KnownPeople,
    ) -> None:
        self._listing = listing
        self._certificates = certificates
        self._cases = cases
        self._trail = trail
        self._people = people

    def person(self, id_no: str, name: str, officer: str, language: str, now: datetime) -> Explained:
        """By the number and name that the platform would give of them. Raises `InvalidIdentityNumber`, `Unavailable`."""
        number = parse_id_no(id_no, None, shanghai_date(now))
        subject, name_key = self._people.known(number.text, name)
        return Explained(self._told(subject, name_key, officer, language, now), by_name=True)

    def case(self, case_number: str, officer: str, language: str, now: datetime) -> Explained:
        """By a case: the person who holds the certificate that it is about. Raises `UnknownCase`, `Unavailable`."""
        report = self._cases.find(case_number)
        certificate = None if report is None else self._certificates(report.certificate_id)
        if certificate is None:
            raise UnknownCase
        # No name's key is empty, so that what asks for one finds nothing.
        return Explained(self._told(certificate.holder, "", officer, language, now), by_name=False)

    def _told(self, subject: str, name_key: str, officer: str, language: str, now: datetime) -> Overview:
        asked_of = Citizen(subject, name_key, "", now, now, "console", "none", now)
        found = self._listing.overview(asked_of, now, language)
        for view in (*found.claimed, *found.authorized):
            if not self._trail.append(view.certificate_id, Entry(now, Access.LOOKUP, officer, 0), None):
                raise Unavailable
        return found


def listing_of(
    register: Register,
    certificates: CertificateLists,
    grants: LentGrants,
    opener: Opener,
    notices: NoticeBoard,
    rules: ClaimRules,
) -> ListingService:
    """The lists as a citizen reads them, over delegations that are only looked at."""
    return ListingService(
        register=register,
        certificates=certificates,
        delegations=Unvisited(grants),
        views=Views(opener, rules),
        notices=notices,
        rules=rules,
    )
