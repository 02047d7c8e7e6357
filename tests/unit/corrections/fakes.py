"""The stores of the nightly sync in memory, and a switch that breaks them at any call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from vaxcert.archives.model import Archive, ArchiveStatus, Link, LinkKind, links_of
from vaxcert.aws.clock import Clock
from vaxcert.claims.model import Certificate
from vaxcert.clinics.ports import KnownClinic
from vaxcert.corrections.feed.bucket import Document, TooBig
from vaxcert.corrections.feed.model import Manifest
from vaxcert.corrections.run.model import (
    AsOf,
    Counts,
    LeaseLost,
    NotAccepted,
    Overtaken,
    PartCheck,
    PersonRef,
    PinnedPart,
    Run,
    RunState,
)
from vaxcert.corrections.run.progress import Doubt, Ledger, PendingFollow, PendingLook, Progress
from vaxcert.corrections.run.runs import LEASE_SECONDS
from vaxcert.corrections.steps.forecast import essence
from vaxcert.corrections.steps.model import Fate, Written
from vaxcert.corrections.steps.rejudging import Segment
from vaxcert.corrections.steps.store import last_dose


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Fuse:
    """Counts calls of the stores and breaks at the one it is set to: before it has an effect, or after."""

    at: int | None = None
    after: bool = False
    calls: int = 0

    def __call__(self, *, done: bool) -> None:
        if not done:
            self.calls += 1
        if self.calls == self.at and done == self.after:
            self.at = None
            raise Crash


class FakeRuns:
    """Port of the run record."""

    def __init__(self, clock: Clock, fuse: Fuse | None = None) -> None:
        self._clock = clock
        self._fuse = fuse or Fuse()
        self.lease: tuple[str, float] | None = None
        self.records: dict[int, Run] = {}
        self.reasons: dict[int, str] = {}
        self.bad_rows: dict[int, Counts] = {}
        self.released: dict[int, tuple[str, str]] = {}
        self.figures: dict[int, Counts] = {}
        self._as_of: AsOf | None = None

    def acquire(self, owner: str) -> bool:
        now = self._clock().timestamp()
        if self.lease is not None and self.lease[0] != owner and self.lease[1] >= now:
            return False
        self.lease = owner, now + LEASE_SECONDS
        return True

    def renew(self, owner: str) -> None:
        if self.lease is None or self.lease[0] != owner:
            raise LeaseLost
        self.lease = owner, self._clock().timestamp() + LEASE_SECONDS

    def release(self, owner: str) -> None:
        if self.lease is not None and self.lease[0] == owner:
            self.lease = None

    def as_of(self) -> AsOf | None:
        return self._as_of

    def find(self, sequence: int) -> Run | None:
        return self.records.get(sequence)

    def open(self, manifest: Manifest, parts: tuple[PinnedPart, ...]) -> Run:
        self._fuse(done=False)
        before = self.records.get(manifest.sequence)
        if before is not None and before.state in {RunState.ACCEPTED, RunState.APPLIED}:
            raise NotAccepted("feed_judged_already")
        run = Run(
            manifest.sequence,
            manifest.business_date,
            manifest.feed_id,
            manifest.sha256,
            manifest.rows,
            parts,
            RunState.OPEN,
            {},
        )
        self.records[run.sequence] = run
        self._fuse(done=True)
        return run

    def refuse(self, sequence: int, reason: str) -> None:
        run = self.records.get(sequence)
        if run is not None and run.state in {RunState.ACCEPTED, RunState.APPLIED}:
            return
        self.reasons[sequence] = reason
        if run is not None:
            self.records[sequence] = replace(run, state=RunState.REFUSED, reason=reason)

    def accept(self, run: Run, figures: Counts, reasons: Counts) -> None:
        self._fuse(done=False)
        self.bad_rows[run.sequence] = dict(reasons)
        now = self.records.get(run.sequence)
        if now is None or (now.manifest_sha256, now.parts) != (run.manifest_sha256, run.parts):
            raise NotAccepted
        if now.state is RunState.OPEN:
            self.records[run.sequence] = replace(now, state=RunState.ACCEPTED, checked=dict(figures))
        elif now.state is not RunState.ACCEPTED:
            raise NotAccepted
        self._fuse(done=True)

    def hold(self, run: Run, figures: Counts, reasons: Counts) -> None:
        self._fuse(done=False)
        self.bad_rows[run.sequence] = dict(reasons)
        now = self.records.get(run.sequence)
        if now is None or now.manifest_sha256 != run.manifest_sha256 or now.state is RunState.REFUSED:
            raise NotAccepted
        if now.state is RunState.OPEN:
            if now.parts != run.parts:
                raise NotAccepted
            self.records[run.sequence] = replace(now, state=RunState.HELD, checked=dict(figures))
        self._fuse(done=True)

    def unhold(self, sequence: int, manifest_sha256: str, officer: str, reason: str) -> bool:
        now = self.records.get(sequence)
        if now is None or (now.manifest_sha256, now.state) != (manifest_sha256, RunState.HELD):
            return False
        self.records[sequence] = replace(now, state=RunState.ACCEPTED)
        self.released[sequence] = officer, reason
        return True

    def close(self, run: Run, before: AsOf | None, figures: Counts) -> None:
        self._fuse(done=False)
        now = self.records[run.sequence]
        after = AsOf(run.business_date, run.sequence, run.manifest_sha256)
        if self._as_of == after:
            return
        accepted = now.state is RunState.ACCEPTED and now.manifest_sha256 == run.manifest_sha256
        forward = before is None or before.business_date < run.business_date
        if not accepted or self._as_of != before or not forward:
            raise NotAccepted
        self.records[run.sequence] = replace(now, state=RunState.APPLIED, figures=dict(figures))
        self.figures[run.sequence] = dict(figures)
        self._as_of = after
        self._fuse(done=True)


class FakeRules:
    """Port `Rules`: everything that stands has been judged by the rules in force."""

    def pending(self) -> tuple[Segment, ...]:
        return ()

    def all_done(self) -> None:
        return


class FakeProgress:
    """Port of parts and merges."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self._fuse = fuse or Fuse()
        self._checks: dict[int, dict[int, PartCheck]] = {}
        self._parts: dict[tuple[Ledger, int, str], Progress] = {}
        self._looks: dict[Ledger, dict[str, PendingLook]] = {}
        self._follows: dict[Ledger, dict[tuple[str, int], PendingFollow]] = {}
        self._doubts: dict[tuple[str, str], Doubt] = {}

    def put_check(self, sequence: int, check: PartCheck) -> None:
        self._fuse(done=False)
        self._checks.setdefault(sequence, {})[check.index] = check
        self._fuse(done=True)

    def checks(self, sequence: int) -> dict[int, PartCheck]:
        return dict(self._checks.get(sequence, {}))

    def is_flawless(self, sequence: int, part: PinnedPart) -> bool:
        check = self._checks.get(sequence, {}).get(part.index)
        return check is not None and (check.version_id, check.bad, check.fault) == (part.version_id, 0, None)

    def progress(self, sequence: Ledger, part: PinnedPart) -> Progress:
        return self._parts.get((sequence, part.index, part.version_id), Progress(0, {}))

    def advance(self, sequence: Ledger, part: PinnedPart, before: Progress, after: Progress) -> None:
        self._fuse(done=False)
        stands = self.progress(sequence, part)
        if (stands.lines, stands.done) != (before.lines, before.done):
            if stands == after:
                return
            raise Overtaken
        self._parts[sequence, part.index, part.version_id] = after
        self._fuse(done=True)

    def progresses(self, sequence: Ledger) -> dict[int, Progress]:
        return {index: kept for (number, index, _), kept in self._parts.items() if number == sequence}

    def follows(self, sequence: Ledger) -> Iterator[PendingFollow]:
        yield from [follow for _, follow in sorted(self._follows.get(sequence, {}).items())]

    def keep_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        self._fuse(done=False)
        self._follows.setdefault(sequence, {})[follow.archive_key, follow.version] = follow
        self._fuse(done=True)

    def drop_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        self._fuse(done=False)
        self._follows.get(sequence, {}).pop((follow.archive_key, follow.version), None)
        self._fuse(done=True)

    def keep_look(self, sequence: Ledger, look: PendingLook, *, if_none: bool = False) -> None:
        self._fuse(done=False)
        looks = self._looks.setdefault(sequence, {})
        if not (if_none and look.ref.record_id in looks):
            looks[look.ref.record_id] = look
        self._fuse(done=True)

    def looks(self, sequence: Ledger) -> Iterator[PendingLook]:
        yield from [look for _, look in sorted(self._looks.get(sequence, {}).items())]

    def keep_doubt(self, doubt: Doubt) -> None:
        self._fuse(done=False)
        self._doubts[doubt.person_key, doubt.gone or ""] = doubt
        self._fuse(done=True)

    def doubts(self) -> Iterator[Doubt]:
        yield from [doubt for _, doubt in sorted(self._doubts.items())]

    def drop_doubt(self, doubt: Doubt) -> None:
        self._fuse(done=False)
        self._doubts.pop((doubt.person_key, doubt.gone or ""), None)
        self._fuse(done=True)

    def remember(self, sequence: int, follow: PendingFollow) -> None:
        """What a transaction puts beside its archive."""
        self._follows.setdefault(sequence, {})[follow.archive_key, follow.version] = follow


