"""How fast `apply_corrections` is, beside two floors: bare conditional puts, and bare batches of conditional statements, of requests made
before, through the product's own client. Rows come from `local.demo.make_feed`; DynamoDB is `bench.stubs.dynamodb`, a process of its own.

    python -m bench.nightly [--rows 1000000] [--doses 22] [--modes replace,mixed,insert] [--rounds 3] [--instructions]

Modes: `replace`, only the archive changes; `relink`, kinship changes with every row; `insert`, every archive is new; `mixed`, a night:
kinship changes with a share `--kin` of the rows, and a share `--new` is new. Floors and modes take turns, round after round, each in a process
of its own against a stub of its own; the figures are medians, each round's ratio is to the floors of that round.

Rows per second and core are rows by the processor time (user and system, all threads) of the applying process: the figure that a busy
machine spoils least. `--instructions` counts what the processor executes a row, under valgrind: the figure that it does not spoil at all.
Measured is everything from the gzipped part to progress: streaming, parsing, blinding, asking the table of handles, sealing, packing, signing,
HTTP. What is not: S3 (a file stands for it) and the progress item, one put for 500 rows.

The floors hold requests of the same rows, so of the same sizes and under the same condition, in memory before the clock starts. They run
with one thread, which takes the least processor.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import Bar, Cell, Result, Table, Target, versions
from bench.report import write as report
from local.demo.make_feed import Order, write
from local.jws import generate_jwk
from tests.fakes.handles import PlainHandles, fixed
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.partiql import MOST, write_batch
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.clinics.ports import KnownClinic
from vaxcert.corrections.feed.form import LONGEST_LINE, BadRow, Row, parse_row
from vaxcert.corrections.feed.part import PartLines
from vaxcert.corrections.feed.rows import ArchiveMaker
from vaxcert.corrections.run.model import PinnedPart, Run, RunState
from vaxcert.corrections.run.progress import Progress, ProgressStore
from vaxcert.corrections.steps.applying import WORKERS, Applying
from vaxcert.corrections.steps.certificates import Keeper
from vaxcert.corrections.steps.store import ArchiveWriter, CertificateCorrections
from vaxcert.identity.handle_store import HandleStore
from vaxcert.identity.handles import Handles, drawn
from vaxcert.keys.sealing import Sealer

DAY = date(2026, 8, 1)
PREMADE = 2000
FLOOR_ROWS = 100_000
RULES = ClaimRules.of(Settings())
FLOORS = {"put": "bare conditional put", "batch": "bare batch of 25"}
MODES = ("replace", "relink", "insert", "mixed")
# Rows per second and core, by this file's ways (docs/performance.md); and by how many times a bare put and a bare batch a mode has to be.
WANTED = {"replace": 3000, "mixed": 1500, "insert": 2000}
OF_PUT, OF_BATCH = 3.0, 0.5
# How many times a bare put a mode was when every row was a put, every question a query of its own, and no handle was asked for (2026-11-29).
# Since then rows share batches and transactions, bodies are written in one go, and garbage is looked for seldom; handles came on top.
BEFORE = {"replace": 0.67, "mixed": 0.39, "insert": 0.38}
_A_ROW = (
    "a fifth is the item of 22 doses (packing, compressing, digests), a sixth reading the form, a seventh the batch, the rest numbers, "
    "blinding and sealing"
)
WHY = {
    "replace": f"a quarter of a row is asking for its handles, a hundred a call, half of it what any call costs; {_A_ROW}",
    "mixed": f"as in mode replace, and a fifteenth for the rows whose links are written with them: {_A_ROW}",
    "insert": "half of a row is its calls: its handles are asked for, then made by transactions of twenty-five, and its links are "
    "written with it; larger ones would be refused whole, again and again, where a new table throttles a single write; an eighth is the item",
}
COUNTED = (250, 750)
COUNTING = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@dataclass(frozen=True)
class Figure:
    """One measurement. `memory_mb`: resident memory, ten times over the run and at its end."""

    what: str
    rows: int
    seconds: float
    cpu_seconds: float
    memory_mb: list[float]

    @property
    def per_core(self) -> float:
        """Rows per second of processor time."""
        return self.rows / self.cpu_seconds


class _Key:
    def current(self) -> str:
        return "benchkey"

    def by_id(self, kid: str) -> bytes:
        assert kid
        return bytes(range(32))


class _Runs:
    """The run record of one accepted feed, and progress, in memory: the stub stores nothing."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.lines = 0
        self.memory: list[float] = []

    def renew(self, owner: str) -> None:
        assert owner

    def find(self, sequence: int) -> Run:
        assert sequence
        return self._run

    def progress(self, sequence: int | str, part: PinnedPart) -> Progress:
        assert sequence
        assert part
        return Progress(0, {})

    def is_flawless(self, sequence: int, part: PinnedPart) -> bool:
        assert sequence
        assert part
        return True

    def advance(self, sequence: int | str, part: PinnedPart, before: Progress, after: Progress) -> None:
        assert sequence
        assert part
        self.lines += after.lines - before.lines
        self.memory.append(_memory_mb())

    def keep_look(self, *_: Any) -> None:
        raise AssertionError("nobody has a certificate here")

    def keep_doubt(self, *_: Any) -> None:
        raise AssertionError("no number stands under two names here")


