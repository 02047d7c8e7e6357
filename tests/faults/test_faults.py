"""Equality with the reference fold while AWS fails (R37, R38, D5, invariants 1, 4, 6).

`make prove` plays 1,000 histories, fails every distinct call of 100 of them in each of seven ways (a batch in three more), and every
single call of one alone; the default a handful.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.counts import PROVE, often, tell
from tests.faults.faults import Kind, Part, Plan
from tests.faults.histories import history
from tests.faults.memory import MemoryDynamoDB
from tests.faults.night import RETRIES, Cloud, ExecutionFailed, Nights, rows_of
from tests.faults.playing import play, published
from vaxcert.corrections.run.model import LeaseLost

pytestmark = pytest.mark.timeout(7200 if PROVE else 300)
HISTORIES = often(15, 1000)
EVERY = often(1, 100)
SINGLE = often(1, 1)
ROOT = Path(__file__).resolve().parents[2]


def test_a_thousand_histories_equal_the_fold_r38_invariant_6() -> None:
    calls = 0
    for seed in range(HISTORIES):
        plan = Plan()
        play(history(seed), plan)
        calls += plan.calls
    tell(f"{HISTORIES} histories, {calls} AWS calls, 0 differences\n")


@pytest.mark.parametrize("kind", [*Kind, *Part, None])
def test_every_distinct_call_fails_once_and_the_end_is_the_same_invariant_4(kind: Kind | Part | None) -> None:
    """Each call of the night fails the first time that it is made; the steps are retried, runs start again hour after hour."""
    injected: Counter[Kind | Part] = Counter()
    for seed in range(EVERY):
        plan = Plan(kind=kind, every=True)
        play(history(seed), plan)
        injected += plan.injected
    tell(f"{kind or 'all kinds mixed'}: {EVERY} histories, {dict(injected)}, 0 differences\n")
    assert injected.total() > EVERY * (1 if isinstance(kind, Part) else 50)


@pytest.mark.usefixtures("one_after_another")
@pytest.mark.parametrize("kind", [*Kind, *Part])
def test_any_one_call_fails_alone_and_the_end_is_the_same_invariant_4(kind: Kind | Part) -> None:
    """Call after call of a history, one in each playing: all of them in full, one in 87 by default, of the batches one in three.

    Each kind begins at another one.
    """
    begin = list(Part if isinstance(kind, Part) else Kind).index(kind)
    injected = 0
    for seed in range(SINGLE):
        whole = Plan()
        play(history(seed), whole)
        calls, batches = range(1, whole.calls + 1), whole.batches
        if not PROVE:
            calls, batches = calls[12 * begin :: 87], batches[begin::3]
        for at in batches if isinstance(kind, Part) else calls:
            plan = Plan(kind=kind, at=at)
            play(history(seed), plan)
            injected += plan.injected.total()
    tell(f"{kind}: {SINGLE} histories, {injected} single faults, 0 differences\n")
    assert injected


def test_several_workers_write_what_one_writes_invariant_6() -> None:
    for seed in range(often(4, 100)):
        one, many = play(history(seed), Plan()), play(history(seed), Plan(), workers=6, stretch=5)
        assert _fixed(one) == _fixed(many)


def _fixed(cloud: Cloud) -> Any:
    """Archives and kinship, to the byte; certificates were compared by `play`."""
    return [list(rows_of(cloud, table)) for table in ("ArchivesTable", "KinshipTable")]


class Turns:
    """Lets two runs make their AWS calls in a random order, and time pass at one of them."""

    def __init__(self, cloud: Cloud, dice: Random) -> None:
        self._cloud, self._dice = cloud, dice
        self._lock = threading.Lock()
        self._calls = 0
        self.racing = False
        self._every = dice.randint(20, 90)

    def __call__(self) -> None:
        threading.Event().wait(self._dice.choice((0, 0, 0.0005)))
        with self._lock:
            self._calls += 1
            if (
                self.racing and self._calls % self._every == 0
            ):  # longer than a lease: the other run may take the night over
                self._cloud.clock.advance(minutes=21)


class Pair(Nights):
    """Two executions at once, then one more for what they left."""

    turns: Turns
    ends: Counter[str]

    def settle(self, *, most: int = 400) -> Any:
        """See the class."""
        self.turns.racing = True
        both = [Nights(self.cloud, self.plan, workers=2), Nights(self.cloud, self.plan)]
        with ThreadPoolExecutor(2) as pool:
            self.ends.update(pool.map(_racing, both, range(2)))
        self.turns.racing = False
        self.cloud.clock.advance(minutes=21)
        return super().settle(most=most)


def _racing(nights: Nights, number: int) -> str:
    reason = "busy"
    try:
        for _ in range(
            1 if number else 60
        ):  # the first asks again and again, until the other's lease has run out
            reason = str(nights.execute(f"racer-{number}")["reason"])
            if reason != "busy":
                break
    except (ExecutionFailed, LeaseLost) as lost:
        return str(lost)
    return reason


def test_two_runs_at_once_leave_what_one_leaves_r38() -> None:
    """One waits or leaves (`busy`); where its lease ran out under it, it stops, and what both wrote is the same."""
    Pair.ends = Counter()
    for seed in range(often(5, 150)):
        expected = play(history(seed), Plan())
        cloud = Cloud()
        Pair.turns = Turns(cloud, Random(seed))
        play(history(seed), Plan(before=Pair.turns), cloud, nights=Pair)
        assert _fixed(cloud) == _fixed(expected)
    tell(f"two runs at once: {dict(Pair.ends)}\n")
    assert Pair.ends["busy"]
    assert len(Pair.ends) > 1


@pytest.mark.emulator
def test_histories_on_the_emulator_are_what_they_are_in_memory(emulator: Any) -> None:
    """The fake is faithful: the same history, over HTTP on DynamoDB's and S3's own calls, leaves the same bytes."""
    from tests.tables import create_tables

    dynamodb, s3 = emulator.client("dynamodb"), emulator.client("s3")
    for seed in range(often(1, 15)):
        tables, bucket = create_tables(dynamodb, f"h{seed}"), f"feeds-{seed}"
        here = {"LocationConstraint": s3.meta.region_name}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        plan = Plan(every=seed % 2 == 1)
        real = play(history(seed), plan, Cloud(dynamodb, s3, tables, bucket), workers=1 + seed % 4)
        fake = play(history(seed), Plan())
        if not plan.every:
            assert published(real) == published(fake)
        assert _fixed(real) == _fixed(fake)
        for name in tables.values():
            dynamodb.delete_table(TableName=name)


def test_the_retries_are_those_of_the_state_machine() -> None:
    whole = yaml.safe_load((ROOT / "statemachines/nightly_sync.asl.yaml").read_text("utf-8"))["States"]
    inner = {name: whole[f"{name}Parts"]["ItemProcessor"]["States"] for name in ("Check", "Weigh", "Apply")}
    states = {
        "open": whole["OpenFeed"],
        "rejudge": whole["RejudgeArchives"]["ItemProcessor"]["States"]["RejudgeSegment"],
        "check": inner["Check"]["CheckPart"],
        "judge": whole["JudgeFeed"],
        "weigh": inner["Weigh"]["WeighPart"],
        "decide": whole["DecideNight"],
        "apply": inner["Apply"]["ApplyCorrections"],
        "close": whole["CloseFeed"],
        "abandon": whole["Abandon"],
    }
    assert {name: state["Retry"][-1]["MaxAttempts"] for name, state in states.items()} == RETRIES


def test_time_passes_by_the_hour_only_when_a_run_fails() -> None:
    cloud = Cloud()
    before = cloud.clock()
    assert Nights(cloud, Plan()).settle()["reason"] == "up_to_date"
    assert cloud.clock() - before == timedelta(0)
    assert isinstance(cloud.dynamodb, MemoryDynamoDB)
