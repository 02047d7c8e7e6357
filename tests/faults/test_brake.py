"""The brake under faults (D14): nights are held and feeds refused where a plain reading of the text says so, and end alike.

`make prove` plays 1,000 histories and, of each kind of fault, 30; the default a handful.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.counts import PROVE, often, tell
from tests.faults.faults import Kind, Plan
from tests.faults.histories import history
from tests.faults.night import Cloud, rows_of
from tests.faults.playing import Limits, Operator, play

# What the brake decides does not hang on threads: `test_faults.py` has them.
pytestmark = [pytest.mark.timeout(7200 if PROVE else 300), pytest.mark.usefixtures("one_after_another")]
HISTORIES = often(20, 1000)
FAULTY = often(1, 30)
# Histories are small and full of odd numbers: limits that some of their nights exceed and most do not.
LIMITS = Limits(numbers=(60, 2), certificates=(40, 0))


_MOVED_TWICE = 193
"""A history in which a certificate that moved in a dry run is met again by what follows, after an interruption."""


def test_histories_are_held_and_refused_where_the_fold_says_so_d14() -> None:
    ends: Counter[str] = Counter()
    for seed in range(HISTORIES):
        operator = Operator(LIMITS)
        play(history(seed), Plan(), operator=operator)
        ends += operator.ends
    tell(f"the brake: {HISTORIES} histories, {dict(ends)}, 0 differences\n")
    assert min(ends["held"], ends["refused"]) >= HISTORIES / 20


# Each kind alone is to prove; on every change one that comes before the write, one that comes after it, and all of them mixed.
@pytest.mark.parametrize("kind", [*(Kind if PROVE else (Kind.THROTTLE, Kind.CRASH_AFTER)), None])
def test_every_distinct_call_fails_once_and_the_brake_decides_the_same_d14_invariant_4(
    kind: Kind | None,
) -> None:
    ends: Counter[str] = Counter()
    seeds = (*range(FAULTY), _MOVED_TWICE) if PROVE or kind is None else (_MOVED_TWICE,)
    for seed in seeds:
        operator = Operator(LIMITS)
        play(history(seed), Plan(kind=kind, every=True), operator=operator)
        ends += operator.ends
    tell(f"the brake, {kind or 'all kinds mixed'}: {len(seeds)} histories, {dict(ends)}\n")
    assert ends["held"] or ends["refused"]


def test_a_held_and_released_night_leaves_the_bytes_of_one_that_was_never_held_d14() -> None:
    """Every table, but the run record itself: who released it, and when."""
    held = 0
    for seed in range(HISTORIES):
        operator = Operator(LIMITS, takes=timedelta(0))  # else every hour in the tables would differ by it
        stopped, free = play(history(seed), Plan(), operator=operator), play(history(seed), Plan())
        held += operator.ends["held"]
        assert _everything(stopped) == _everything(free), seed
    assert held


def _everything(cloud: Cloud) -> Any:
    names = ("ArchivesTable", "KinshipTable", "CertificatesTable", "KeysTable", "FeedRunsTable")
    return {name: [_kept(place, item) for place, item in rows_of(cloud, name)] for name in names}


def _kept(place: tuple[str, str], item: dict[str, Any]) -> Any:
    if place[0] == "FEED":
        return place, item.get("business_date"), item.get("manifest_sha256")
    if place[0].startswith(("LOOK#", "FOLLOW#")) and place[0].count("#") > 1:
        return place  # the dry run's own: it stopped counting where the brake was sure
    return place, item
