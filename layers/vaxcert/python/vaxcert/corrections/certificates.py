"""Certificates follow what the feed says of their person: suspended, restored, closed, relinked or moved (D5, D6).

Nothing is remembered about why a certificate should change: what it should be is worked out anew from the archives as they
stand, until it is so. That makes every repetition safe, and two workers on one family agree in the end, because each looks
again after its own write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from vaxcert.archives.model import GONE, Archive, ArchiveStatus, Link, System
from vaxcert.aws.clock import Clock, shanghai_date
from vaxcert.claims.eligibility import ClaimRules, chief_of, relation_to, standing_of
from vaxcert.claims.model import (
    CAME_OF_AGE,
    Certificate,
    Kind,
    Standing,
    Status,
    StatusReason,
    suspended,
)
from vaxcert.corrections.model import Counts, PersonRef, add_counts
from vaxcert.errors import Unavailable

_TURNS = 12
_VOID = suspended(StatusReason.ARCHIVE_VOID)


class Archives(Protocol):
    """The reading half of archives."""

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one person with an identity number."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist, strongly consistent."""
        ...


class Certificates(Protocol):
    """What the nightly sync may do to certificates."""

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """Live certificates by record id, strongly consistent."""
        ...

    def change(self, before: Certificate, after: Certificate) -> bool:
        """One transition; False where the certificate, or the person's live one, is another in the meantime."""
        ...


class Keeper:
    """Keeps certificates in step with the archives."""

    def __init__(
        self, archives: Archives, certificates: Certificates, rules: ClaimRules, clock: Clock
    ) -> None:
        self._archives = archives
        self._certificates = certificates
        self._rules = rules
        self._clock = clock

    def claimed(self, touched: Iterable[PersonRef]) -> tuple[PersonRef, ...]:
        """Those of `touched` who have a live certificate: of most people nobody has claimed one."""
        refs = {ref.record_id: ref for ref in touched}
        return tuple(refs[record_id] for record_id in self._certificates.live(refs))

    def settle(self, ref: PersonRef, *, follow: bool = False, survivor: Archive | None = None) -> Counts:
        """Bring the person's live certificate to where their archives say, and count what was done.

        A certificate whose only archive was merged or became another person's waits, unless it is to `follow`: then it does,
        after a merge to `survivor`, or is suspended where it cannot. Raises Unavailable where others keep changing it.
        """
        counts: Counts = {}
        for _ in range(_TURNS):
            before = self._certificates.live([ref.record_id]).get(ref.record_id)
            if before is None:
                return counts
            after = self._due(before, ref, follow=follow, survivor=survivor)
            if after is None:
                return counts
            there = PersonRef(after.record_id, after.person_key, ref.archive_key)
            if after.record_id != before.record_id:
                # It moves and stands as it must there in one transition: were a process to die between the two, nobody would
                # look at the person moved to.
                stood = self._due(after, there, follow=follow, survivor=survivor)
                after = after if stood is None else replace(stood, version=after.version)
            if self._certificates.change(before, after):
                add_counts(counts, _deeds(before, after))
                ref = there
        raise Unavailable

    def _due(
        self, certificate: Certificate, ref: PersonRef, *, follow: bool, survivor: Archive | None
    ) -> Certificate | None:
        today = shanghai_date(self._clock())
        if certificate.standing_on(today, self._rules.adult_age) == CAME_OF_AGE:
            # Closed by age is final (D6): it neither follows an archive to a younger person nor dies later.
            return self._stood(certificate, certificate, CAME_OF_AGE)
        known = {ref.archive_key, *certificate.archive_keys}
        if certificate.person_key is not None:
            known |= {link.archive_key for link in self._archives.own_links(certificate.person_key)}
        archives = self._archives.archives(sorted(known))
        own = [archive for archive in archives if archive.record_id == certificate.record_id]
        if any(map(_carries, own)):
            return self._in_step(certificate, own)
        left = [archive for archive in archives if archive.key in certificate.archive_keys]
        target = survivor or _moved_to(left)
        merged = any(archive.status is ArchiveStatus.MERGED for archive in left)
        if (merged or target is not None) and not follow:
            return None
        if target is None or target.record_id == certificate.record_id or _anothers(certificate, target):
            return self._stood(certificate, certificate, _VOID)
        return self._moved(certificate, target)

    def _in_step(self, certificate: Certificate, own: list[Archive]) -> Certificate | None:
        now = self._clock()
        standing = standing_of(certificate, own, shanghai_date(now), self._rules)
        chief = chief_of(own, self._rules)
        assert chief is not None
        relinked = certificate.relinked(
            record_id=certificate.record_id,
            person_key=chief.person_key,
            archive_keys=[archive.key for archive in own if archive.status not in GONE],
            birth_date=chief.birth_date,
            now=now,
        )
        # The register may say "father" where it said "other guardian"; who is no guardian any more keeps the word they had.
        if certificate.kind is Kind.CHILD:
            word = relation_to(own, certificate.holder, self._rules) or certificate.relation
            relinked = replace(relinked, relation=word)
        same = (relinked.archive_keys, relinked.birth_date, relinked.person_key, relinked.relation) == (
            tuple(sorted(certificate.archive_keys)),
            certificate.birth_date,
            certificate.person_key,
            certificate.relation,
        )
        return self._stood(certificate, certificate if same else relinked, standing)

    def _stood(self, before: Certificate, after: Certificate, standing: Standing) -> Certificate | None:
        """`after` at `standing`, one version after `before`; None where nothing changes."""
        if after.standing.can_transition_to(standing):
            after = replace(after.moved_to(standing, self._clock()), version=before.version + 1)
        return None if after == before else after

    def _moved(self, certificate: Certificate, target: Archive) -> Certificate | None:
        """To the person that `target` is of now; suspended where that person's is claimed already (one live each, invariant 1)."""
        if self._certificates.live([target.record_id]):
            return self._stood(certificate, certificate, _VOID)
        return certificate.relinked(
            record_id=target.record_id,
            person_key=target.person_key,
            archive_keys=[target.key],
            birth_date=target.birth_date,
            now=self._clock(),
        )


def _carries(archive: Archive) -> bool:
    """Whether a certificate can stand on it. One of the rabies system is joined to a person and makes none (R43)."""
    return archive.status not in GONE and archive.system is not System.RABIES


def _moved_to(left: Iterable[Archive]) -> Archive | None:
    """Of the archives that a certificate was left by, the one that stands under another person now: the number was corrected."""
    moved = [archive for archive in left if _carries(archive)]
    return max(moved, key=lambda archive: (archive.recorded_at, archive.key), default=None)


def _anothers(certificate: Certificate, target: Archive) -> bool:
    """An adult's certificate is the claimant's own: it follows no archive that turned out to be somebody else's (R9)."""
    return certificate.kind is Kind.ADULT and target.person_key != certificate.holder


def _deeds(before: Certificate, after: Certificate) -> Counts:
    followed = before.record_id != after.record_id
    if before.standing == after.standing:
        return {"certificates_followed" if followed else "certificates_relinked": 1}
    stands = {
        Status.SUSPENDED: "certificates_suspended",
        Status.ACTIVE: "certificates_restored",
    }.get(after.standing.status, "certificates_closed")
    return {"certificates_followed": 1, stands: 1} if followed else {stands: 1}
