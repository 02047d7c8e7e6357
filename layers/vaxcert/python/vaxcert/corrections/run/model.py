"""A feed's run as values: its parts, its record, when it is the next one, and what it was judged by (R38, D2, invariant 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vaxcert.corrections.feed.model import FeedRefused, Manifest
from vaxcert.errors import VaxcertError

type Counts = dict[str, int]


class LeaseLost(VaxcertError):
    """Another run has taken the night over, so this one must stop."""

    code = "lease_lost"


class NotAccepted(VaxcertError):
    """The step was asked to work on a feed that has not been judged, or on another one than was judged."""

    code = "feed_not_accepted"


class Overtaken(VaxcertError):
    """Another worker has moved the same part on in the meantime; trying again goes on from where that one stands."""

    code = "part_overtaken"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The last feed applied: records are as of its business date (D2)."""

    business_date: date
    sequence: int
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class PinnedPart:
    """A part nailed to one S3 version, so that what was checked is what is applied. `key` is the object's whole key."""

    index: int
    key: str
    version_id: str
    rows: int
    sha256: str


class RunState(StrEnum):
    """A feed's way through the night. Only an accepted feed touches archives, and it is never opened anew.

    A held one waits for an operator (D14): released it is accepted, replaced by another manifest it is opened anew.
    """

    OPEN = "open"
    REFUSED = "refused"
    HELD = "held"
    ACCEPTED = "accepted"
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Run:
    """The run record of one sequence number. `parts` are the pinned ones, `checked` the figures that it was judged by, `figures` those that it
    was closed with, `reason` why it was refused."""

    sequence: int
    business_date: date
    feed_id: str
    manifest_sha256: str
    rows: int
    parts: tuple[PinnedPart, ...]
    state: RunState
    checked: Mapping[str, int]
    figures: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PartCheck:
    """What `check_part` found. `fault` makes the feed unfit; `bad` and `warnings` count rows, `reasons` the bad ones by reason."""

    index: int
    version_id: str
    rows: int
    bad: int
    warnings: Mapping[str, int]
    fault: str | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person whose certificate may have to change. `archive_key` is the archive that made us look."""

    record_id: str
    person_key: str | None
    archive_key: str


def require_next(manifest: Manifest, found_at: date, as_of: AsOf | None) -> None:
    """Refuse a manifest that is not the one after `as_of`, or that lies under another date than its own.

    A repeated number is a fork (that of the same content is never looked at: it lies at a date already applied), a higher
    one a gap.
    """
    if manifest.business_date != found_at:
        raise FeedRefused("business_date_mismatch")
    expected = 1 if as_of is None else as_of.sequence + 1
    if manifest.sequence < expected:
        raise FeedRefused("sequence_repeated")
    if manifest.sequence > expected:
        raise FeedRefused("sequence_gap")
    if as_of is not None and manifest.business_date <= as_of.business_date:
        raise FeedRefused("business_date_repeated")
    if manifest.previous != (None if as_of is None else as_of.manifest_sha256):
        raise FeedRefused("chain_broken")


def counts_of(run: Run, checks: Mapping[int, PartCheck], max_bad_percent: int) -> Counts:
    """The feed's figures where it may be applied; raises FeedRefused otherwise, NotAccepted where a part is unchecked.

    A check of another version than the pinned one is of an earlier attempt and counts for nothing.
    """
    total: Counts = {"rows": 0, "bad": 0}
    for part in run.parts:
        check = checks.get(part.index)
        if check is None or check.version_id != part.version_id:
            raise NotAccepted("part_unchecked")
        if check.fault is not None:
            raise FeedRefused(f"part_{check.fault}")
        if check.rows != part.rows:
            raise FeedRefused("part_rows")
        add_counts(total, {"rows": check.rows, "bad": check.bad, **check.warnings})
    if total["rows"] != run.rows:
        raise FeedRefused("rows_mismatch")
    if total["bad"] * 100 > max_bad_percent * total["rows"]:
        raise FeedRefused("too_many_bad_rows")
    return total


def add_counts(total: Counts, more: Mapping[str, int]) -> None:
    """Add `more` to `total`, name by name."""
    for name, count in more.items():
        total[name] = total.get(name, 0) + count


def require_complete(run: Run, figures: Mapping[str, int], fates: Iterable[str]) -> None:
    """Refuse to close a run whose rows are not all accounted for: each has one fate, and as many are bad as were judged."""
    accounted = sum(figures.get(fate, 0) for fate in fates)
    if accounted != run.rows or figures.get("bad", 0) != run.checked.get("bad", 0):
        raise NotAccepted("counts_do_not_add_up")
