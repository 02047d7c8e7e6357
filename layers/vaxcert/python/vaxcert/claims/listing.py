"""The lists that a citizen sees on entering: 待申领, 已申领, and what others authorised them for (R16, R22, R36).

What a list costs grows with the caller's family, never with the register.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.eligibility import ClaimRules, Refusal, judge
from vaxcert.claims.model import Certificate, Status
from vaxcert.claims.notices import NOBODY_LINKED, Notice, NoticeBoard
from vaxcert.claims.people import Families, Person
from vaxcert.claims.ports import Certificates, Delegations, Register
from vaxcert.claims.views import CertificateView, PersonView, Views, archives_of
from vaxcert.errors import NotFound
from vaxcert.identity.model import Citizen


@dataclass(frozen=True, slots=True)
class Overview:
    """What can be claimed, what was claimed, what others authorised the caller for, and why something is missing."""

    claimable: tuple[PersonView, ...]
    claimed: tuple[CertificateView, ...]
    authorized: tuple[CertificateView, ...]
    notices: tuple[Notice, ...]


class ListingService:
    """Reads; writes nothing but what a delegate's visit leaves behind (D7)."""

    def __init__(
        self,
        *,
        register: Register,
        certificates: Certificates,
        delegations: Delegations,
        views: Views,
        notices: NoticeBoard,
        rules: ClaimRules,
    ) -> None:
        self._register = register
        self._families = Families(register)
        self._certificates = certificates
        self._delegations = delegations
        self._views = views
        self._notices = notices
        self._rules = rules

    def overview(self, caller: Citizen, now: datetime, language: str) -> Overview:
        """The caller's lists, notices in Chinese or English."""
        today = shanghai_date(now)
        people = self._families.of(caller.subject)
        live = self._certificates.live(person.record_id for person in people)
        held = self._certificates.held_by(caller.subject)
        lent = dict(self._delegations.visit(caller, now))
        authorized = [
            certificate
            for certificate in self._certificates.several(lent)
            if certificate.usable_on(today, self._rules.adult_age)
        ]
        known = {archive.key: archive for person in people for archive in person.archives}
        wanted = {key for certificate in (*held, *authorized) for key in certificate.archive_keys}
        known |= {archive.key: archive for archive in self._register.archives(sorted(wanted - known.keys()))}
        claimable, notices = self._offers(caller, people, live, today, language)
        return Overview(
            claimable,
            tuple(self._views.certificate(one, archives_of(one, known), today) for one in held),
            tuple(
                self._views.certificate(one, archives_of(one, known), today, lent[one.certificate_id])
                for one in authorized
            ),
            notices,
        )

    def get(self, caller: Citizen, certificate_id: str, now: datetime) -> CertificateView:
        """One certificate of the caller's. Raises `NotFound` for any that the caller does not hold."""
        certificate = self._certificates.get(certificate_id)
        if (
            certificate is None
            or certificate.holder != caller.subject
            or certificate.standing.status is Status.RELEASED
        ):
            raise NotFound
        archives = self._register.archives(certificate.archive_keys)
        return self._views.certificate(certificate, archives, shanghai_date(now))

    def _offers(
        self,
        caller: Citizen,
        people: Sequence[Person],
        live: Mapping[str, Certificate],
        today: date,
        language: str,
    ) -> tuple[tuple[PersonView, ...], tuple[Notice, ...]]:
        claimable: list[PersonView] = []
        notices: list[Notice] = []
        for person in people:
            standing = live.get(person.record_id)
            if standing is not None and standing.held_by(caller.subject, today, self._rules.adult_age):
                continue
            answer = judge(person.archives, caller.subject, today, self._rules)
            if answer and (standing is None or not standing.usable_on(today, self._rules.adult_age)):
                claimable.append(self._views.person(answer))
                continue
            notices.append(
                self._notices.notice(
                    Refusal.CLAIMED_BY_OTHER if answer else answer.reason,
                    language,
                    relation=standing.relation if standing else "",
                    record_id=person.record_id,
                    name=self._views.name(answer.chief) if answer.chief else None,
                )
            )
        if not people:
            notices.append(self._notices.notice(NOBODY_LINKED, language))
        return tuple(claimable), tuple(notices)
