"""A night closes with its lease and an accepted feed, or not at all (D2, D14, invariant 6)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.corrections.fakes import Crash, Fuse
from tests.unit.corrections.samples import (
    CHILD,
    DAY,
    MOTHER,
    SIBLING,
    Context,
    Night,
    archive_key,
    fake_night,
    record_of,
    row,
    subject,
)
from vaxcert.claims.model import ACTIVE
from vaxcert.corrections.run.model import (
    AsOf,
    Counts,
    LeaseLost,
    NotAccepted,
    PersonRef,
    Run,
    RunState,
    require_complete,
)
from vaxcert.corrections.run.progress import Doubt, PendingLook, Progress, dry_run_of
from vaxcert.corrections.steps.closing import ROW_FATES


def _opened(night: Night, owner: str = "run-1") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    opened = night.open({"run": owner}, Context())
    return {n: opened[n] for n in ("run", "sequence", "business_date", "manifest_sha256")}, opened["parts"]


def test_invariant_6_who_has_lost_the_lease_closes_nothing() -> None:
    night = fake_night()
    night.feed([row()])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    for part in parts:
        night.apply({**feed, "phase": "apply", "part": part}, Context())
    night.clock.advance(minutes=21)
    _opened(night, "run-2")
    with pytest.raises(LeaseLost):
        night.close({**feed, "phase": "close"}, Context())
    assert night.runs.as_of() is None
    closed = night.close({**feed, "phase": "close", "run": "run-2"}, Context())
    assert closed["status"] == "applied"


def test_d13_operators_get_the_archive_numbers_that_are_held_apart_and_no_empty_list() -> None:
    night = fake_night()
    assert night.settle([row()])["held_apart"] == 0
    assert not night.bucket.quarantined
    assert night.settle([row("A2", name="吴小例")])["held_apart"] == 2
    ((key, told),) = night.bucket.quarantined.items()
    assert key == f"held-apart/2026-03-02/000000002-{night.runs.records[2].manifest_sha256[:12]}.ndjson"
    assert [json.loads(line) for line in told.splitlines()] == [{"archive_nos": ["A1", "A2"]}]


@pytest.mark.parametrize("state", [RunState.OPEN, RunState.HELD, RunState.REFUSED])
def test_d14_of_a_feed_that_is_not_accepted_no_certificate_follows(state: RunState) -> None:
    night = fake_night()
    night.feed([])
    feed, _ = _opened(night)
    run = night.runs.records[1]
    for part in run.parts:
        night.progress.advance(1, part, Progress(0, {}), Progress(0, {}, done=True))
    look = PendingLook(PersonRef("r1", CHILD, "a1"))
    night.progress.keep_look(1, look)
    night.runs.records[1] = replace(run, state=state)
    with pytest.raises(NotAccepted):
        night.close({**feed, "phase": "close"}, Context())
    assert list(night.progress.looks(1)) == [look]
    assert night.runs.as_of() is None


@pytest.mark.parametrize(
    ("figures", "adds_up"),
    [
        ({"inserted": 2, "bad": 1}, True),
        ({"inserted": 2}, False),
        ({"inserted": 1, "bad": 1}, False),
        ({"inserted": 1, "bad": 2}, False),
        ({"inserted": 3}, False),
    ],
)
def test_invariant_6_a_night_whose_rows_do_not_add_up_is_not_closed(figures: Counts, adds_up: bool) -> None:
    run = Run(1, DAY, "f", "0" * 64, 3, (), RunState.ACCEPTED, {"bad": 1})
    if adds_up:
        require_complete(run, figures, ROW_FATES)
    else:
        with pytest.raises(NotAccepted, match="counts_do_not_add_up"):
            require_complete(run, figures, ROW_FATES)


class _Left(Context):
    """As many milliseconds left, whenever asked."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def get_remaining_time_in_millis(self) -> int:
        return self._left


