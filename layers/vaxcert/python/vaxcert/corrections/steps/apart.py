"""Archives held apart (D13), told to operators at the end of a night: how many, and which archive numbers to look up together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import batched, groupby
from typing import Protocol

from vaxcert.archives.model import Archive, Link
from vaxcert.archives.personal import Opener, archive_no_of
from vaxcert.archives.persons import CLINIC_SYSTEMS, joined
from vaxcert.claims.model import Certificate
from vaxcert.corrections.run.model import Counts, Run
from vaxcert.corrections.run.progress import Doubt

WORKERS = 8
"""Numbers looked at at once."""


class Doubts(Protocol):
    """Numbers that stand under several names."""

    def doubts(self) -> Iterator[Doubt]:
        """All of them, in the order of the numbers."""
        ...

    def drop_doubt(self, doubt: Doubt) -> None:
        """Forget one."""
        ...


class Archives(Protocol):
    """The reading half of archives."""

    def own_links(self, person_key: str) -> tuple[Link, ...]:
        """The archives of one identity number."""
        ...

    def archives(self, keys: Iterable[str]) -> tuple[Archive, ...]:
        """Those archives that exist."""
        ...


class LiveCertificates(Protocol):
    """Who has a certificate."""

    def live(self, record_ids: Iterable[str]) -> dict[str, Certificate]:
        """Live certificates by record id."""
        ...


class Reports(Protocol):
    """Where operators read."""

    def quarantine(self, key: str, lines: bytes) -> None:
        """Write a report."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the doubts: figures, those that are settled, and whether there was time for all."""

    figures: Counts
    settled: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One number: the doubts about it, and the archives that have to be looked at together, held apart or standing."""

    doubts: tuple[Doubt, ...]
    apart: int
    alone: int
    archives: tuple[Archive, ...]


class Apart:
    """Looks at every number in doubt, and writes the operators' object."""

    def __init__(
        self,
        *,
        doubts: Doubts,
        archives: Archives,
        certificates: LiveCertificates,
        reports: Reports,
        opener: Opener,
    ) -> None:
        self._doubts = doubts
        self._archives = archives
        self._certificates = certificates
        self._reports = reports
        self._opener = opener

    def tell(self, run: Run, hurry: Callable[[], bool]) -> Told | None:
        """`held_apart`: archives held apart now. `joined_nobody`: those of the feed's day that join nobody under their name.

        The object has one line for each number, with the archive numbers and nothing else: null where an archive has not been told of
        since its number is kept. None where there was no time for all. Nothing is forgotten here, so that asking again answers the same.
        """
        figures: Counts = {"held_apart": 0, "joined_nobody": 0}
        settled: list[Doubt] = []
        lines: list[str] = []
        numbers = (tuple(group) for _, group in groupby(self._doubts.doubts(), lambda one: one.person_key))
        with ThreadPoolExecutor(WORKERS, "apart") as pool:
            for some in batched(numbers, WORKERS * 8, strict=False):
                if hurry():
                    return None
                for case in pool.map(lambda doubts: self._case(doubts, run.business_date), some):
                    figures["held_apart"] += case.apart
                    figures["joined_nobody"] += case.alone
                    settled += (one for one in case.doubts if one.gone or not case.apart)
                    if case.apart:
                        lines.append(self._line(case.archives))
        if lines:
            self._reports.quarantine(report_key(run), ("\n".join(lines) + "\n").encode())
        return Told(figures, tuple(settled))

    def forget(self, told: Told) -> None:
        """Drop what is settled, once the figures are kept."""
        for doubt in told.settled:
            self._doubts.drop_doubt(doubt)

    def _case(self, doubts: Sequence[Doubt], day: date) -> _Case:
        first = doubts[0]
        keys = {link.archive_key for link in self._archives.own_links(first.person_key)}
        keys |= {doubt.gone for doubt in doubts if doubt.gone}
        found = self._archives.archives(sorted(keys))
        same = [archive for archive in found if archive.person_key == first.person_key]
        live = self._certificates.live([first.record_id]).get(first.record_id)
        told = joined(same, live.stands_on, live.holder) if live else joined(same)
        standing = (one for one in told.together if one.system in CLINIC_SYSTEMS)
        return _Case(
            tuple(doubts),
            len(told.apart),
            sum(archive.as_of == day for archive in told.alone),
            (*standing, *told.apart),
        )

    def _line(self, archives: Iterable[Archive]) -> str:
        return json.dumps({"archive_nos": [archive_no_of(self._opener, archive) for archive in archives]})


def report_key(run: Run) -> str:
    """Where the archives held apart after a night are told; the same night writes the same object again."""
    return f"held-apart/{run.business_date.isoformat()}/{run.sequence:09d}-{run.manifest_sha256[:12]}.ndjson"
