"""Before a night: what a checked feed is refused for, and what its dry run looks at (invariant 6, D14)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from local.demo.numbers import with_check_digit
from tests.fakes.clients import stands_in
from tests.unit.corrections.samples import (
    CHILD,
    DAY,
    MOTHER,
    OFF,
    SIBLING,
    Context,
    Night,
    archive_key,
    dose,
    fake_night,
    guardian,
    record_of,
    row,
    subject,
)
from vaxcert.claims.model import ACTIVE, DECEASED, Certificate
from vaxcert.corrections.feed.model import FeedRefused
from vaxcert.corrections.run.model import (
    NotAccepted,
    PartCheck,
    PinnedPart,
    Run,
    RunState,
    counts_of,
)
from vaxcert.corrections.run.progress import WAITING, Progress, dry_run_of
from vaxcert.corrections.steps.brake import Brake, Limit
from vaxcert.corrections.steps.closing import WORKERS
from vaxcert.corrections.steps.releasing import NotHeld, Releasing

TIGHT = Brake(Limit(100, 0), Limit(0, 0))
"""A night is held for one certificate."""
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
def test_invariant_6_a_repeated_step_says_again_why_the_feed_was_refused_and_keeps_no_lease(
    phase: str, lease: str
) -> None:
    """The attempt before may have died between writing the reason down and giving the lease up, or before it could answer."""
    night = fake_night()
    night.feed([row()])
    feed, _ = _opened(night)
    night.runs.refuse(1, "part_hash")
    if lease == "given up":
        night.runs.release("run-1")
    with pytest.raises(FeedRefused, match="part_hash"):
        night.close({**feed, "phase": phase}, Context())
    assert night.runs.lease is None


@pytest.mark.parametrize("stands", [Progress(1, {}), Progress(0, {}, done=True), Progress(2, {}, done=True)])
def test_d14_a_feed_is_not_decided_by_a_dry_run_that_is_not_of_all_its_rows(stands: Progress) -> None:
    night = fake_night()
    night.feed([row()])
    feed, parts = _opened(night)
    night.check({**feed, "part": parts[0]}, Context())
    run = night.runs.records[1]
    night.progress.advance(dry_run_of(run), run.parts[0], Progress(0, {}), stands)
    with pytest.raises(NotAccepted, match="part_unweighed"):
        night.close({**feed, "phase": "decide"}, Context())


def _one_that_is_lost(brake: Brake) -> tuple[Night, dict[str, Any]]:
    """A night that would suspend the one certificate there is, weighed and decided."""
    night = fake_night(brake=brake)
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.feed([row("A1", 2, guardians=[])])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    return night, feed


def test_d14_a_decision_is_not_taken_again_though_the_feed_was_released_meanwhile() -> None:
    night, feed = _one_that_is_lost(TIGHT)
    decide = {**feed, "phase": "decide"}
    held = night.close(decide, Context())
    assert (held["status"], held["figures"]["certificates_at_stake"]) == ("held", 1)
    night.releasing.release(feed["manifest_sha256"], "officer-7", "confirmed by the province")
    released = night.close(decide, Context())
    assert (released["status"], released["figures"]) == ("accepted", held["figures"])


def test_d14_a_release_is_not_told_of_a_feed_that_was_replaced_in_that_very_moment() -> None:
    """What goes on by itself is another manifest than the operator has looked at."""
    night, feed = _one_that_is_lost(TIGHT)
    held = night.runs.records[2]
    records = iter([held, replace(held, manifest_sha256="0" * 64, state=RunState.ACCEPTED)])
    runs = SimpleNamespace(
        as_of=night.runs.as_of, find=lambda _sequence: next(records), unhold=lambda *_: False
    )
    with pytest.raises(NotHeld, match="feed 2 is accepted"):
        Releasing(stands_in(runs)).release(feed["manifest_sha256"], "officer-7", "confirmed by the province")


def test_d14_a_held_feed_is_opened_anew_where_its_manifest_is_another_and_left_alone_where_it_is_not() -> (
    None
):
    night, feed = _one_that_is_lost(TIGHT)
    (told,) = night.run()
    assert (told["reason"], told["manifest_sha256"]) == ("held", feed["manifest_sha256"])
    day, before = night.runs.records[2].business_date, night.runs.records[1].manifest_sha256
    night.feed([row("A1", 2)], day=day, sequence=2, previous=before)
    assert night.run()[-2]["status"] == "applied"
    assert night.certificates.by_id["c1"].standing == ACTIVE


def test_d14_a_night_is_held_though_its_manifest_was_taken_away_and_the_day_after_is_not_over() -> None:
    night, _ = _one_that_is_lost(TIGHT)
    night.bucket.remove("2026-03-02/manifest.json")
    now = night.clock.now
    night.feed([row("A1", 3)], day=date(2026, 3, 3), sequence=3)
    night.clock.now = now
    (told,) = night.run()
    assert told["reason"] == "held"


def test_invariant_6_a_second_feed_too_goes_on_as_it_was_accepted() -> None:
    night, feed = _one_that_is_lost(OFF)
    assert night.runs.records[2].state is RunState.ACCEPTED
    again = night.open({"run": "run-1"}, Context())
    assert (again["accepted"], again["manifest_sha256"]) == (True, feed["manifest_sha256"])


# ---- the dry run


def test_d14_a_number_that_is_lost_or_turns_bad_is_counted_once_for_its_row() -> None:
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING), row("C1", id_no=None)])
    figures = night.settle(
        [
            row("A1", 2, id_no=None, guardians=[guardian(None)]),
            row("B1", 2, id_no="1234"),
            row("C1", 2, id_no=None, guardians=[guardian("1234")]),
        ]
    )
    assert (figures["numbers_lost"], figures["numbers_turned_bad"], figures["bad_numbers"]) == (1, 2, 3)


def test_d14_a_dry_run_ends_where_the_brake_is_sure() -> None:
    night = fake_night(brake=TIGHT)
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.claim(record_of(SIBLING), subject(MOTHER), "c2")
    night.feed([row("A1", 2, op="merge", into="Z8"), row("B1", 2, op="merge", into="Z9")])
    assert night.run()[-1]["reason"] == "held"
    assert night.runs.records[2].checked["certificates_at_stake"] == 1


def test_d14_an_operator_finds_which_certificates_are_at_stake_and_by_which_archives() -> None:
    """Step 2 of the runbook for a held night."""
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.claim(record_of(SIBLING), subject(MOTHER), "c2")
    night.settle([row("A1", 2, op="merge", into="Z9"), row("B1", 2, id_no=SIBLING, guardians=[])])
    ledger = f"000000002#{night.runs.records[2].manifest_sha256[:16]}"
    assert [(one.ref.archive_key, one.deeds) for one in night.progress.looks(ledger) if one.deeds] == [
        (archive_key("B1"), {"c2": 1})
    ]
    assert [(one.archive_key, one.deeds) for one in night.progress.follows(ledger) if one.deeds] == [
        (archive_key("A1"), {"c1": 1})
    ]


def test_d14_what_a_dry_run_has_looked_at_it_does_not_look_at_again() -> None:
    night, feed = _one_that_is_lost(OFF)
    run = replace(night.runs.records[2], state=RunState.OPEN)
    (look,) = night.progress.looks(dry_run_of(run))
    assert look.deeds == {"c1": 1}  # lost, as it stands
    night.runs.records[2] = run
    decided = night.close({**feed, "phase": "decide"}, Context())["figures"]
    weighed = night.progress.progress(dry_run_of(run), run.parts[0]).counts
    assert (decided["certificates_at_stake"], decided["dry_run_reads"]) == (1, weighed["dry_run_reads"])


def test_d14_what_waits_for_a_merge_of_an_earlier_feed_is_foreseen_too() -> None:
    night = fake_night()
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.settle([row("A1", 2, op="merge", into="Z9")])
    figures = night.settle([row("Z9", id_no=SIBLING, status="deceased")])
    after = night.certificates.by_id["c1"]
    assert (after.record_id, after.standing) == (record_of(SIBLING), DECEASED)
    assert (figures["certificates_touched"], figures["certificates_at_stake"]) == (0, 1)
    assert list(night.progress.follows(WAITING)) == []  # it has come


@pytest.mark.parametrize("turn", [1, -1])
def test_d14_what_a_later_row_of_the_feed_takes_back_counts_for_nothing(turn: int) -> None:
    """A sibling's number given to the archive of a child who died, and taken back: nobody had claimed the child's certificate."""
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    night.claim(record_of(SIBLING), subject(MOTHER))
    rows = [
        row("A1", 2, id_no=SIBLING, status="deceased"),
        row("A1", 3),
        row("B1", 2, id_no=SIBLING, doses=[]),
    ]
    figures = night.settle(rows[::turn])
    assert night.certificates.by_id["c1"].standing == ACTIVE
    assert figures["certificates_at_stake"] == 0


def test_d14_a_certificate_that_changes_where_it_is_costs_a_look_before_and_one_after() -> None:
    night, _ = _one_that_is_lost(OFF)
    assert night.runs.records[2].checked["dry_run_reads"] == 3 + 2 * 5  # of weighing, and of each look


def test_d14_a_row_by_which_nothing_can_change_is_weighed_without_a_look_at_its_certificate() -> None:
    """Of most rows only the doses are new: a look for each would cost the night more than its applying."""
    night = fake_night()
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    figures = night.settle([row("A1", 2, doses=[dose(), dose("2026-02-01", "d2")])])
    assert (figures["replaced"], figures["certificates_touched"]) == (1, 1)
    assert figures["dry_run_reads"] == 3  # the archive, whose it is, and the certificate


@pytest.mark.parametrize("threads", ["rehearse", "close", "apart"])
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
    figures = night.settle(
        [
            *(row(f"A{n}", 2, id_no=number, guardians=[]) for n, number in enumerate(numbers)),
            *(row(f"B{n}", id_no=number, name="吴小例", guardians=[]) for n, number in enumerate(numbers)),
        ]
    )
    assert figures["certificates_at_stake"] == figures["certificates_suspended"] == WORKERS
