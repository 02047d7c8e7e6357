"""The lists that a citizen sees on entering: 待申领, 已申领, and what others authorised them for (R16, R22, R36).

What a list costs grows with the caller's family, never with the register.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from vaxcert.archives.model import Archive
from vaxcert.aws.clock import shanghai_date
from vaxcert.claims.active import require_kept
from vaxcert.claims.eligibility import ClaimRules, Refusal, eligibility_of, naming
from vaxcert.claims.model import DECEASED, Certificate, Status
from vaxcert.claims.notices import Notice, NoticeBoard
from vaxcert.claims.people import Families, Kin
from vaxcert.claims.ports import CertificateLists, Delegations, Register
from vaxcert.claims.views import CertificateView, PersonView, Views, archives_of
from vaxcert.errors import NotFound
from vaxcert.identity.model import Citizen, record_id_of


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
        certificates: CertificateLists,
        delegations: Delegations,
        views: Views,
        notices: NoticeBoard,
        rules: ClaimRules,
    ) -> None:
        self._register = register
        self._families = Families(register, certificates)
        self._certificates = certificates
        self._delegations = delegations
        self._views = views
        self._notices = notices
        self._rules = rules

    def overview(self, caller: Citizen, now: datetime, language: str) -> Overview:
        """The caller's lists, notices in Chinese or English."""
        today = shanghai_date(now)
        people = self._families.of(caller)
        held = self._certificates.held_by(caller.subject)
        lent = dict(self._delegations.visit(caller, now))
        authorized = [
            certificate
            for certificate in self._certificates.several(lent)
            if certificate.usable_on(today, self._rules.adult_age)
        ]
        known = {archive.key: archive for kin in people for archive in kin.archives}
        wanted = {key for certificate in (*held, *authorized) for key in certificate.archive_keys}
        known |= {archive.key: archive for archive in self._register.archives(sorted(wanted - known.keys()))}
        # Whose certificate was closed because its person has died is told nothing more of it (D16).
        mourned = {one.record_id for one in held if one.standing == DECEASED}
        claimable, notices = self._offers(caller, people, mourned, today, language)
        claimed = tuple(self._views.certificate(one, archives_of(one, known), today) for one in held)
        return Overview(
            claimable,
            claimed,
            tuple(
                self._views.certificate(one, archives_of(one, known), today, lent[one.certificate_id])
                for one in authorized
            ),
            (*self._suspensions(caller, held, claimed, known, language), *notices),
        )

    def get(self, caller: Citizen, certificate_id: str, now: datetime) -> CertificateView:
        """One certificate, as the caller's list shows it: one that they hold, or one that they are authorised for (D7).

        Raises `NotFound` for every other.
        """
        certificate, today = self._certificates.get(certificate_id), shanghai_date(now)
        relation = None
        if certificate is None or certificate.holder != caller.subject:
            relation = dict(self._delegations.visit(caller, now)).get(certificate_id)
            if (
                certificate is None
                or relation is None
                or not certificate.usable_on(today, self._rules.adult_age)
            ):
                raise NotFound
        else:
            certificate = require_kept(certificate, caller.subject)
        archives = self._register.archives(certificate.archive_keys)
        return self._views.certificate(certificate, archives, today, relation)

    def _suspensions(
        self,
        caller: Citizen,
        held: Sequence[Certificate],
        claimed: Sequence[CertificateView],
        known: Mapping[str, Archive],
        language: str,
    ) -> Iterator[Notice]:
        """Why what the caller holds cannot be used at present, and what to do (D5)."""
        for certificate, view in zip(held, claimed, strict=True):
            if view.status is not Status.SUSPENDED or view.status_reason is None:
                continue
            own = naming(archives_of(certificate, known), caller.subject, self._rules)
            yield self._notices.suspension(
                view.status_reason,
                language,
                record_id=view.record_id,
                name=view.name or None,
                clinic=own.clinic.name if own else None,
            )

    def _offers(
        self,
        caller: Citizen,
        people: Sequence[Kin],
        mourned: Collection[str],
        today: date,
        language: str,
    ) -> tuple[tuple[PersonView, ...], tuple[Notice, ...]]:
        claimable: list[PersonView] = []
        notices: list[Notice] = []
        age = self._rules.adult_age
        for kin in people:
            live = kin.live
            if kin.archives and not (live and live.held_by(caller.subject, today, age)):
                answer = eligibility_of(kin.archives, caller.subject, today, self._rules)
                if answer and not (live and live.usable_on(today, age)):
                    claimable.append(self._views.person(answer))
                elif answer or answer.reason is not Refusal.DECEASED or kin.record_id not in mourned:
                    reason = Refusal.CLAIMED_BY_OTHER if answer else answer.reason
                    own = naming(kin.archives, caller.subject, self._rules)
                    notices.append(
                        self._refusal(reason, language, kin.record_id, own, live.relation if live else "")
                    )
            for reason, archives in (
                (Refusal.IDENTITY_CONFLICT, kin.apart),
                (Refusal.NUMBER_CONTRADICTS_BIRTH, kin.unbelieved),
            ):
                notices += (
                    self._refusal(reason, language, record_id_of(archive.key), archive)
                    for archive in archives
                )
        if not people:
            notices.append(self._notices.nobody_linked(language))
        return tuple(claimable), tuple(notices)

    def _refusal(
        self, reason: Refusal, language: str, record_id: str, own: Archive | None, claimant: str = ""
    ) -> Notice:
        """A notice about a person, by the archive of theirs that names the caller."""
        return self._notices.refusal(
            reason,
            language,
            claimant=claimant,
            clinic=own.clinic.name if own else None,
            record_id=record_id,
            name=self._views.name(own) if own else None,
        )
