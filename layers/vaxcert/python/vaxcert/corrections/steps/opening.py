"""`open_feed`: the next feed in sequence, if its day is over and the province signed it (R38, D2, invariant 6)."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol

from vaxcert.aws.clock import SHANGHAI, Clock, shanghai_date
from vaxcert.corrections.feed.bucket import Document, TooBig
from vaxcert.corrections.feed.form import LARGEST_MANIFEST, parse_manifest
from vaxcert.corrections.feed.model import FeedRefused, Manifest
from vaxcert.corrections.feed.signature import LONGEST_SIGNATURE, FeedKey
from vaxcert.corrections.run.model import AsOf, PinnedPart, Run, RunState, require_next
from vaxcert.corrections.steps.rejudging import Segment

OVERDUE_FROM = time(6)
"""What was recorded yesterday is visible by 06:00 (D2)."""
PINNERS = 16
"""Parts looked up at once."""
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.jws"


class Arrivals(Protocol):
    """What `open_feed` asks of the feed bucket."""

    def dates_after(self, last: date | None) -> list[date]:
        """The dates with a folder, after `last`, ascending."""
        ...

    def read(self, key: str, at_most: int) -> Document | None:
        """A small object, or None; raises TooBig."""
        ...

    def pin(self, key: str) -> str | None:
        """The version id of an object as it stands, or None."""
        ...


class Openings(Protocol):
    """What `open_feed` asks of the run record."""

    def acquire(self, owner: str) -> bool:
        """Take or keep the lease."""
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

    def open(self, manifest: Manifest, parts: tuple[PinnedPart, ...]) -> Run:
        """Write down a feed to be checked."""
        ...

    def refuse(self, sequence: int, reason: str) -> None:
        """Write down why a feed is not taken."""
        ...


class Rules(Protocol):
    """Whether everything that stands has been judged by the rules in force (`vaxcert.corrections.steps.rejudging.Segments`)."""

    def pending(self) -> tuple[Segment, ...]:
        """What is to be gone through first."""
        ...

    def all_done(self) -> None:
        """Nothing of before stands."""
        ...


class Idle(StrEnum):
    """Why there is nothing to do."""

    UP_TO_DATE = "up_to_date"
    NOT_YET = "not_yet"  # a feed lies there whose day is not over
    BUSY = "busy"  # another run is at work
    HELD = "held"  # the next feed waits for an operator's release (D14)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No feed to apply, and the run succeeds."""

    reason: Idle
    as_of: AsOf | None
    held: Run | None = None


@dataclass(frozen=True, slots=True)
class Rejudge:
    """Before the next feed these segments have to be gone through, with the lease that is held."""

    segments: tuple[Segment, ...]


def days_missing(as_of: AsOf | None, now: datetime) -> int:
    """How many days' feeds are overdue at `now`: yesterday's from 06:00 in Shanghai on (D2), earlier ones at any hour.

    Before the first feed nothing is overdue.
    """
    if as_of is None:
        return 0
    behind = (shanghai_date(now) - as_of.business_date).days - 1
    late = now.astimezone(SHANGHAI).time() >= OVERDUE_FROM
    return max(0, behind if late or behind > 1 else 0)


class Opening:
    """Opens one feed after another."""

    def __init__(self, runs: Openings, rules: Rules, arrivals: Arrivals, key: FeedKey, clock: Clock) -> None:
        self._runs = runs
        self._rules = rules
        self._arrivals = arrivals
        self._key = key
        self._clock = clock

    def next(self, owner: str) -> Run | Nothing | Rejudge:
        """The next feed, pinned and written down, with the lease held for `owner`.

        A feed that was judged good already is answered as it was pinned then, whatever lies in the bucket now; one that is held
        is left alone until it is released or its manifest replaced (D14). Raises FeedRefused, having written the reason down and
        given the lease up.
        """
        if not self._runs.acquire(owner):
            return Nothing(Idle.BUSY, self._runs.as_of())
        as_of = self._runs.as_of()
        sequence = 1 if as_of is None else as_of.sequence + 1
        begun = self._runs.find(sequence)
        if as_of is None and begun is None:
            self._rules.all_done()  # a new register: nothing stands yet
        elif pending := self._rules.pending():
            return Rejudge(pending)
        if begun is not None and begun.state is RunState.ACCEPTED:
            return begun
        try:
            found = self._find(as_of, begun if begun is not None and begun.state is RunState.HELD else None)
        except FeedRefused as refused:
            self._runs.refuse(sequence, refused.code)
            self._runs.release(owner)
            raise
        if isinstance(found, Nothing):
            self._runs.release(owner)
        return found

    def as_of(self) -> AsOf | None:
        """The last feed applied."""
        return self._runs.as_of()

    def _find(self, as_of: AsOf | None, held: Run | None) -> Run | Nothing:
        if as_of is not None:
            self._require_unchanged(as_of)
        today = shanghai_date(self._clock())
        dates = self._arrivals.dates_after(as_of.business_date if as_of else None)
        for day in dates:
            if day >= today:  # recorded on a day that is not over: to be seen tomorrow (D2)
                return Nothing(Idle.NOT_YET if held is None else Idle.HELD, as_of, held)
            document = self._read(f"{day.isoformat()}/{MANIFEST}", LARGEST_MANIFEST)
            if document is None:  # the manifest is uploaded last
                continue
            if held is not None and hashlib.sha256(document.content).hexdigest() == held.manifest_sha256:
                break
            return self._open(day, document, as_of)
        return Nothing(Idle.UP_TO_DATE if held is None else Idle.HELD, as_of, held)

    def _open(self, day: date, document: Document, as_of: AsOf | None) -> Run:
        signature = self._read(f"{day.isoformat()}/{SIGNATURE}", LONGEST_SIGNATURE)
        if signature is None:
            raise FeedRefused("signature_missing")
        self._key.verify(signature.content, document.content)
        manifest = parse_manifest(document.content)
        require_next(manifest, day, as_of)
        keys = [f"{day.isoformat()}/{part.name}" for part in manifest.parts]
        with ThreadPoolExecutor(
            PINNERS, "pin"
        ) as pool:  # a thousand parts one after another would outlast the function
            versions = list(pool.map(self._arrivals.pin, keys))
        if None in versions:
            raise FeedRefused("part_missing")
        pinned = tuple(
            PinnedPart(part.index, key, str(version_id), part.rows, part.sha256)
            for part, key, version_id in zip(manifest.parts, keys, versions, strict=True)
        )
        return self._runs.open(manifest, pinned)

    def _require_unchanged(self, as_of: AsOf) -> None:
        """The feed applied last must still say what it said: another content under its number is a fork."""
        document = self._read(f"{as_of.business_date.isoformat()}/{MANIFEST}", LARGEST_MANIFEST)
        if document is not None and hashlib.sha256(document.content).hexdigest() != as_of.manifest_sha256:
            raise FeedRefused("applied_feed_changed")

    def _read(self, key: str, at_most: int) -> Document | None:
        try:
            return self._arrivals.read(key, at_most)
        except TooBig:
            raise FeedRefused("manifest_malformed") from None