class _Folder:
    """Parts from a folder, in the pieces that S3 would give."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        assert version_id
        with (self._folder / key).open("rb") as file:
            while piece := file.read(1 << 22):
                yield piece


class _NoClinics:
    """Clinics are told once for each part, however many rows it has."""

    def tell(self, clinic: KnownClinic, as_of: date) -> None: ...


def _memory_mb() -> float:
    """Resident now, not the highest so far: what grows shows, and so does what is given back."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE_MB


def _client(port: int) -> Any:
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",
        AWS_DEFAULT_REGION="cn-north-1",
    )
    from functions.apply_corrections.app import collect_seldom, database

    collect_seldom()
    return database()


def _writer(client: Any) -> ArchiveWriter:
    return ArchiveWriter(
        client,
        archives_table="archives",
        kinship_table="kinship",
        progress=ProgressStore(client, "runs"),
        adult_dose_from=RULES.adult_dose_from,
    )


def _parts(folder: Path) -> tuple[PinnedPart, ...]:
    listed = json.loads((folder / "manifest.json").read_text())["parts"]
    return tuple(
        PinnedPart(index, part["key"], "v", part["rows"], part["sha256"])
        for index, part in enumerate(listed, start=1)
    )


def _applied(client: Any, folder: Path, workers: int) -> Callable[[], tuple[int, list[float]]]:
    """The product's own work on a whole feed."""
    parts = _parts(folder)
    rows = sum(part.rows for part in parts)
    runs = _Runs(Run(2, DAY, "bench", "0" * 64, rows, parts, RunState.ACCEPTED, {}))
    clock = lambda: datetime(2026, 8, 2, tzinfo=UTC)  # noqa: E731
    sealer = Sealer(_Key())
    handles = Handles(HandleStore(client, "handles"), fixed(b"p" * 64), clock, drawn)
    reader = ArchiveReader(client, "archives", "kinship")
    applying = Applying(
        runs=runs,
        progress=runs,
        parts=_Folder(folder),
        maker=lambda day: ArchiveMaker(handles, sealer, day),
        writer=_writer(client),
        numbers=reader,
        keeper=Keeper(
            reader,
            CertificateCorrections(client, "certificates"),
            RULES,
            sealer,
            clock,
        ),
        clinics=_NoClinics(),
        workers=workers,
    )

    def work() -> tuple[int, list[float]]:
        for part in parts:
            assert applying.apply("bench", 2, "0" * 64, part.index, lambda: 900.0)
        assert runs.lines == rows
        return rows, runs.memory

    return work


