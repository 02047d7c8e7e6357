"""`close_feed`, once a feed is applied: let certificates follow, add it up and move "as of" on (D2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import batched, groupby
from typing import Protocol

from vaxcert.archives.model import Archive
from vaxcert.corrections.run.model import (
    AsOf,
    Counts,
    NotAccepted,
    PersonRef,
    Run,
    RunState,
    add_counts,
    require_complete,
)
from vaxcert.corrections.run.progress import WAITING, PendingFollow, PendingLook, Progress
from vaxcert.corrections.steps.apart import Told
from vaxcert.corrections.steps.model import Fate, FollowEnd, resolve_merge
from vaxcert.corrections.steps.stretches import RESERVE_SECONDS

WORKERS = 8
"""Certificates looked at at once: they are of different persons, and each waits for a few round trips."""
ROW_FATES = (*(fate.value for fate in Fate), "bad")


class CloseRuns(Protocol):
    """What `close_feed` asks of the run record."""

    def renew(self, owner: str) -> None:
        """Keep the lease; raises LeaseLost."""
        ...

    def release(self, owner: str) -> None:
        """Give the lease up."""
        ...

    def as_of(self) -> AsOf | None:
        """The last feed applied."""
        ...

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number."""
        ...

    def close(self, run: Run, before: AsOf | None, figures: Counts) -> None:
        """The feed is applied, and records are as of its day."""
        ...


class CloseProgress(Protocol):
    """What `close_feed` asks of parts and merges."""

    def progresses(self, sequence: int) -> dict[int, Progress]:
        """Where every part stands."""
        ...

    def follows(self, sequence: int | str) -> Iterator[PendingFollow]:
        """What is pending of a feed, or waiting, always in the same order."""
        ...

    def looks(self, sequence: int) -> Iterator[PendingLook]:
        """Whose certificates a feed touches."""
        ...

    def keep_look(self, sequence: int, look: PendingLook) -> None:
        """Keep what came of it."""
        ...

    def keep_follow(self, sequence: int | str, follow: PendingFollow) -> None:
        """Keep it as it stands now."""
        ...

    def drop_follow(self, sequence: int | str, follow: PendingFollow) -> None:
        """Forget it."""
        ...


class MergeArchives(Protocol):
    """The reading of archives."""

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist."""
        ...


class MergeSettler(Protocol):
    """Keeps certificates in step."""

    def settle(self, ref: PersonRef, *, follow: bool = False, survivor: Archive | None = None) -> Counts:
        """Bring a person's live certificate to where their archives say."""
        ...


class ApartTeller(Protocol):
    """Tells operators of archives held apart (`vaxcert.corrections.steps.apart.Apart`)."""

    def tell(self, run: Run, hurry: Callable[[], bool]) -> Told | None:
        """The figures; None where there was no time for all."""
        ...

    def forget(self, told: Told) -> None:
        """Drop what is settled."""
        ...