class FakeForecast:
    """Port of the dry run to what it has read of a feed."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self._fuse = fuse or Fuse()
        self._seen: dict[tuple[Ledger, str], Archive] = {}

    def keep(self, ledger: Ledger, archive: Archive) -> None:
        self._fuse(done=False)
        kept = self._seen.get((ledger, archive.key))
        if kept is None or kept.version < archive.version:
            self._seen[ledger, archive.key] = essence(archive)
        self._fuse(done=True)

    def archive(self, ledger: Ledger, key: str) -> Archive | None:
        return self._seen.get((ledger, key))

    def own_links(self, ledger: Ledger, person_key: str) -> tuple[Link, ...]:
        seen = [archive for (kept, _), archive in self._seen.items() if kept == ledger]
        links = [link for archive in seen for link in links_of(archive) if link.subject == person_key]
        return tuple(link for link in links if link.relation is None)


class FakeRegister:
    """Archives and kinship, both halves. Links are what the stored archives say, so they cannot be half written."""

    def __init__(self, progress: FakeProgress, adult_dose_from: date, fuse: Fuse | None = None) -> None:
        self._progress = progress
        self._from = adult_dose_from.isoformat()
        self._fuse = fuse or Fuse()
        self._stored: dict[str, Archive] = {}

    def write_all(self, archives: Iterable[Archive], sequence: int) -> list[Written]:
        return [self.write(archive, sequence) for archive in archives]

    def write(self, archive: Archive, sequence: int) -> Written:
        self._fuse(done=False)
        written = self._write(archive, sequence)
        self._fuse(done=True)
        return written

    def _write(self, archive: Archive, sequence: int) -> Written:
        own = PersonRef(archive.record_id, archive.person_key, archive.key)
        old = self._stored.get(archive.key)
        if old is None:
            return self._put(archive, Written(Fate.INSERTED, (own,)), sequence)
        before = PersonRef(old.record_id, old.person_key, old.key)
        if old.version >= archive.version:
            fate = (
                Fate.EARLIER if (old.version, old.as_of) == (archive.version, archive.as_of) else Fate.SKIPPED
            )
            return Written(fate, (before,) if old.as_of == archive.as_of else ())
        same_side = (last_dose(old) >= self._from) == (last_dose(archive) >= self._from)
        if old.kin == archive.kin and same_side and archive.status is not ArchiveStatus.MERGED:
            return self._put(archive, Written(Fate.REPLACED), sequence)
        touched = (own,) if old.record_id == archive.record_id else (own, before)
        return self._put(archive, Written(Fate.RELINKED, touched), sequence)

    def _put(self, archive: Archive, written: Written, sequence: int) -> Written:
        self._stored[archive.key] = archive
        merged = archive.status is ArchiveStatus.MERGED
        if merged or len(written.touched) > 1:
            persons = tuple((ref.record_id, ref.person_key) for ref in written.touched)
            self._progress.remember(sequence, PendingFollow(archive.key, archive.version, persons, merged))
        return written

    def links(self, subject: str) -> tuple[Link, ...]:
        assert isinstance(subject, str), "DynamoDB has no key of nothing"
        found = [
            link for stored in self._stored.values() for link in links_of(stored) if link.subject == subject
        ]
        return tuple(sorted(found, key=lambda link: (link.kind, link.record_id, link.archive_key)))

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links(person_key) if link.kind is LinkKind.OWN)

    def own_links_of(self, person_keys: Iterable[str]) -> tuple[Link, ...]:
        return tuple(link for key in person_keys for link in self.own_links(key))

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        return tuple(self._stored[key] for key in dict.fromkeys(keys) if key in self._stored)

    def all(self) -> dict[str, Archive]:
        """Everything stored."""
        return dict(self._stored)


class FakeCertificates:
    """Port of certificates, with the claim of a citizen for tests to begin with."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self._fuse = fuse or Fuse()
        self.by_id: dict[str, Certificate] = {}
        self._live: dict[str, str] = {}

    def claimed(self, certificate: Certificate) -> None:
        """Somebody claimed it."""
        assert certificate.record_id not in self._live
        self.by_id[certificate.certificate_id] = certificate
        self._live[certificate.record_id] = certificate.certificate_id

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        return {
            record_id: self.by_id[self._live[record_id]]
            for record_id in record_ids
            if record_id in self._live
        }

    def change(self, before: Certificate, after: Certificate) -> bool:
        self._fuse(done=False)
        if self.by_id[before.certificate_id].version != before.version:
            return False
        if after.record_id != before.record_id and after.record_id in self._live:
            return False
        self.by_id[after.certificate_id] = after
        if self._live.get(before.record_id) == before.certificate_id:
            del self._live[before.record_id]
        if not after.standing.final:
            self._live[after.record_id] = after.certificate_id
        self._fuse(done=True)
        return True


