"""How fast `apply_corrections` is, against the fastest honest floor: bare conditional puts of requests made before, through the
product's own client. Rows come from `local.demo.make_feed`; DynamoDB is `bench.stubs.dynamodb`, a process of its own.

    python -m bench.nightly [--rows 1000000] [--doses 22] [--kin 0.05] [--modes replace,relink,insert,mixed] [--workers 8]

Modes: `replace`, only the archive changes; `relink`, kinship changes with every row; `insert`, every archive is new; `mixed`, kinship
changes with a share `--kin` of the rows. Each runs in a process of its own, against a stub of its own.

Rows per second and core are rows by the processor time (user and system, all threads) of the applying process: the figure that a busy
machine spoils least. Measured is everything from the gzipped part to progress: streaming, strict parsing, blinding, sealing,
packing, signing, HTTP. What is not: S3 (a file stands for it) and the progress item, one put for 500 rows.

The floor holds requests of the same rows, so of the same sizes and under the same condition, in memory before the clock starts. It is
run with as many threads as the product and with one, and the one that takes less processor counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from local.demo.make_feed import Order, write
from local.jws import generate_jwk
from tests.fakes.handles import PlainHandles
from vaxcert.archives.store import ArchiveReader
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
from vaxcert.keys.sealing import Sealer

DAY = date(2026, 8, 1)
PREMADE = 2000
FLOOR_ROWS = 100_000
RULES = ClaimRules.of(Settings())
MODES = {"replace": "replace", "relink": "relink", "insert": "insert", "mixed": "relink"}
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
    def current(self) -> tuple[str, bytes]:
        return "benchkey", bytes(range(32))

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
    from functions.apply_corrections.app import database

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
    parts = _parts(folder)
    rows = sum(part.rows for part in parts)
    runs = _Runs(Run(2, DAY, "bench", "0" * 64, rows, parts, RunState.ACCEPTED, {}))
    clock = lambda: datetime(2026, 8, 2, tzinfo=UTC)  # noqa: E731
    sealer, blinder = Sealer(_Key()), PlainHandles(b"p" * 64)
    reader = ArchiveReader(client, "archives", "kinship")
    applying = Applying(
        runs=runs,
        progress=runs,
        parts=_Folder(folder),
        maker=lambda day: ArchiveMaker(blinder, sealer, day),
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


def _floor(client: Any, folder: Path, workers: int, rows: int) -> Callable[[], tuple[int, list[float]]]:
    """The same puts with the same condition, made before the clock starts, and nothing else."""
    maker, writer = ArchiveMaker(PlainHandles(b"p" * 64), Sealer(_Key()), DAY), _writer(client)
    with (folder / _parts(folder)[0].key).open("rb") as file:
        lines = islice(PartLines(iter(lambda: file.read(1 << 22), b""), LONGEST_LINE), PREMADE)
        made = [writer.replacement(maker.archives([_row(line)])[0]) for line in lines]

    def put(start: int) -> None:
        for index in range(start, rows, workers):
            client.put_item(**made[index % len(made)])

    def work() -> tuple[int, list[float]]:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(put, range(workers)))
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


def _alone(what: str, folder: Path, workers: int, *, share: float = 1.0, rows: int = 0) -> Figure:
    """In a process of its own, against a stub of its own, so that memory and processor time are nobody else's."""
    mode = ["--mode", MODES.get(what, "replace"), "--share", str(share)]
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.stubs.dynamodb", *mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stub.stdout is not None
    arguments = ["--child", what, "--port", stub.stdout.readline().strip(), "--folder", str(folder)]
    try:
        child = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench.nightly",
                *arguments,
                "--rows",
                str(rows),
                "--workers",
                str(workers),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        stub.communicate("\n")
    return Figure(**json.loads(child.stdout))


def _child(chosen: argparse.Namespace) -> None:
    client = _client(chosen.port)
    if chosen.child == "floor":
        work = _floor(client, chosen.folder, chosen.workers, chosen.rows)
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
    parser.add_argument("--modes", default="replace,relink", help=f"of {', '.join(MODES)}")
    parser.add_argument("--workers", type=int, default=WORKERS, help="threads; the product's own number")
    parser.add_argument(
        "--floor-rows", type=int, help=f"as many as --rows, {FLOOR_ROWS} at most, where it is not said"
    )
    parser.add_argument("--folder", type=Path, help="a feed made before, or where to leave the one made now")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.modes.split(",")) - MODES.keys():
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
            order = Order(DAY, 2, chosen.rows, max(chosen.rows, 3_000_000), 1.0, 0.0, doses=chosen.doses)
            write(order, folder, generate_jwk(), None)
        packed = sum((folder / part.key).stat().st_size for part in _parts(folder)) / (1 << 20)
        print(
            f"Python {platform.python_version()}, {os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}; feed of "
            f"{sum(part.rows for part in _parts(folder)):,} rows, {packed:.0f} MB packed",
            flush=True,
        )
        rows = chosen.floor_rows or min(chosen.rows, FLOOR_ROWS)
        floors = [_alone("floor", folder, workers, rows=rows) for workers in sorted({1, chosen.workers})]
        floor = max(floors, key=lambda figure: figure.per_core)
        for figure in floors:
            _print(figure, floor)
        for mode in chosen.modes.split(","):
            share = chosen.kin if mode == "mixed" else 1.0
            _print(_alone(mode, folder, chosen.workers, share=share), floor)


def _print(figure: Figure, floor: Figure) -> None:
    print(
        f"{figure.what:8} {figure.rows:9,} rows  {figure.seconds:7.0f} s  {figure.rows / figure.seconds:6.0f} rows/s  "
        f"{figure.cpu_seconds / figure.rows * 1e6:6.0f} µs of processor a row  {figure.per_core:6.0f} rows/s/core  "
        f"{figure.per_core / floor.per_core:4.2f} of the floor",
        flush=True,
    )
    if figure.what != "floor":
        tenths = " ".join(f"{memory:.0f}" for memory in figure.memory_mb)
        print(f"{'':8} MB resident, by tenths: {tenths}; highest {max(figure.memory_mb):.0f}", flush=True)


if __name__ == "__main__":
    main()
