"""What a night and the first load take and cost on AWS: items as they are really written, a simulation second by second of parts,
functions and the table's capacity, and the prices of bench/prices.py.

    python -m bench.nightly_costs [--cpu-ms 1.8] [--latency-ms 6] [--concurrency 10] [--quota 40000]

docs/costs.md shows its output and says what it leaves out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from heapq import heapify, heappop, heappush
from math import ceil
from random import Random

from bench.capacity import item_bytes
from bench.nightly import RULES, _Key, _writer
from bench.prices import PRICES
from local.demo.make_feed import ROWS_PER_PART, Order, rows
from tests.fakes.handles import PlainHandles
from vaxcert.archives.model import Archive, links_of
from vaxcert.archives.store import link_to_item
from vaxcert.aws.partiql import MOST
from vaxcert.aws.patience import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE
from vaxcert.corrections.feed.form import BadRow, parse_row
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.steps.applying import WORKERS
from vaxcert.keys.sealing import Sealer

# What AWS's developer guides state (docs/costs.md names the pages). All but the sizes can be raised on request.
NEW_TABLE_WCU = 4_000
STATE_BYTES = 262_144
ITEM_BYTES = 400 * 1024
CHILD_EXECUTIONS = 10_000
LAMBDA_CONCURRENCY = 1_000
PARTITION_GROWTH_SECONDS = (
    30 * 60
)  # it takes twice the former peak at once, and needs this long to take twice of that
HOURLY_RUNS = (
    23  # of a day, after the one that finds the feed: they look, and end after five transitions and two calls
)
MEMORY_GB = 1769 / 1024
FUNCTION_SECONDS = 840  # of 900: then it asks to be called again
CHECK_SHARE = 0.15  # of the processor time of applying a row: parsing without sealing, packing and writing
SAMPLE = 4_000
DAY = date(2026, 8, 1)


@dataclass(frozen=True)
class Mix:
    """What becomes of the rows, as shares that add up to one."""

    inserted: float
    replaced: float
    relinked: float


@dataclass(frozen=True)
class Sizes:
    """Means over realistic archives: write units of the archive's item and of its links."""

    item_bytes: float
    item_units: float
    links: float


@dataclass(frozen=True)
class Rates:
    """How fast one function is, and how many there are."""

    cpu_ms: float
    latency_ms: float
    concurrency: int
    quota: int
    warm: int

    @property
    def rows_a_second(self) -> float:
        """Of one function with one processor: bound by its processor, or by waiting in all of its threads for `MOST` rows at once."""
        return min(1000 / self.cpu_ms, WORKERS * 1000 / (self.latency_ms / MOST + self.cpu_ms))


def sample(doses: int | None) -> Sizes:
    """Items of realistic ages (or of `doses` each) as the product writes them."""
    maker = ArchiveMaker(PlainHandles(b"p" * 64), Sealer(_Key()), DAY)
    writer = _writer(None)
    made: list[Archive] = []
    for line in rows(Order(DAY, 2, SAMPLE, 15_000_000, 1.0, 0.0, doses=doses)):
        row = parse_row(line.rstrip(), DAY)
        assert not isinstance(row, BadRow)
        made.append(maker.archives([row])[0])
    sizes = [item_bytes(writer.replacement(archive)["Item"]) for archive in made]
    links = [len(links_of(archive)) for archive in made]
    assert all(item_bytes(link_to_item(link)) <= 1024 for archive in made for link in links_of(archive))
    return Sizes(_mean(sizes), _mean(ceil(size / 1024) for size in sizes), _mean(links))


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def write_units(mix: Mix, sizes: Sizes) -> float:
    """Per row. A transaction costs twice; a put whose condition does not hold costs what stands there, or one."""
    insert = 2 * sizes.item_units + 2 * sizes.links
    relink = sizes.item_units + 2 * sizes.item_units + 2 * 2  # one link goes, one comes
    missed = mix.inserted * mix.replaced  # among replacements, a new archive is tried as one of them first
    return mix.inserted * insert + mix.replaced * sizes.item_units + mix.relinked * relink + missed


