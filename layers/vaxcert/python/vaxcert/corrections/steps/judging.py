"""`close_feed`, before anything is applied: judge the checked feed, then decide by its dry run (invariant 6, D14).

What a night would do to certificates is found by letting the night's own code do it, over archives as the feed will leave them
and over certificates whose changes stay in memory (`vaxcert.corrections.steps.forecast`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import batched
from typing import Protocol

from vaxcert.aws.clock import Clock, shanghai_date
from vaxcert.claims.model import Certificate
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import (
    Counts,
    NotAccepted,
    PartCheck,
    PinnedPart,
    Run,
    RunState,
    add_counts,
    counts_of,
)
from vaxcert.corrections.run.progress import (
    WAITING,
    Ledger,
    PendingFollow,
    PendingLook,
    Progress,
    dry_run_of,
)
from vaxcert.corrections.steps.brake import LOST, TURNED_BAD, Brake, is_lost
from vaxcert.corrections.steps.closing import WORKERS, MergeSettler, bring, last_of_each
from vaxcert.corrections.steps.forecast import (
    Forecast,
    ForeseenArchives,
    ForeseenCertificates,
    Reads,
    StandingArchives,
    StandingCertificates,
)
from vaxcert.corrections.steps.stretches import RESERVE_SECONDS

WEIGHED = "weighed"


class JudgeRuns(Protocol):
    """What is asked of the run record."""

    def renew(self, owner: str) -> None:
        """Keep the lease; raises LeaseLost."""
        ...

    def release(self, owner: str) -> None:
        """Give the lease up."""
        ...

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number."""
        ...

    def refuse(self, sequence: int, reason: str) -> None:
        """Write down why a feed is not taken."""
        ...

    def accept(self, run: Run, figures: Counts, reasons: Counts) -> None:
        """The whole feed has been checked and weighed, and may be applied."""
        ...

    def hold(self, run: Run, figures: Counts, reasons: Counts) -> None:
        """The feed waits for an operator."""
        ...


class JudgeProgress(Protocol):
    """What checks and dry runs have kept."""

    def checks(self, sequence: int) -> dict[int, PartCheck]:
        """Every check, by part."""
        ...

    def progress(self, sequence: Ledger, part: PinnedPart) -> Progress:
        """Where the dry run of a part stands."""
        ...

    def looks(self, sequence: Ledger) -> Iterator[PendingLook]:
        """Whose certificates the feed touches."""
        ...

    def keep_look(self, sequence: Ledger, look: PendingLook) -> None:
        """Keep what would come of it."""
        ...

    def follows(self, sequence: Ledger) -> Iterator[PendingFollow]:
        """Archives whose certificates may have to follow."""
        ...

    def keep_follow(self, sequence: Ledger, follow: PendingFollow) -> None:
        """Keep what would come of it."""
        ...


type Keepers = Callable[[ForeseenArchives, ForeseenCertificates], MergeSettler]
"""Makes the night's own keeper of certificates over what is foreseen."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A feed's figures, and whether it waits for an operator."""

    held: bool
    figures: Mapping[str, int]


