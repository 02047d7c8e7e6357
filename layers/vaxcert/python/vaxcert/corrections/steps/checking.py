"""`check_part`: hash, number and form of a part's rows, before anything of the feed is applied (invariant 6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Protocol

from vaxcert.corrections.feed.form import LONGEST_LINE, BadRow, parse_row, warnings_of
from vaxcert.corrections.feed.part import BrokenPart, PartLines
from vaxcert.corrections.run.model import (
    Counts,
    NotAccepted,
    PartCheck,
    PinnedPart,
    Run,
    RunState,
    add_counts,
)

MOST_REPORTED = 10_000
"""Bad rows written out per part: enough to find the fault, and a bound on memory."""

MOST_REASONS = 50
"""Different reasons counted per part; the rest are `other`."""


class Parts(Protocol):
    """What `check_part` asks of the bucket."""

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        """One version of an object, in pieces."""
        ...

    def quarantine(self, key: str, lines: bytes) -> None:
        """Write a part's report."""
        ...


class CheckRuns(Protocol):
    """What `check_part` asks of the run record."""

    def renew(self, owner: str) -> None:
        """Keep the lease; raises LeaseLost."""
        ...

    def find(self, sequence: int) -> Run | None:
        """The record of a sequence number."""
        ...


class Checks(Protocol):
    """Where checks are kept."""

    def put_check(self, sequence: int, check: PartCheck) -> None:
        """Keep what a check found."""
        ...


class Checking:
    """Checks parts, each on its own."""

    def __init__(self, runs: CheckRuns, checks: Checks, parts: Parts) -> None:
        self._runs = runs
        self._checks = checks
        self._parts = parts

    def check(self, owner: str, sequence: int, manifest_sha256: str, index: int) -> PartCheck:
        """Check one part as it was pinned, keep what was found, write its bad rows to quarantine.

        Raises LeaseLost, or NotAccepted where another feed is open under that number.
        """
        self._runs.renew(owner)
        run = self._runs.find(sequence)
        if run is None or run.manifest_sha256 != manifest_sha256 or run.state is RunState.REFUSED:
            raise NotAccepted("feed_not_open")
        part = part_of(run, index)
        report = _Report()
        check = self._read(part, run.business_date, report)
        if report.lines:
            self._parts.quarantine(quarantine_key(run, part), report.content())
        self._checks.put_check(sequence, check)
        return check

    def _read(self, part: PinnedPart, business_date: date, report: _Report) -> PartCheck:
        lines = PartLines(self._parts.stream(part.key, part.version_id), LONGEST_LINE)
        rows = bad = 0
        warnings: Counts = {}
        fault = None
        try:
            for rows, line in enumerate(lines, start=1):
                if rows > part.rows:  # a bomb of lines would keep us until the function's end
                    lines.drain()
                    break
                row = parse_row(line, business_date)
                if isinstance(row, BadRow):
                    bad += 1
                    report.add(rows, row)
                else:
                    add_counts(warnings, warnings_of(row, business_date))
        except BrokenPart as broken:
            fault = broken.code
        if lines.sha256 != part.sha256:
            fault = "hash"
        elif fault is None and rows != part.rows:
            fault = "rows"
        return PartCheck(part.index, part.version_id, rows, bad, warnings, fault, report.reasons)


class _Report:
    """The quarantine object: line, reason, archive number. Never the row, which is somebody's health data."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reasons: Counts = {}

    def add(self, line: int, row: BadRow) -> None:
        known = row.reason in self.reasons or len(self.reasons) < MOST_REASONS
        add_counts(self.reasons, {row.reason if known else "other": 1})
        if len(self.lines) < MOST_REPORTED:
            entry = {"line": line, "reason": row.reason, "archive_no": row.archive_no}
            self.lines.append(json.dumps(entry))

    def content(self) -> bytes:
        return ("\n".join(self.lines) + "\n").encode()


def part_of(run: Run, index: int) -> PinnedPart:
    """A part of the run as it was pinned. Raises NotAccepted for an index that the feed does not have."""
    if not 1 <= index <= len(run.parts):
        raise NotAccepted("part_unknown")
    return run.parts[index - 1]


def quarantine_key(run: Run, part: PinnedPart) -> str:
    """Where a part's bad rows are reported; the manifest's digest keeps a replaced feed's report apart."""
    return (
        f"quarantine/{run.business_date.isoformat()}/{run.sequence:09d}-{run.manifest_sha256[:12]}"
        f"/part-{part.index:05d}.ndjson"
    )
