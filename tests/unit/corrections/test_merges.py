"""Where a merged archive leads: to one that stands, or to nobody (重卡)."""

from __future__ import annotations

import pytest

from tests.unit.corrections.samples import archive_key, archive_of, row
from vaxcert.archives.model import Archive
from vaxcert.corrections.steps.model import LONGEST_MERGE_CHAIN, FollowEnd, resolve_merge


class Register:
    """Archives by key, and which were read."""

    def __init__(self, *archives: Archive) -> None:
        self.by_key = {archive.key: archive for archive in archives}
        self.read: list[str] = []

    def __call__(self, key: str) -> Archive | None:
        self.read.append(key)
        return self.by_key.get(key)


def _merged(archive_no: str, into: str) -> Archive:
    return archive_of(row(archive_no, op="merge", into=into))


@pytest.mark.parametrize(
    ("archives", "end"),
    [
        ([], FollowEnd.UNDONE),
        ([archive_of(row("M0"))], FollowEnd.UNDONE),
        ([_merged("M0", "M1")], FollowEnd.MISSING),
        ([_merged("M0", "M1"), archive_of(row("M1", op="void"))], FollowEnd.GONE),
        ([_merged("M0", "M1"), archive_of(row("M1"))], FollowEnd.SURVIVOR),
        ([_merged("M0", "M1"), _merged("M1", "M0")], FollowEnd.CYCLE),
        ([_merged("M0", "M1"), _merged("M1", "M2"), _merged("M2", "M1")], FollowEnd.CYCLE),
    ],
)
def test_a_merge_ends_at_an_archive_that_stands_or_at_none_and_reads_each_once(
    archives: list[Archive], end: FollowEnd
) -> None:
    register = Register(*archives)
    found = resolve_merge(archive_key("M0"), register)
    assert found.end is end
    assert found.survivor == (archives[-1] if end is FollowEnd.SURVIVOR else None)
    assert len(register.read) == len(set(register.read))


@pytest.mark.parametrize(
    ("length", "end"),
    [(LONGEST_MERGE_CHAIN - 1, FollowEnd.SURVIVOR), (LONGEST_MERGE_CHAIN, FollowEnd.CYCLE)],
)
def test_a_chain_of_merges_is_followed_so_far_and_no_farther(length: int, end: FollowEnd) -> None:
    chain = [_merged(f"M{n}", f"M{n + 1}") for n in range(length)]
    register = Register(*chain, archive_of(row(f"M{length}")))
    assert resolve_merge(archive_key("M0"), register).end is end