class Judging:
    """Judges feeds, each step of it repeatable."""

    def __init__(
        self,
        *,
        runs: JudgeRuns,
        progress: JudgeProgress,
        archives: StandingArchives,
        certificates: StandingCertificates,
        forecast: Forecast,
        keepers: Keepers,
        clock: Clock,
        adult_age: int,
        max_bad_rows_percent: int,
        brake: Brake,
    ) -> None:
        self._runs = runs
        self._progress = progress
        self._archives = archives
        self._certificates = certificates
        self._forecast = forecast
        self._keepers = keepers
        self._clock = clock
        self._adult_age = adult_age
        self._max_bad = max_bad_rows_percent
        self._brake = brake

    def judge(self, owner: str, sequence: int, manifest_sha256: str) -> Counts:
        """The figures of a feed that is as its manifest says. Raises FeedRefused, having written the reason down and given the
        lease up."""
        run = self._run(owner, sequence, manifest_sha256)
        with self._refusing(owner, run):
            return counts_of(run, self._progress.checks(sequence), self._max_bad)

    def decide(
        self, owner: str, sequence: int, manifest_sha256: str, time_left: Callable[[], float]
    ) -> Decision | None:
        """Whether a weighed feed is applied or waits, now written down; None if time ran short.

        Raises FeedRefused as `judge` does, NotAccepted where a part was not weighed.
        """
        run = self._run(owner, sequence, manifest_sha256)
        if run.state is not RunState.OPEN:
            return Decision(run.state is RunState.HELD, run.checked)
        checks = self._progress.checks(sequence)
        with self._refusing(owner, run):
            figures = counts_of(run, checks, self._max_bad) | self._weighed(run)
            if self._brake.numbers.exceeded_by(figures["bad_numbers"], run.rows):
                raise FeedRefused("too_many_bad_numbers")
        foreseen = self._foresee(run, time_left)
        if foreseen is None:
            return None
        add_counts(figures, foreseen)
        held = self._brake.certificates.exceeded_by(
            # One that waits for a merge of an earlier feed is touched, though no row is its person's.
            figures["certificates_at_stake"],
            max(figures["certificates_touched"], figures["certificates_at_stake"]),
        )
        reasons: Counts = {}
        for part in run.parts:
            add_counts(reasons, checks[part.index].reasons)
        write_down = self._runs.hold if held else self._runs.accept
        write_down(run, figures, dict(sorted(reasons.items(), key=lambda one: -one[1])))
        return Decision(held, figures)

    def _run(self, owner: str, sequence: int, manifest_sha256: str) -> Run:
        run = self._runs.find(sequence)
        if run is None or run.manifest_sha256 != manifest_sha256:
            raise NotAccepted
        if run.state is RunState.REFUSED:
            # By an earlier attempt that did not come to say so; it may have given the lease up.
            self._runs.release(owner)
            raise FeedRefused(run.reason)
        self._runs.renew(owner)
        return run

    @contextmanager
    def _refusing(self, owner: str, run: Run) -> Iterator[None]:
        try:
            yield
        except FeedRefused as refused:
            self._runs.refuse(run.sequence, refused.code)
            self._runs.release(owner)
            raise

    def _weighed(self, run: Run) -> Counts:
        figures: Counts = {"bad_numbers": 0, LOST: 0, TURNED_BAD: 0, "dry_run_reads": 0}
        for part in run.parts:
            progress = self._progress.progress(dry_run_of(run), part)
            if not progress.done or progress.lines != part.rows:
                raise NotAccepted("part_unweighed")
            add_counts(figures, progress.counts)
        return figures

    def _foresee(self, run: Run, time_left: Callable[[], float]) -> Counts | None:
        """How many certificates the night touches, and how many of them it would suspend or close: that many at least, since it
        stops counting where the brake is sure."""
        ledger = dry_run_of(run)
        touched, lost = 0, set[str]()
        for look in self._progress.looks(ledger):
            touched += 1
            lost.update(look.deeds or ())
        reads, today = Reads(), shanghai_date(self._clock())

        def counts(before: Certificate, after: Certificate) -> bool:
            return is_lost(before, after, today, self._adult_age)

        foreseen = ForeseenCertificates(self._certificates, reads, counts, lost)
        archives = ForeseenArchives(ledger, self._archives, self._forecast, reads)
        keeper = self._keepers(archives, foreseen)
        rehearsal = _Rehearsal(ledger, self._progress, archives, foreseen, keeper)
        for _ in rehearsal:
            if self._brake.certificates.exceeded_by(foreseen.lost, max(touched, foreseen.lost)):
                break
            if time_left() < RESERVE_SECONDS:
                return None
        return {
            "certificates_touched": touched,
            "certificates_at_stake": foreseen.lost,
            "dry_run_reads": reads.count,
        }


class _Rehearsal:
    """What `Closing` will do, in its order and by its means; iterating does it, piece by piece.

    What came of a look is kept by certificate, so that a call that goes on where another ended does not do it again. What follows is done
    again each time: a certificate that has moved in memory is what later ones meet. It is worked out from the archives, so a look that is
    not repeated is not missed.
    """

    def __init__(
        self,
        ledger: str,
        progress: JudgeProgress,
        archives: ForeseenArchives,
        certificates: ForeseenCertificates,
        keeper: MergeSettler,
    ) -> None:
        self._ledger = ledger
        self._progress = progress
        self._archives = archives
        self._certificates = certificates
        self._keeper = keeper

    def __iter__(self) -> Iterator[None]:
        with ThreadPoolExecutor(WORKERS, "rehearse") as pool:
            for looks in batched(self._progress.looks(self._ledger), WORKERS * 8, strict=False):
                for _ in pool.map(self._look, looks):
                    pass
                yield
        for follow in last_of_each(self._progress.follows(self._ledger)):
            bring(follow, self._archives, self._keeper)
            deeds = self._lost_of(record_id for record_id, _ in follow.persons)
            self._progress.keep_follow(self._ledger, replace(follow, outcome=WEIGHED, deeds=deeds))
            yield
        for follow in self._progress.follows(WAITING):
            bring(follow, self._archives, self._keeper)
            yield

    def _look(self, look: PendingLook) -> None:
        if look.deeds is None:
            self._keeper.settle(look.ref)
            deeds = self._lost_of([look.ref.record_id])
            self._progress.keep_look(self._ledger, replace(look, deeds=deeds))

    def _lost_of(self, record_ids: Iterable[str]) -> Counts:
        return {name: 1 for record_id in record_ids for name in sorted(self._certificates.lost_of(record_id))}