class FakeClinicNames:
    """Port `ClinicNames`."""

    def __init__(self) -> None:
        self.told: list[tuple[KnownClinic, date]] = []

    def tell(self, clinic: KnownClinic, as_of: date) -> None:
        self.told.append((clinic, as_of))


@dataclass
class FakeBucket:
    """Port of the feed bucket; every put makes a version."""

    versions: dict[str, list[bytes]] = field(default_factory=dict)
    quarantined: dict[str, bytes] = field(default_factory=dict)
    lists: int = 0

    def drop(self, day: date, files: dict[str, bytes]) -> None:
        """What the province uploads under a date."""
        for name, content in files.items():
            self.versions.setdefault(f"{day.isoformat()}/{name}", []).append(content)

    def remove(self, key: str) -> None:
        """Take an object away."""
        self.versions.pop(key, None)

    def dates_after(self, last: date | None) -> list[date]:
        self.lists += 1
        days = {date.fromisoformat(key.split("/")[0]) for key in self.versions}
        return sorted(day for day in days if last is None or day > last)

    def read(self, key: str, at_most: int) -> Document | None:
        if key not in self.versions:
            return None
        content = self.versions[key][-1]
        if len(content) > at_most:
            raise TooBig
        return Document(content, self._version(key))

    def pin(self, key: str) -> str | None:
        return self._version(key) if key in self.versions else None

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        content = self.versions[key][int(version_id.split("-", maxsplit=1)[0]) - 1]
        for start in range(0, len(content), 4096):
            yield content[start : start + 4096]

    def quarantine(self, key: str, lines: bytes) -> None:
        self.quarantined[key] = lines

    def _version(self, key: str) -> str:
        kept = self.versions[key]
        return f"{len(kept)}-{hashlib.sha256(kept[-1]).hexdigest()[:8]}"
