"""What becomes of a row and of a merged archive (invariant 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from vaxcert.archives.model import GONE, Archive, ArchiveStatus
from vaxcert.corrections.run.model import PersonRef

LONGEST_MERGE_CHAIN = 32


class Fate(StrEnum):
    """What became of a row that had its form. With the bad ones, every row has exactly one fate."""

    INSERTED = "inserted"
    REPLACED = "replaced"
    RELINKED = "relinked"
    SKIPPED = "skipped"  # the archive stands at this version or a higher one
    EARLIER = "earlier"  # this very feed brought it, before a run was interrupted


@dataclass(frozen=True, slots=True)
class Written:
    """The fate of a row, and whose certificates have to be looked at because of it."""

    fate: Fate
    touched: tuple[PersonRef, ...] = ()


class FollowEnd(StrEnum):
    """Where a merged archive (重卡) leads, or that an archive became another person's."""

    SURVIVOR = "merges_followed"
    MISSING = "merges_without_target"
    GONE = "merges_into_void"
    CYCLE = "merges_in_a_circle"
    UNDONE = "merges_undone"
    CORRECTED = "persons_corrected"


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """How a merge ends, and the archive that survives where there is one."""

    end: FollowEnd
    survivor: Archive | None = None


def resolve_merge(key: str, read: Callable[[str], Archive | None]) -> MergeOutcome:
    """Follow `into` from the merged archive `key` until an archive that stands. A chain that comes back to itself is refused."""
    archive = read(key)
    if archive is None or archive.status is not ArchiveStatus.MERGED:
        return MergeOutcome(FollowEnd.UNDONE)
    seen = {key}
    for _ in range(LONGEST_MERGE_CHAIN):
        following = archive.merged_into
        if following is None:
            gone = archive.status in GONE
            return MergeOutcome(FollowEnd.GONE) if gone else MergeOutcome(FollowEnd.SURVIVOR, archive)
        if following in seen:
            break
        seen.add(following)
        target = read(following)
        if target is None:
            return MergeOutcome(FollowEnd.MISSING)
        archive = target
    return MergeOutcome(FollowEnd.CYCLE)
