"""`apply_corrections`: the rows of a judged feed become archives, and certificates follow (R37, R38, D5).

A part is applied in stretches. A stretch is written by several threads, then it is kept whose certificates it touches, then
progress is; whatever is interrupted is done again from the last stretch kept, and comes to the same end. The certificates
themselves change when the feed is closed: by a feed half applied, one would be closed for good because of a row that a later
one corrects, and which row comes first is chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import batched, chain
from typing import Protocol

from vaxcert.archives.model import GONE, Archive, ArchiveStatus, Clinic, Link
from vaxcert.aws.partiql import MOST
from vaxcert.clinics.ports import KnownClinic
from vaxcert.corrections.feed.form import BadRow, Row, parse_row
from vaxcert.corrections.run.model import (
    Counts,
    NotAccepted,
    PersonRef,
    PinnedPart,
    Run,
    RunState,
    add_counts,
)
from vaxcert.corrections.run.progress import Doubt, PendingLook
from vaxcert.corrections.steps.checking import part_of
from vaxcert.corrections.steps.model import Fate, Written
from vaxcert.corrections.steps.stretches import STRETCH, PartProgress, PartStream, take_through

WORKERS = 5
HANDFUL = 2 * MOST
"""Rows that a thread takes at once: whole batches, and two turns of each thread a stretch."""
_NEW_TO_ITS_PERSON = frozenset({Fate.INSERTED, Fate.RELINKED, Fate.EARLIER})
"""Fates of rows that may have brought a name to a number: `EARLIER` may have been interrupted before it was asked."""


class ApplyRuns(Protocol):
    """What `apply_corrections` asks of the run record."""

    def renew(self, owner: str) -> None:
        """Keep the lease; raises LeaseLost."""
        ...

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number."""
        ...


class Progresses(PartProgress, Protocol):
    """Where progress is kept."""

    def is_flawless(self, sequence: int, part: PinnedPart) -> bool:
        """Whether the check of the part found every row good."""
        ...

    def keep_look(self, sequence: int, look: PendingLook) -> None:
        """Keep that a person's certificate has to be looked at."""
        ...

    def keep_doubt(self, doubt: Doubt) -> None:
        """Keep that a number stands under several names."""
        ...


class Writer(Protocol):
    """Where archives are written."""

    def write_all(self, archives: Iterable[Archive], sequence: int) -> list[Written]:
        """Store each archive unless it stands at this version or a higher one; what became of each, in order."""
        ...


class Maker(Protocol):
    """Makes archives of rows."""

    def archives(self, rows: Iterable[Row]) -> list[Archive]:
        """The archives that the rows state, in their order."""
        ...


class Numbers(Protocol):
    """Which archives share a number."""

    def own_links_of(self, person_keys: Collection[str]) -> tuple[Link, ...]:
        """The archives of several identity numbers, in no order."""
        ...


class Holders(Protocol):
    """Who has a certificate."""

    def claimed(self, touched: Iterable[PersonRef]) -> tuple[PersonRef, ...]:
        """Those of `touched` who have a live certificate."""
        ...


class ClinicNames(Protocol):
    """Where it is told which clinics there are."""

    def tell(self, clinic: KnownClinic, as_of: date) -> None:
        """There is this clinic, as the feed of a day names it."""
        ...