@dataclass
class Run:
    """What a simulated run took."""

    seconds: int = 0
    busy_function_seconds: float = 0.0
    calls: int = 0
    throttled_seconds: int = 0


def simulate(total: int, units: float, rates: Rates) -> Run:
    """Second by second: parts by the functions that apply them, slowed down together where the table is at its limit."""
    parts = [min(ROWS_PER_PART, total - start) for start in range(0, total, ROWS_PER_PART)]
    run = Run()
    at_work: list[list[float]] = []  # rows left, seconds of this call
    capacity, peak, since = float(max(rates.warm, NEW_TABLE_WCU)), 0.0, 0
    while parts or at_work:
        while parts and len(at_work) < rates.concurrency:
            at_work.append([float(parts.pop()), 0.0])
            run.calls += 1
        wanted = len(at_work) * rates.rows_a_second * units
        share = min(1.0, capacity / wanted)
        run.throttled_seconds += share < 1
        peak = max(peak, wanted * share)
        since += 1
        if since >= PARTITION_GROWTH_SECONDS:
            capacity, since = min(float(rates.quota), max(capacity, 2 * peak)), 0
        for work in at_work:
            work[0] -= rates.rows_a_second * share
            work[1] += 1
            if work[1] >= FUNCTION_SECONDS and work[0] > 0:
                work[1] = 0.0
                run.calls += 1
        run.busy_function_seconds += len(at_work)
        run.seconds += 1
        at_work = [work for work in at_work if work[0] > 0]
    return run


def given_up(units: float, rates: Rates, rows_tried: int = 100_000) -> tuple[int, float]:
    """Row by row, with the store's own back-off against a table that takes `rates.warm` units a second: rows that would be given up
    (each ends an attempt of its part), and tries per row. botocore's own retries, which help, are left out.
    """
    dice = Random(1)
    capacity = float(max(rates.warm, NEW_TABLE_WCU))
    threads = [(dice.random() / 10, thread, 0) for thread in range(rates.concurrency * WORKERS)]
    heapify(threads)
    tokens, before, tried, lost, tries = capacity, 0.0, 0, 0, 0
    while tried < rows_tried:
        now, thread, attempt = heappop(threads)
        tokens, before, tries = min(capacity, tokens + (now - before) * capacity), now, tries + 1
        if tokens >= units or attempt + 1 == PATIENCE:
            tried, lost = tried + 1, lost + (tokens < units)
            tokens -= units if tokens >= units else 0
            heappush(threads, (now + WORKERS / rates.rows_a_second, thread, 0))
        else:
            pause = dice.random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
            heappush(threads, (now + pause, thread, attempt + 1))
    return lost, tries / rows_tried


def report(title: str, total: int, mix: Mix, sizes: Sizes, rates: Rates, *, idle: int = 0) -> None:
    """Print what a run takes and costs, with `idle` runs that find nothing."""
    units = write_units(mix, sizes)
    run = simulate(total, units, rates)
    parts = ceil(total / ROWS_PER_PART)
    check_seconds = total * rates.cpu_ms * CHECK_SHARE / 1000
    gb_seconds = (run.busy_function_seconds + check_seconds) * MEMORY_GB
    transitions = 12 + parts * 4 + 2 * (run.calls - parts) + 5 * idle
    calls = run.calls + parts + 4 + 2 * idle
    reads = parts * (1 + 2 * 2)  # found once, read twice in pieces of 4 MB
    costs = {
        f"{total * units / 1e6:,.1f} million write units": total
        * units
        / 1e6
        * PRICES["million write request units, on demand"],
        f"{gb_seconds:,.0f} GB-seconds of Lambda, {calls} calls": gb_seconds
        * PRICES["GB-second of Lambda, arm64"]
        + calls / 1e6 * PRICES["million Lambda requests"],
        f"{transitions:,} state transitions": transitions / 1e3 * PRICES["thousand state transitions"],
        f"{reads:,} S3 reads, {parts:,} writes": reads / 1e3 * PRICES["thousand S3 reads"]
        + parts / 1e3 * PRICES["thousand S3 writes"],
        f"about {100 + run.calls * 2} KMS requests": (100 + run.calls * 2)
        / 1e4
        * PRICES["ten thousand KMS requests"],
    }
    check_minutes = check_seconds / rates.concurrency / 60
    print(f"{title}: {total:,} rows in {parts} parts, {units:.1f} write units a row")
    print(
        f"  applying {run.seconds / 60:.0f} min ({total / run.seconds:,.0f} rows/s; at the table's limit "
        f"{run.throttled_seconds / run.seconds:.0%} of the time), checking {check_minutes:.1f} min before it"
    )
    lost, tries = given_up(units, rates)
    print(f"  {tries:.1f} tries a row at the table's limit, {lost} of 100,000 rows given up")
    for what, cost in costs.items():
        print(f"  {what}: {_money(cost)}")
    print(
        f"  together {_money(sum(costs.values()))}; storage of these archives {_storage(total, sizes)} a month"
    )