@pytest.mark.parametrize(("left", "goes_on"), [(60_000, True), (59_999, False)])
@pytest.mark.parametrize("what", ["looks", "follows", "waiting", "doubts"])
def test_d2_a_night_is_closed_while_a_minute_is_left_whatever_is_pending(
    what: str, left: int, goes_on: bool
) -> None:
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    pending = {
        "looks": [row("A1", 2, doses=[])],
        "follows": [row("B1", 2, id_no=None)],
        "waiting": [row("C1", op="merge", into="Z9")],
        "doubts": [row("A2", name="吴小例")],
    }
    if what == "looks":
        night.claim(record_of(CHILD), subject(MOTHER))
    elif what == "waiting":  # of an earlier feed
        night.settle(pending[what])
    night.feed([] if what == "waiting" else pending[what])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    for part in parts:
        night.apply({**feed, "phase": "apply", "part": part}, Context())
    closed = night.close({**feed, "phase": "close"}, _Left(left))
    assert closed["status"] == ("applied" if goes_on else "more")


@pytest.mark.parametrize(("left", "status"), [(60_000, "accepted"), (59_999, "more")])
def test_d14_a_night_is_foreseen_while_a_minute_is_left(left: int, status: str) -> None:
    night = fake_night()
    night.settle([row("A1")])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.feed([row("A1", 2, op="void")])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    run = night.runs.records[feed["sequence"]]
    night.runs.records[run.sequence] = replace(run, state=RunState.OPEN)
    assert night.close({**feed, "phase": "decide"}, _Left(left))["status"] == status


@pytest.mark.parametrize("other", [{"sequence": 2}, {"manifest_sha256": "0" * 64}])
def test_invariant_6_a_feed_that_nobody_opened_or_another_manifest_is_not_closed(
    other: dict[str, Any],
) -> None:
    night = fake_night()
    night.feed([row()])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    night.apply({**feed, "phase": "apply", "part": parts[0]}, Context())
    with pytest.raises(NotAccepted):
        night.close({**feed, "phase": "close", **other}, Context())
    assert night.runs.as_of() is None


@pytest.mark.parametrize(
    "stands",
    [
        None,
        Progress(2, {"inserted": 2}),
        Progress(1, {"inserted": 2}, done=True),
        Progress(3, {"inserted": 2}, done=True),
    ],
)
def test_invariant_6_a_night_with_an_unfinished_part_is_not_closed(stands: Progress | None) -> None:
    """Not even where the fates of what is applied add up."""
    night = fake_night()
    night.feed([row("A1"), row("A2")])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    if stands is not None:
        (part,) = night.runs.records[1].parts
        night.progress.advance(1, part, Progress(0, {}), stands)
    with pytest.raises(NotAccepted, match="part_unfinished"):
        night.close({**feed, "phase": "close"}, Context())
    assert night.runs.as_of() is None


def test_invariant_6_a_night_whose_parts_are_done_and_do_not_add_up_is_not_closed() -> None:
    night = fake_night()
    night.feed([row("A1"), row("A2")])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    (part,) = night.runs.records[1].parts
    night.progress.advance(1, part, Progress(0, {}), Progress(2, {"inserted": 1}, done=True))
    with pytest.raises(NotAccepted, match="counts_do_not_add_up"):
        night.close({**feed, "phase": "close"}, Context())
    assert night.runs.as_of() is None


def test_d13_doubts_that_are_settled_are_forgotten_once_the_night_is_closed() -> None:
    night = fake_night()
    night.settle([row("A1"), row("A2", name="吴小例")])
    assert len(list(night.progress.doubts())) == 1
    assert night.settle([row("A2", 2)])["held_apart"] == 0
    assert list(night.progress.doubts()) == []


def test_d13_a_void_archive_under_another_name_is_told_of_though_nothing_links_it() -> None:
    night = fake_night()
    assert night.settle([row("A1"), row("A2", name="吴小例", op="void")])["joined_nobody"] == 1
    assert night.settle([])["joined_nobody"] == 0
    held_apart = [row("A3", name="吴小例"), row("A4", name="郑小例", op="void")]
    assert night.settle(held_apart)["held_apart"] == 2
    assert list(night.progress.doubts()) == [Doubt(subject(CHILD), record_of(CHILD))]
    assert night.settle([])["held_apart"] == 2  # on every night until the names agree


def test_d13_a_number_under_one_name_is_in_no_doubt() -> None:
    night = fake_night()
    night.feed([row("A1"), row("A2"), row("B1", id_no=SIBLING, name="吴小例")])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    night.apply({**feed, "phase": "apply", "part": parts[0]}, Context())
    assert list(night.progress.doubts()) == []