class Applying:
    """Applies parts of feeds that have been judged good."""

    def __init__(
        self,
        *,
        runs: ApplyRuns,
        progress: Progresses,
        parts: PartStream,
        maker: Callable[[date], Maker],
        writer: Writer,
        numbers: Numbers,
        keeper: Holders,
        clinics: ClinicNames,
        workers: int = WORKERS,
        stretch: int = STRETCH,
    ) -> None:
        self._runs = runs
        self._progress = progress
        self._parts = parts
        self._maker = maker
        self._writer = writer
        self._numbers = numbers
        self._keeper = keeper
        self._clinics = clinics
        self._workers = workers
        self._stretch = stretch

    def apply(
        self, owner: str, sequence: int, manifest_sha256: str, index: int, time_left: Callable[[], float]
    ) -> bool:
        """Apply one part as it was pinned; False where time ran short (seconds by `time_left`) and another call has to go on.

        Raises NotAccepted for a feed that was not judged good, LeaseLost, Overtaken.
        """
        self._runs.renew(owner)
        run = self._runs.find(sequence)
        if run is None or run.manifest_sha256 != manifest_sha256:
            raise NotAccepted
        if run.state is RunState.APPLIED:
            return True
        if run.state is not RunState.ACCEPTED:
            raise NotAccepted
        part, maker = part_of(run, index), self._maker(run.business_date)
        judged = self._progress.is_flawless(sequence, part)
        read = partial(parse_row, business_date=run.business_date, judged=judged)
        told: set[KnownClinic] = set()
        with ThreadPoolExecutor(self._workers, "apply") as pool:
            return take_through(
                sequence,
                part,
                lambda lines: self._apply(lines, run, read, maker, pool, told),
                parts=self._parts,
                progress=self._progress,
                stretch=self._stretch,
                time_left=time_left,
            )

    def _apply(
        self,
        stretch: Iterable[bytes],
        run: Run,
        read: Callable[[bytes], Row | BadRow],
        maker: Maker,
        pool: ThreadPoolExecutor,
        told: set[KnownClinic],
    ) -> Counts:
        """Apply a stretch; `told` are the clinics that this call has told of already."""

        def handful(lines: Iterable[bytes]) -> tuple[int, list[tuple[Archive, Written]]]:
            """How many lines are bad, and what became of the archives of the others."""
            # First all are read, then all are written: turn by turn each would find a cold cache, which costs a sixth.
            rows = [read(line) for line in lines]
            good = maker.archives(row for row in rows if not isinstance(row, BadRow))
            written = self._writer.write_all(good, run.sequence)
            return len(rows) - len(good), list(zip(good, written, strict=True))

        counts: Counts = {}
        caring: set[Clinic] = set()
        new: list[Archive] = []
        touched: list[PersonRef] = []
        for bad, done in pool.map(handful, batched(stretch, HANDFUL, strict=False)):
            add_counts(counts, {"bad": bad})
            add_counts(counts, Counter(written.fate.value for _, written in done))
            caring.update(archive.clinic for archive, _ in done if archive.status is ArchiveStatus.IN_CARE)
            new.extend(archive for archive, written in done if written.fate in _NEW_TO_ITS_PERSON)
            touched.extend(chain.from_iterable(written.touched for _, written in done))
        for _ in pool.map(self._doubt, batched(new, HANDFUL, strict=False)):
            pass
        named = {KnownClinic(one.code, one.name, one.city) for one in caring} - told
        for clinic in sorted(named, key=lambda one: (one.city, one.clinic_code, one.name)):
            self._clinics.tell(clinic, run.business_date)
        told |= named
        for _ in pool.map(
            lambda ref: self._progress.keep_look(run.sequence, PendingLook(ref)),
            self._keeper.claimed(touched),
        ):
            pass
        return counts

    def _doubt(self, archives: Iterable[Archive]) -> None:
        """Keep which of their numbers stand under another name too (D13); whether that is one person is asked at the feed's end."""
        numbered = [(archive, archive.person_key) for archive in archives if archive.person_key is not None]
        names: dict[str, dict[str, str | None]] = {person_key: {} for _, person_key in numbered}
        for link in self._numbers.own_links_of(names):
            names[link.subject][link.archive_key] = link.name_key
        for archive, person_key in numbered:
            others = {key: name for key, name in names[person_key].items() if key != archive.key}
            if any(name != archive.name_key for name in others.values()):
                gone = archive.key if archive.status in GONE else None
                self._progress.keep_doubt(Doubt(person_key, archive.record_id, gone))
