"""Certificates follow what the feed says of their person: suspended, restored, closed, relinked or moved (D5, D6).

Nothing is remembered about why a certificate should change: what it should be is worked out anew from the archives as they
stand, until it is so. That makes every repetition safe, and two workers on one family agree in the end, because each looks
again after its own write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from vaxcert.archives.model import GONE, Archive, ArchiveStatus, Link, System
from vaxcert.archives.persons import joined, speaks
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
from vaxcert.claims.personal import Sealing, sealed_name
from vaxcert.claims.views import still_named
from vaxcert.corrections.run.model import Counts, PersonRef, add_counts
from vaxcert.errors import Unavailable

_TURNS = 12
_VOID = suspended(StatusReason.ARCHIVE_VOID)
_CONFLICT = suspended(StatusReason.IDENTITY_CONFLICT)


class Archives(Protocol):
    """The reading half of archives."""

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one identity number."""
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
        self,
        archives: Archives,
        certificates: Certificates,
        rules: ClaimRules,
        sealer: Sealing,
        clock: Clock,
    ) -> None:
        self._archives = archives
        self._certificates = certificates
        self._rules = rules
        self._sealer = sealer
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
        stands_on = {*certificate.archive_keys}
        if survivor is not None and ref.archive_key in stands_on:
            stands_on.add(survivor.key)
        if certificate.name_key is None:
            groups = _groups(archive for archive in archives if archive.key in stands_on)
            if len(groups) > 1:
                return self._told_apart(certificate, archives, groups)
        own = _own(certificate, archives, stands_on)
        if any(map(_carries, own)):
            return self._in_step(certificate, own)
        left = [archive for archive in archives if archive.key in certificate.archive_keys]
        target = survivor or _moved_to(left)
        merged = any(archive.status is ArchiveStatus.MERGED for archive in left)
        if (merged or target is not None) and not follow:
            return None
        if target is None or target.record_id == certificate.record_id or _anothers(certificate, target):
            return self._stood(certificate, certificate, _VOID)
        return self._moved(certificate, target, [target])

    def _told_apart(
        self, certificate: Certificate, archives: Sequence[Archive], groups: Sequence[Sequence[Archive]]
    ) -> Certificate | None:
        """A certificate of before D13 whose archives are several persons takes those that name the holder, where they are one person.

        Those that still stand under its record come first: one that left has another number by now, or none that is believed. Where none or
        several fit, nobody can say whose it is: it waits, suspended, until a correction has told them apart.
        """
        fitting = [group for group in groups if still_named(certificate, group)]
        stayed = [group for group in fitting if group[0].record_id == certificate.record_id]
        candidates = stayed or fitting
        if len(candidates) != 1:
            return self._stood(certificate, certificate, _CONFLICT)
        (group,) = candidates
        if group[0].record_id != certificate.record_id:
            chief = chief_of(group, self._rules)
            assert chief is not None
            return self._moved(certificate, chief, group)
        own = [one for one in archives if one.record_id == certificate.record_id]
        return self._in_step(
            certificate, joined(own, {one.key for one in group}, certificate.holder).together
        )

    def _in_step(self, certificate: Certificate, own: Sequence[Archive]) -> Certificate | None:
        now = self._clock()
        standing = standing_of(certificate, own, shanghai_date(now), self._rules)
        chief = chief_of(own, self._rules)
        assert chief is not None
        relinked = certificate.relinked(
            record_id=certificate.record_id,
            person_key=chief.person_key,
            archive_keys=[archive.key for archive in own if archive.status not in GONE],
            birth_date=certificate.birth_date,
            now=now,
        )
        # Who is no guardian any more keeps the word, the name and the birth date that they last had a right to (D16).
        if still_named(certificate, own):
            relinked = replace(relinked, birth_date=chief.birth_date, **self._named(certificate, own, chief))
            if certificate.kind is Kind.CHILD:
                # The register may say "father" where it said "other guardian".
                word = relation_to(own, certificate.holder, self._rules) or certificate.relation
                relinked = replace(relinked, relation=word)
        elif certificate.name_key is None:
            relinked = replace(relinked, name_key=chief.name_key)
        same = replace(relinked, version=certificate.version, changed_at=certificate.changed_at) == replace(
            certificate, archive_keys=tuple(sorted(certificate.archive_keys))
        )
        return self._stood(certificate, certificate if same else relinked, standing)

    def _named(self, certificate: Certificate, own: Iterable[Archive], chief: Archive) -> dict[str, Any]:
        """The name that the certificate keeps: another one only where none of its archives has the one that it kept."""
        if certificate.name_key in {archive.name_key for archive in own if archive.status not in GONE}:
            return {}
        return {
            "name_key": chief.name_key,
            "name": sealed_name(self._sealer, certificate.certificate_id, chief),
        }

    def _stood(self, before: Certificate, after: Certificate, standing: Standing) -> Certificate | None:
        """`after` at `standing`, one version after `before`; None where nothing changes."""
        if after.standing.can_transition_to(standing):
            after = replace(after.moved_to(standing, self._clock()), version=before.version + 1)
        return None if after == before else after

    def _moved(
        self, certificate: Certificate, target: Archive, group: Sequence[Archive]
    ) -> Certificate | None:
        """To the person that `target` is of now; suspended where that person's is claimed already (one live each, invariant 1)."""
        if self._certificates.live([target.record_id]):
            return self._stood(certificate, certificate, _VOID)
        moved = certificate.relinked(
            record_id=target.record_id,
            person_key=target.person_key,
            archive_keys=[archive.key for archive in group],
            birth_date=certificate.birth_date,
            now=self._clock(),
        )
        if still_named(certificate, group):
            return replace(moved, birth_date=target.birth_date, **self._named(certificate, group, target))
        return moved


def _own(
    certificate: Certificate, archives: Sequence[Archive], stands_on: Collection[str]
) -> Sequence[Archive]:
    """The archives of the certificate's person, of those that were read (D13).

    Where none of its own stands under its record any more, others of the number are its person only under a name that it had, or where
    they are the adult's who holds it; else the certificate goes where its own archives went.
    """
    same = [archive for archive in archives if archive.record_id == certificate.record_id]
    own = joined(same, stands_on, certificate.holder).together
    clinics = [archive for archive in own if speaks(archive)]
    names = {certificate.name_key, *(one.name_key for one in archives if one.key in stands_on)}
    if not clinics or any(archive.name_key in names for archive in clinics) or certificate.kind is Kind.ADULT:
        return own
    return [archive for archive in same if archive.key in stands_on]


def _groups(archives: Iterable[Archive]) -> Sequence[Sequence[Archive]]:
    """Clinics' archives that stand, by person: under one record and one name."""
    groups: dict[tuple[str, str], list[Archive]] = {}
    for archive in archives:
        if speaks(archive):
            groups.setdefault((archive.record_id, archive.name_key), []).append(archive)
    return list(groups.values())


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
