"""Before a night: what a checked feed is refused for, and what its dry run looks at (invariant 6, D14)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from tests.unit.corrections.samples import (
    CHILD,
    DAY,
    MOTHER,
    SIBLING,
    Context,
    Night,
    dose,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.claims.model import DECEASED, Certificate
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import (
    NotAccepted,
    PartCheck,
    PinnedPart,
    Run,
    RunState,
    counts_of,
)
from vaxcert.corrections.steps.closing import WORKERS

PARTS = tuple(PinnedPart(index, f"p{index}", f"v{index}", 50, "0" * 64) for index in (1, 2))
GOOD = tuple(PartCheck(part.index, part.version_id, 50, 0, {"number_missing": 1}) for part in PARTS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"rows": 49}, "part_rows"),
        ({"rows": 51}, "part_rows"),
        ({"fault": "gzip"}, "part_gzip"),
        ({"bad": 5}, None),  # 5 % of a hundred
        ({"bad": 6}, "too_many_bad_rows"),
    ],
)
def test_invariant_6_a_feed_is_as_its_manifest_says_or_refused(
    changes: dict[str, Any], reason: str | None
) -> None:
    checks = {1: GOOD[0], 2: replace(GOOD[1], **changes)}
    run = Run(1, DAY, "f", "0" * 64, 100, PARTS, RunState.OPEN, {})
    if reason is None:
        bad = changes.get("bad", 0)
        assert counts_of(run, checks, 5) == {"rows": 100, "bad": bad, "number_missing": 2}
    else:
        with pytest.raises(FeedRefused, match=reason):
            counts_of(run, checks, 5)


@pytest.mark.parametrize("rows", [99, 101])
def test_invariant_6_a_feed_has_as_many_rows_as_its_parts(rows: int) -> None:
    run = Run(1, DAY, "f", "0" * 64, rows, PARTS, RunState.OPEN, {})
    with pytest.raises(FeedRefused, match="rows_mismatch"):
        counts_of(run, dict(enumerate(GOOD, start=1)), 5)


def _opened(night: Night) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    opened = night.open({"run": "run-1"}, Context())
    return {name: opened[name] for name in ("run", "sequence", "manifest_sha256")}, opened["parts"]


@pytest.mark.parametrize("phase", ["judge", "decide"])
@pytest.mark.parametrize("other", [{"sequence": 2}, {"manifest_sha256": "0" * 64}])
def test_invariant_6_a_feed_that_nobody_opened_or_another_manifest_is_not_judged(
    phase: str, other: dict[str, Any]
) -> None:
    night = fake_night()
    night.feed([row()])
    feed, parts = _opened(night)
    night.check({**feed, "part": parts[0]}, Context())
    with pytest.raises(NotAccepted):
        night.close({**feed, "phase": phase, **other}, Context())
    assert night.runs.records[1].state is RunState.OPEN


@pytest.mark.parametrize("phase", ["judge", "decide"])
@pytest.mark.parametrize("lease", ["held", "given up"])
@pytest.mark.parametrize(("reason", "told"), [("part_hash", "part_hash"), (None, "feed_refused")])
def test_invariant_6_a_repeated_step_says_again_why_the_feed_was_refused_and_keeps_no_lease(
    phase: str, lease: str, reason: str | None, told: str
) -> None:
    """The attempt before may have died between writing the reason down and giving the lease up, or before it could answer."""
    night = fake_night()
    night.feed([row()])
    feed, _ = _opened(night)
    night.runs.records[1] = replace(night.runs.records[1], state=RunState.REFUSED, reason=reason)
    if lease == "given up":
        night.runs.release("run-1")
    with pytest.raises(FeedRefused) as refused:
        night.close({**feed, "phase": phase}, Context())
    assert refused.value.code == told
    assert night.runs.lease is None


# ---- the dry run


def test_d14_what_waits_for_a_merge_of_an_earlier_feed_is_foreseen_too() -> None:
    night = fake_night()
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.settle([row("A1", 2, op="merge", into="Z9")])
    figures = night.settle([row("Z9", id_no=SIBLING, status="deceased")])
    after = night.certificates.by_id["c1"]
    assert (after.record_id, after.standing) == (record_of(SIBLING), DECEASED)
    assert (figures["certificates_touched"], figures["certificates_at_stake"]) == (0, 1)


def test_d14_a_row_by_which_nothing_can_change_is_weighed_without_a_look_at_its_certificate() -> None:
    """Of most rows only the doses are new: a look for each would cost the night more than its applying."""
    night = fake_night()
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    figures = night.settle([row("A1", 2, doses=[dose(), dose("2026-02-01", "d2")])])
    assert (figures["replaced"], figures["certificates_touched"]) == (1, 1)
    assert figures["dry_run_reads"] == 3  # the archive, whose it is, and the certificate


@pytest.mark.parametrize("threads", ["rehearse", "close"])
def test_d2_certificates_are_looked_at_side_by_side(threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for a few round trips: one after another, the looks of a large night would outlast it."""
    night = fake_night()
    numbers = [with_check_digit(f"32060020200102{n:03d}") for n in range(WORKERS)]
    night.settle([row(f"A{n}", id_no=number) for n, number in enumerate(numbers)])
    for n, number in enumerate(numbers):
        night.claim(record_of(number), subject(MOTHER), f"c{n}")
    found = night.certificates.live
    meeting = threading.Barrier(WORKERS)

    def live(record_ids: Iterable[str]) -> dict[str, Certificate]:
        if threading.current_thread().name.startswith(threads):
            meeting.wait(timeout=5)  # nobody goes on before all are there
        certificates: dict[str, Certificate] = found(record_ids)
        return certificates

    monkeypatch.setattr(night.certificates, "live", live)
    figures = night.settle([row(f"A{n}", 2, id_no=number, guardians=[]) for n, number in enumerate(numbers)])
    assert figures["certificates_at_stake"] == figures["certificates_suspended"] == WORKERS