def _floor(client: Any, folder: Path, rows: int, *, batch: bool) -> Callable[[], tuple[int, list[float]]]:
    """The same writes under the same condition, made before the clock starts, and nothing else."""
    maker, writer = ArchiveMaker(PlainHandles(b"p" * 64), Sealer(_Key()), DAY), _writer(client)
    with (folder / _parts(folder)[0].key).open("rb") as file:
        lines = islice(PartLines(iter(lambda: file.read(1 << 22), b""), LONGEST_LINE), PREMADE)
        archives = maker.archives(map(_row, lines))
    puts = [writer.replacement(archive) for archive in archives]
    statements = [writer.statement(archive) for archive in archives]
    batches = [statements[start : start + MOST] for start in range(0, len(statements) - MOST + 1, MOST)]

    def work() -> tuple[int, list[float]]:
        if batch:
            for index in range(rows // MOST):
                assert not any(write_batch(client, batches[index % len(batches)]))
            return rows // MOST * MOST, [_memory_mb()]
        for index in range(rows):
            client.put_item(**puts[index % len(puts)])
        return rows, [_memory_mb()]

    return work


def _row(line: bytes) -> Row:
    row = parse_row(line, DAY)
    assert not isinstance(row, BadRow)
    return row


def _measured(what: str, work: Callable[[], tuple[int, list[float]]]) -> Figure:
    started, cpu = time.perf_counter(), time.process_time()
    rows, memory = work()
    seconds, used = time.perf_counter() - started, time.process_time() - cpu
    tenths = [memory[index * (len(memory) - 1) // 10] for index in range(11)]
    return Figure(what, rows, seconds, used, tenths)


def _alone(what: str, folder: Path, chosen: argparse.Namespace, rows: int, tool: tuple[str, ...] = ()) -> Any:
    """In a process of its own, against a stub of its own, so that memory and processor time are nobody else's."""
    relink = {"relink": 1.0, "mixed": chosen.kin}.get(what, 0.0)
    insert = {"insert": 1.0, "mixed": chosen.new}.get(what, 0.0)
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.stubs.dynamodb", "--relink", str(relink), "--insert", str(insert)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stub.stdout is not None
    port = stub.stdout.readline().strip()
    given = {"child": what, "port": port, "folder": folder, "rows": rows, "workers": chosen.workers}
    arguments = [part for name, value in given.items() for part in (f"--{name}", str(value))]
    try:
        return subprocess.run(
            [*tool, sys.executable, "-m", "bench.nightly", *arguments],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if tool else None,
            text=True,
        )
    finally:
        stub.communicate("\n")


def _figure(what: str, folder: Path, chosen: argparse.Namespace, rows: int) -> Figure:
    return Figure(**json.loads(_alone(what, folder, chosen, rows).stdout))


def _counted(kinds: list[str], scratch: Path, chosen: argparse.Namespace) -> dict[str, float]:
    """Instructions of one row: those of a longer run less those of a shorter one, so that what is done once does not count."""
    folders = {rows: scratch / str(rows) for rows in COUNTED}
    for rows, folder in folders.items():
        _make(folder, rows, chosen.doses)
    less, more = (
        {what: _instructions(what, folders[rows], chosen, rows) for what in kinds} for rows in COUNTED
    )
    return {what: (more[what] - less[what]) / (COUNTED[1] - COUNTED[0]) for what in kinds}


def _instructions(what: str, folder: Path, chosen: argparse.Namespace, rows: int) -> int:
    told = _alone(what, folder, chosen, rows, COUNTING).stderr
    found = re.search(r"I\s+refs:\s+([\d,]+)", told)
    assert found, told
    return int(found[1].replace(",", ""))


def _make(folder: Path, rows: int, doses: int) -> None:
    write(Order(DAY, 2, rows, max(rows, 3_000_000), 1.0, 0.0, doses=doses), folder, generate_jwk(), None)


def _child(chosen: argparse.Namespace) -> None:
    client = _client(chosen.port)
    if chosen.child in FLOORS:
        work = _floor(client, chosen.folder, chosen.rows, batch=chosen.child == "batch")
    else:
        work = _applied(client, chosen.folder, chosen.workers)
    print(json.dumps(asdict(_measured(chosen.child, work))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--doses", type=int, default=22, help="of every archive")
    parser.add_argument(
        "--kin", type=float, default=0.05, help="share of rows that change kinship, in mode mixed"
    )
    parser.add_argument("--new", type=float, default=0.03, help="share of new archives, in mode mixed")
    parser.add_argument("--modes", default="replace,mixed,insert", help=f"of {', '.join(MODES)}")
    parser.add_argument("--workers", type=int, default=WORKERS, help="threads; the product's own number")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--instructions", action="store_true", help="count them too; slow")
    parser.add_argument(
        "--floor-rows", type=int, help=f"as many as --rows, {FLOOR_ROWS} at most, where it is not said"
    )
    parser.add_argument("--folder", type=Path, help="a feed made before, or where to leave the one made now")
    parser.add_argument("--write", action="store_true", help="put the figures into bench/results")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.modes.split(",")) - {*MODES}:
        parser.error(f"no mode: {', '.join(sorted(unknown))}")
    return chosen


def main() -> None:
    chosen = _arguments()
    if chosen.child:
        _child(chosen)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        if not (folder / "manifest.json").exists():
            _make(folder, chosen.rows, chosen.doses)
        print(f"load before {os.getloadavg()[0]:.1f}", flush=True)
        floor_rows = chosen.floor_rows or min(chosen.rows, FLOOR_ROWS)
        kinds = [*FLOORS, *chosen.modes.split(",")]
        seen: dict[str, list[Figure]] = {what: [] for what in kinds}
        for _ in range(chosen.rounds):
            for what in kinds:
                rows = floor_rows if what in FLOORS else chosen.rows
                seen[what].append(_figure(what, folder, chosen, rows))
                _print(seen[what][-1])
        counted = _counted(kinds, Path(scratch), chosen) if chosen.instructions else {}
    result = _result(seen, counted, chosen)
    for table in result.tables:
        print(table.title)
        lines: list[list[Cell]] = [[*table.columns], *table.rows]
        for line in lines:
            print("  ", "  ".join(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in line))
    for target in result.targets:
        print(
            f"{'met ' if target.met else 'MISSED'} {target.what}: {target.seen:,.2f} (wanted {target.wanted:,})"
        )
    if chosen.write:
        report(result)


def _print(figure: Figure) -> None:
    print(
        f"{figure.what:8} {figure.rows:9,} rows  {figure.seconds:7.0f} s  "
        f"{figure.cpu_seconds / figure.rows * 1e6:6.0f} µs of processor a row  {figure.per_core:6.0f} rows/s/core  "
        f"MB resident, highest {max(figure.memory_mb):.0f}",
        flush=True,
    )


def _ratio(seen: dict[str, list[Figure]], what: str, floor: str) -> float:
    """The median of the rounds' ratios: floor and mode of one round found the machine alike."""
    pairs = zip(seen[what], seen[floor], strict=True)
    return median(one.per_core / other.per_core for one, other in pairs)


def _result(seen: dict[str, list[Figure]], counted: dict[str, float], chosen: argparse.Namespace) -> Result:
    modes = [what for what in seen if what not in FLOORS]
    bare = median(figure.cpu_seconds / figure.rows for figure in seen["put"]) * 1e6
    busy = f"a bare put alone takes {bare:,.0f} µs of this machine's processor; where the target was set it took 510"
    speeds: list[list[Cell]] = []
    memory: list[list[Cell]] = []
    targets, bars = [], []
    for what, figures in seen.items():
        per_core = sorted(figure.per_core for figure in figures)
        label = FLOORS.get(what, what)
        speeds.append(
            [
                label,
                figures[0].rows,
                1e6 / median(per_core),
                median(per_core),
                f"{per_core[0]:,.0f} to {per_core[-1]:,.0f}",
                _ratio(seen, what, "put"),
                _ratio(seen, what, "batch"),
                round(counted[what]) if counted else None,
                counted["put"] / counted[what] if counted else None,
                counted["batch"] / counted[what] if counted else None,
            ]
        )
        bars.append(Bar(label, median(per_core), per_core[0], per_core[-1], what in modes))
    for what in modes:
        memory.append([what, *(round(tenth) for tenth in seen[what][0].memory_mb)])
        speed = median(figure.per_core for figure in seen[what])
        if what in WANTED:
            of_put = counted["put"] / counted[what] if counted else _ratio(seen, what, "put")
            of_batch = counted["batch"] / counted[what] if counted else _ratio(seen, what, "batch")
            targets += [
                Target(f"{what}, rows/s/core", WANTED[what], speed, most=False, why=busy),
                Target(
                    f"{what}, × a bare put", OF_PUT, of_put, most=False, before=BEFORE[what], why=WHY[what]
                ),
                Target(f"{what}, × a bare batch", OF_BATCH, of_batch, most=False, why=WHY[what]),
            ]
    columns = ["what", "rows", "µs a row", "rows/s/core", "lowest to highest", "× put", "× batch"]
    return Result(
        name="night",
        order=60,
        title="The night",
        about=f"`apply_corrections` on {chosen.rows:,} rows of {chosen.doses} doses, on one core: from the gzipped part to progress, against a DynamoDB that "
        f"stores nothing. `mixed`: kinship changes with {chosen.kin:.0%} of the rows, {chosen.new:.0%} are new.",
        tables=[
            Table(
                f"Processor time, medians of {chosen.rounds} rounds taken by turns; instructions under valgrind",
                [*columns, "instructions a row", "× put, by these", "× batch, by these"],
                speeds,
            ),
            Table("Resident memory, MB, at each tenth of the run", ["mode", *map(str, range(11))], memory),
        ],
        targets=targets,
        bars=bars,
        unit="rows/s/core",
        versions=versions("boto3", "botocore", "pydantic", "cryptography"),
        notes=[
            f"Load average of the machine while it was taken: {os.getloadavg()[1]:.0f} on {os.cpu_count()} processors."
        ],
    )


if __name__ == "__main__":
    main()
