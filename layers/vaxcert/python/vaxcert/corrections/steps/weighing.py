"""`apply_corrections`, phase `weigh`: what a checked part would do, before any of it is done (D14).

Reads the archives that its rows touch and keeps, beside the run record, what `vaxcert.corrections.steps.judging` decides by: how many
numbers are bad or lost, whose certificates are touched, and the archives as they will stand. Changes nothing that a family sees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import batched, chain
from typing import Protocol

from vaxcert.archives.model import Archive, ArchiveStatus
from vaxcert.claims.model import Certificate
from vaxcert.corrections.feed.form import BadRow, parse_row, warnings_of
from vaxcert.corrections.run.model import Counts, NotAccepted, PersonRef, Run, RunState, add_counts
from vaxcert.corrections.run.progress import Ledger, PendingFollow, PendingLook, dry_run_of
from vaxcert.corrections.steps.applying import HANDFUL, WORKERS, ApplyRuns, Maker
from vaxcert.corrections.steps.brake import faults_of, is_bad
from vaxcert.corrections.steps.checking import part_of
from vaxcert.corrections.steps.store import last_dose
from vaxcert.corrections.steps.stretches import STRETCH, PartProgress, PartStream, take_through

READ_AT_ONCE = 100


class WeighProgress(PartProgress, Protocol):
    """Where the dry run keeps what it found."""

    def keep_look(self, sequence: Ledger, look: PendingLook, *, if_none: bool = False) -> None:
        """Keep that a person's certificate is touched."""
        ...

    def keep_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        """Keep that a certificate may have to follow an archive."""
        ...


class WeighForecast(Protocol):
    """Where archives are kept as the feed will leave them."""

    def keep(self, ledger: Ledger, archive: Archive) -> None:
        """Keep one, unless a higher version is kept."""
        ...


class WeighArchives(Protocol):
    """Archives as they stand."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist."""
        ...


class WeighCertificates(Protocol):
    """Certificates as they stand."""

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """Live certificates by record id."""
        ...


class Weighing:
    """Weighs parts of feeds whose form is good."""

    def __init__(
        self,
        *,
        runs: ApplyRuns,
        progress: WeighProgress,
        parts: PartStream,
        maker: Callable[[date], Maker],
        archives: WeighArchives,
        certificates: WeighCertificates,
        forecast: WeighForecast,
        adult_dose_from: date,
        workers: int = WORKERS,
        stretch: int = STRETCH,
    ) -> None:
        self._runs = runs
        self._progress = progress
        self._parts = parts
        self._maker = maker
        self._archives = archives
        self._certificates = certificates
        self._forecast = forecast
        self._adult_dose_from = adult_dose_from.isoformat()
        self._workers = workers
        self._stretch = stretch

    def weigh(
        self, owner: str, sequence: int, manifest_sha256: str, index: int, time_left: Callable[[], float]
    ) -> bool:
        """Weigh one part as it was pinned; False if time ran short (seconds by `time_left`) and another call has to go on.

        Raises NotAccepted for a feed that is not open, LeaseLost, Overtaken.
        """
        self._runs.renew(owner)
        run = self._runs.find(sequence)
        if run is None or run.manifest_sha256 != manifest_sha256 or run.state is RunState.REFUSED:
            raise NotAccepted("feed_not_open")
        if run.state is not RunState.OPEN:
            return True
        maker = self._maker(run.business_date)
        with ThreadPoolExecutor(self._workers, "weigh") as pool:
            return take_through(
                dry_run_of(run),
                part_of(run, index),
                lambda lines: self._weigh(lines, run, maker, pool),
                parts=self._parts,
                progress=self._progress,
                stretch=self._stretch,
                time_left=time_left,
            )

    def _weigh(self, lines: Sequence[bytes], run: Run, maker: Maker, pool: ThreadPoolExecutor) -> Counts:
        read = [parse_row(line, run.business_date) for line in lines]
        rows = [row for row in read if not isinstance(row, BadRow)]
        archives = chain.from_iterable(pool.map(maker.archives, batched(rows, HANDFUL, strict=False)))
        told = [
            (archive, warnings_of(row, run.business_date))
            for archive, row in zip(archives, rows, strict=True)
        ]
        counts: Counts = {}
        # Before the first feed is applied nothing stands that could be lost, and a whole register need not be looked up.
        standing = {} if run.sequence == 1 else self._standing([archive for archive, _ in told], counts, pool)
        newer = []
        for archive, warnings in told:
            stands = standing.get(archive.key)
            skipped = stands is not None and stands.version >= archive.version
            faults = faults_of(None if skipped else stands, archive)
            add_counts(counts, dict.fromkeys(faults, 1))
            if is_bad(warnings, faults):
                add_counts(counts, {"bad_numbers": 1})
            if not skipped:
                newer.append(archive)
        if run.sequence > 1:
            self._foresee(newer, standing, dry_run_of(run), counts, pool)
        return counts

    def _standing(
        self, archives: Iterable[Archive], counts: Counts, pool: ThreadPoolExecutor
    ) -> dict[str, Archive]:
        keys = list(dict.fromkeys(archive.key for archive in archives))
        add_counts(counts, {"dry_run_reads": len(keys)})
        found = pool.map(self._archives.archives, batched(keys, READ_AT_ONCE, strict=False))
        return {archive.key: archive for several in found for archive in several}

    def _foresee(
        self,
        newer: list[Archive],
        standing: dict[str, Archive],
        ledger: str,
        counts: Counts,
        pool: ThreadPoolExecutor,
    ) -> None:
        persons = [_persons(standing.get(archive.key), archive) for archive in newer]
        records = {ref.record_id for refs in persons for ref in refs}
        live = self._certificates.live(sorted(records))
        add_counts(counts, {"dry_run_reads": len(records) + len(live)})
        versions = Counter(archive.key for archive in newer)

        def keep(archive: Archive) -> None:
            stands = standing.get(archive.key)
            refs = _persons(stands, archive)
            claimed = [ref for ref in refs if ref.record_id in live]
            plain = self._is_plain(stands, archive)
            # Of most people nobody has claimed one, and where neither links nor standing change nothing follows from the row.
            if claimed or not plain or versions[archive.key] > 1:
                self._forecast.keep(ledger, archive)
            merged = archive.status is ArchiveStatus.MERGED
            if merged or len(refs) > 1:
                persons = tuple((ref.record_id, ref.person_key) for ref in refs)
                self._progress.keep_follow(
                    ledger, PendingFollow(archive.key, archive.version, persons, merged)
                )
            for ref in claimed:
                look = PendingLook(ref, {} if plain else None)
                self._progress.keep_look(ledger, look, if_none=plain)

        for _ in pool.map(keep, newer):
            pass

    def _is_plain(self, stands: Archive | None, archive: Archive) -> bool:
        """Whether the night will write the archive and look at no certificate because of it (`ArchiveWriter`)."""
        if stands is None or archive.status is ArchiveStatus.MERGED:
            return False
        sides = {last_dose(one) >= self._adult_dose_from for one in (stands, archive)}
        return stands.kin == archive.kin and len(sides) == 1


def _persons(stands: Archive | None, archive: Archive) -> tuple[PersonRef, ...]:
    """Whose the archive will be, and whose it is if that is another person."""
    refs = [PersonRef(archive.record_id, archive.person_key, archive.key)]
    if stands is not None and stands.record_id != archive.record_id:
        refs.append(PersonRef(stands.record_id, stands.person_key, stands.key))
    return tuple(refs)