class Closing:
    """Closes feeds, each step of it repeatable."""

    def __init__(
        self,
        *,
        runs: CloseRuns,
        progress: CloseProgress,
        archives: MergeArchives,
        keeper: MergeSettler,
        apart: ApartTeller,
    ) -> None:
        self._runs = runs
        self._progress = progress
        self._archives = archives
        self._keeper = keeper
        self._apart = apart

    def close(
        self, owner: str, sequence: int, manifest_sha256: str, time_left: Callable[[], float]
    ) -> Counts | None:
        """The figures of the feed, now applied; None where time ran short among what is pending.

        Raises NotAccepted where a part is unfinished or rows are unaccounted for.
        """
        self._runs.renew(owner)
        run = self._run(sequence, manifest_sha256)
        if run.state not in {RunState.ACCEPTED, RunState.APPLIED}:
            raise NotAccepted
        if run.state is RunState.APPLIED:
            return dict(run.figures)
        figures = self._figures(run)
        if not self._resolve(sequence, time_left):
            return None
        told = self._apart.tell(run, lambda: time_left() < RESERVE_SECONDS)
        if told is None:
            return None
        figures |= self._outcomes(sequence) | told.figures
        self._runs.close(run, self._before(run), figures)
        self._apart.forget(told)
        return figures

    def abandon(self, owner: str) -> None:
        """Give the lease up after a failure, so that the next run need not wait for its end."""
        self._runs.release(owner)

    def _run(self, sequence: int, manifest_sha256: str) -> Run:
        run = self._runs.find(sequence)
        if run is None or run.manifest_sha256 != manifest_sha256:
            raise NotAccepted
        return run

    def _before(self, run: Run) -> AsOf | None:
        as_of = self._runs.as_of()
        if as_of is not None and as_of.sequence >= run.sequence:
            raise NotAccepted("feed_applied_already")
        return as_of

    def _figures(self, run: Run) -> Counts:
        progresses = self._progress.progresses(run.sequence)
        figures: Counts = {"rows": run.rows, **dict.fromkeys(ROW_FATES, 0)}
        for part in run.parts:
            progress = progresses.get(part.index)
            if progress is None or not progress.done or progress.lines != part.rows:
                raise NotAccepted("part_unfinished")
            add_counts(figures, progress.counts)
        require_complete(run, figures, ROW_FATES)
        return {**run.checked, **figures}

    def _resolve(self, sequence: int, time_left: Callable[[], float]) -> bool:
        """First whoever needs no other person's archive, several at once; then what follows, one after another, each outcome
        kept before the next: an interruption cannot change who comes first."""
        with ThreadPoolExecutor(WORKERS, "close") as pool:
            for looks in batched(self._progress.looks(sequence), WORKERS * 8, strict=False):
                if time_left() < RESERVE_SECONDS:
                    return False
                for _ in pool.map(lambda look: self._look(sequence, look), looks):
                    pass
        for follow in last_of_each(self._progress.follows(sequence)):
            if time_left() < RESERVE_SECONDS:
                return False
            if follow.outcome is None:
                self._bring(sequence, follow)
        for follow in self._progress.follows(WAITING):
            if time_left() < RESERVE_SECONDS:
                return False
            if bring(follow, self._archives, self._keeper)[0] is not FollowEnd.MISSING:
                self._progress.drop_follow(WAITING, follow)
        return True

    def _bring(self, sequence: int, follow: PendingFollow) -> None:
        end, deeds = bring(follow, self._archives, self._keeper)
        if end is FollowEnd.MISSING:
            self._progress.keep_follow(WAITING, follow)
        self._progress.keep_follow(sequence, replace(follow, outcome=end.value, deeds=deeds))

    def _look(self, sequence: int, look: PendingLook) -> None:
        if look.deeds is None:
            self._progress.keep_look(sequence, replace(look, deeds=self._keeper.settle(look.ref)))

    def _outcomes(self, sequence: int) -> Counts:
        counts: Counts = {}
        for look in self._progress.looks(sequence):
            add_counts(counts, look.deeds or {})
        for follow in self._progress.follows(sequence):
            if follow.outcome is not None:
                add_counts(counts, {follow.outcome: 1})
                add_counts(counts, follow.deeds)
        return counts


def bring(follow: PendingFollow, archives: MergeArchives, keeper: MergeSettler) -> tuple[FollowEnd, Counts]:
    """Let certificates follow one archive; where that ends, and what was done to them."""

    def read(key: str) -> Archive | None:
        found = archives.archives([key])
        return found[0] if found else None

    survivor = None
    end = FollowEnd.CORRECTED
    if follow.merged:
        outcome = resolve_merge(follow.archive_key, read)
        end, survivor = outcome.end, outcome.survivor
    deeds: Counts = {}
    persons = [*follow.persons]
    if survivor is not None:  # to whom a certificate may have followed just before an interruption
        persons.append((survivor.record_id, survivor.person_key))
    for record_id, person_key in dict.fromkeys(persons):
        ref = PersonRef(record_id, person_key, follow.archive_key)
        add_counts(deeds, keeper.settle(ref, follow=True, survivor=survivor))
    return end, deeds


def last_of_each(follows: Iterable[PendingFollow]) -> Iterator[PendingFollow]:
    """One for each archive, with everybody whose it was: a feed may tell of it several times, and which it tells first is chance."""
    for _, group in groupby(follows, key=lambda follow: follow.archive_key):
        versions = list(group)
        persons = dict.fromkeys(person for follow in reversed(versions) for person in follow.persons)
        yield replace(versions[-1], persons=tuple(persons))