def quotas(parts: int, concurrency: int) -> None:
    """Print how much of AWS's quotas a feed of so many parts takes."""
    names = [f"{DAY}/archives-{index:05d}.ndjson.gz" for index in range(1, parts + 1)]
    state = [
        {"index": index, "key": name, "rows": ROWS_PER_PART} for index, name in enumerate(names, start=1)
    ]
    record = [[index, name, "v" * 32, ROWS_PER_PART, "0" * 64] for index, name in enumerate(names, start=1)]
    print(f"== {parts} parts, {concurrency} at once, of what AWS grants")
    for what, used, granted in (
        ("bytes of the state that names them", len(json.dumps(state)), STATE_BYTES),
        ("bytes of the run record that pins them", len(json.dumps(record)), ITEM_BYTES),
        ("child executions at once", concurrency, CHILD_EXECUTIONS),
        ("functions at once", concurrency, LAMBDA_CONCURRENCY),
    ):
        assert used < granted
        print(f"  {used:,} of {granted:,} {what}")


def _storage(total: int, sizes: Sizes) -> str:
    gigabytes = total * (sizes.item_bytes + 100 + sizes.links * 350) / 1e9
    return f"{gigabytes:.1f} GB, {_money(gigabytes * PRICES['GB-month of table storage'])}"


def _money(amount: float) -> str:
    return f"$ {amount:.2g}" if amount < 10 else f"$ {amount:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cpu-ms", type=float, default=1.8, help="processor time of one row, from bench.nightly"
    )
    parser.add_argument("--latency-ms", type=float, default=6.0, help="of one write as the function sees it")
    parser.add_argument("--concurrency", type=int, default=10, help="the template's ApplyConcurrency")
    parser.add_argument(
        "--quota", type=int, default=40_000, help="write units a second that a table may take"
    )
    parser.add_argument(
        "--warm", type=int, default=0, help="write units a second that the table was warmed up to"
    )
    chosen = parser.parse_args()
    assert RULES.adult_age
    rates = Rates(chosen.cpu_ms, chosen.latency_ms, chosen.concurrency, chosen.quota, chosen.warm)
    for doses in (None, 22):
        sizes = sample(doses)
        print(
            f"== {'realistic ages' if doses is None else f'{doses} doses each'}: item {sizes.item_bytes:.0f} bytes, "
            f"{sizes.item_units:.2f} units, {sizes.links:.2f} links; one function {rates.rows_a_second:.0f} rows/s"
        )
        report("a night", 300_000, Mix(0.03, 0.92, 0.05), sizes, rates, idle=HOURLY_RUNS)
        report("first load", 15_000_000, Mix(1, 0, 0), sizes, rates)
    warmed = Rates(chosen.cpu_ms, chosen.latency_ms, 40, chosen.quota, chosen.quota)
    print("== the table warmed up to its quota beforehand, 40 functions")
    report("first load", 15_000_000, Mix(1, 0, 0), sample(None), warmed)
    quotas(ceil(15_000_000 / ROWS_PER_PART), warmed.concurrency)


if __name__ == "__main__":
    main()