@pytest.mark.parametrize("after", [False, True])
def test_invariant_6_wherever_the_closing_of_a_merge_is_cut_off_the_certificate_ends_the_same(
    after: bool,
) -> None:
    """It may have followed to the survivor already, and the survivor's person has another archive that it has to stand on too."""
    cut = 0
    while True:
        cut += 1
        fuse = Fuse(after=after)
        night = fake_night(fuse)
        night.settle([row("A1"), row("B1", id_no=SIBLING), row("B2", id_no=SIBLING)])
        night.claim(record_of(CHILD), subject(MOTHER))
        night.feed([row("A1", 2, op="merge", into="B1")])
        feed, parts = _opened(night)
        night.accept(feed, parts)
        night.apply({**feed, "phase": "apply", "part": parts[0]}, Context())
        fuse.at = fuse.calls + cut
        try:
            night.close({**feed, "phase": "close"}, Context())
        except Crash:
            night.close({**feed, "phase": "close"}, Context())
        found = night.certificates.by_id["c1"]
        assert (found.record_id, found.standing) == (record_of(SIBLING), ACTIVE)
        assert found.archive_keys == tuple(sorted([archive_key("B1"), archive_key("B2")]))
        if fuse.at is not None:
            break
    assert cut > 3


def test_an_archive_that_became_another_persons_is_counted_as_that_and_as_no_merge() -> None:
    night = fake_night()
    night.settle([row("A1")])
    figures = night.settle([row("A1", 2, id_no=SIBLING)])
    assert figures["persons_corrected"] == 1
    assert not [name for name in figures if name.startswith("merges")]


def test_invariant_6_what_was_done_before_the_closing_was_cut_off_is_not_done_again_and_counts() -> None:
    night = fake_night()
    night.settle([row("A1"), row("B1", id_no=SIBLING)])
    night.claim(record_of(CHILD), subject(MOTHER))
    night.feed([row("A1", 2, op="merge", into="B1")])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    night.apply({**feed, "phase": "apply", "part": parts[0]}, Context())
    (follow,) = night.progress.follows(2)
    done = replace(follow, outcome="merges_into_void", deeds={"certificates_suspended": 1})
    night.progress.keep_follow(2, done)
    (look,) = night.progress.looks(2)
    night.progress.keep_look(2, replace(look, deeds={"certificates_restored": 1}))
    figures = night.close({**feed, "phase": "close"}, Context())["figures"]
    assert (figures["merges_into_void"], figures["certificates_suspended"]) == (1, 1)
    assert figures["certificates_restored"] == 1
    assert night.certificates.by_id["c1"].record_id == record_of(CHILD)


@pytest.mark.parametrize("ahead", [0, 1])
def test_invariant_6_a_feed_is_not_closed_where_records_are_of_its_number_already(ahead: int) -> None:
    night = fake_night()
    night.feed([])
    feed, parts = _opened(night)
    night.accept(feed, parts)
    for part in parts:
        night.apply({**feed, "phase": "apply", "part": part}, Context())
    vars(night.runs)["_as_of"] = AsOf(DAY, feed["sequence"] + ahead, "0" * 64)
    with pytest.raises(NotAccepted, match="feed_applied_already"):
        night.close({**feed, "phase": "close"}, Context())


@pytest.mark.parametrize(
    ("state", "weighed"), [(RunState.REFUSED, False), (RunState.ACCEPTED, True), (RunState.HELD, True)]
)
def test_d14_a_refused_feed_is_not_weighed_and_one_that_was_is_done(state: RunState, weighed: bool) -> None:
    night = fake_night()
    night.feed([row()])
    feed, (part,) = _opened(night)
    night.runs.records[1] = replace(night.runs.records[1], state=state)
    weigh = {**feed, "phase": "weigh", "part": part}
    if weighed:
        assert night.apply(weigh, Context())["status"] == "done"
    else:
        with pytest.raises(NotAccepted, match="feed_not_open"):
            night.apply(weigh, Context())
    run = night.runs.records[1]
    assert night.progress.progress(dry_run_of(run), run.parts[0]) == Progress(0, {})
