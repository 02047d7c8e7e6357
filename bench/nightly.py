"""How fast `apply_corrections` is, against the fastest honest floor: bare conditional puts of items made before, through the same
client with the same number of threads. Rows come from `local.make_feed`, with 22 doses; DynamoDB is `bench.stubs.dynamodb`, a process
of its own.

    python -m bench.nightly [--rows 50000] [--modes replace,insert,relink] [--workers 16]

Rows per second and core are rows by the processor time (user + system) of the applying process: the figure that a busy machine
does not spoil. What is measured is everything from the gzipped part to progress kept: hash-free streaming, strict parsing, blinding,
sealing, packing, signing, HTTP.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from local.jws import generate_jwk
from local.make_feed import Order, write
from vaxcert.archives.store import ArchiveReader
from vaxcert.aws.sealing import Sealer
from vaxcert.aws.settings import Settings
from vaxcert.claims.eligibility import ClaimRules
from vaxcert.corrections.applying import WORKERS, Applying
from vaxcert.corrections.certificates import Keeper
from vaxcert.corrections.form import LONGEST_LINE, BadRow, Row, parse_row
from vaxcert.corrections.model import PinnedPart, Run, RunState
from vaxcert.corrections.part import PartLines
from vaxcert.corrections.progress import Progress, ProgressStore
from vaxcert.corrections.rows import ArchiveMaker
from vaxcert.corrections.store import ArchiveWriter, CertificateCorrections
from vaxcert.identity.blinding import Blinder

DAY = date(2026, 8, 1)
PREMADE = 2000
RULES = ClaimRules.of(Settings())


@dataclass(frozen=True)
class Figure:
    """One measurement."""

    what: str
    rows: int
    seconds: float
    cpu_seconds: float
    peak_mb_first_tenth: float
    peak_mb: float

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
        self.marks: list[float] = []

    def renew(self, owner: str) -> None:
        assert owner

    def find(self, sequence: int) -> Run:
        assert sequence
        return self._run

    def progress(self, sequence: int, part: PinnedPart) -> Progress:
        assert sequence
        assert part
        return Progress(0, {})

    def advance(self, *_: Any) -> None:
        self.marks.append(_peak_mb())

    def keep_look(self, *_: Any) -> None:
        raise AssertionError("nobody has a certificate here")


class _Folder:
    """Parts from a folder, in the pieces that S3 would give."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stream(self, key: str, version_id: str) -> Iterator[bytes]:
        assert version_id
        with (self._folder / key).open("rb") as file:
            while piece := file.read(1 << 22):
                yield piece


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


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


def _applied(client: Any, folder: Path, workers: int) -> Callable[[], list[float]]:
    manifest = json.loads((folder / "manifest.json").read_text())
    parts = tuple(
        PinnedPart(index, part["key"], "v", part["rows"], part["sha256"])
        for index, part in enumerate(manifest["parts"], start=1)
    )
    runs = _Runs(Run(2, DAY, "bench", "0" * 64, manifest["rows"], parts, RunState.ACCEPTED, {}))
    clock = lambda: datetime(2026, 8, 2, tzinfo=UTC)  # noqa: E731
    sealer, blinder = Sealer(_Key()), Blinder(b"p" * 64)
    applying = Applying(
        runs=runs,
        progress=runs,
        parts=_Folder(folder),
        maker=lambda day: ArchiveMaker(blinder, sealer, day),
        writer=_writer(client),
        keeper=Keeper(
            ArchiveReader(client, "archives", "kinship"),
            CertificateCorrections(client, "certificates"),
            RULES,
            clock,
        ),
        workers=workers,
    )

    def work() -> list[float]:
        for part in parts:
            assert applying.apply("bench", 2, "0" * 64, part.index, lambda: 900.0)
        return runs.marks

    return work


def _floor(client: Any, folder: Path, workers: int, rows: int) -> Callable[[], list[float]]:
    """The same puts with the same condition, made before the clock starts, and nothing else."""
    blinder, sealer = Blinder(b"p" * 64), Sealer(_Key())
    maker, writer = ArchiveMaker(blinder, sealer, DAY), _writer(client)
    with (folder / "archives-00001.ndjson.gz").open("rb") as file:
        lines = iter(PartLines(iter(lambda: file.read(1 << 22), b""), LONGEST_LINE))
        made = [writer.replacement(maker.archive(_row(next(lines)))) for _ in range(min(PREMADE, rows))]

    def put(start: int) -> None:
        for index in range(start, rows, workers):
            client.put_item(**made[index % len(made)])

    def work() -> list[float]:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(put, range(workers)))
        return [_peak_mb()]

    return work


def _row(line: bytes) -> Row:
    row = parse_row(line, DAY)
    assert not isinstance(row, BadRow)
    return row


def _measured(what: str, rows: int, work: Callable[[], list[float]]) -> Figure:
    started, cpu = time.perf_counter(), _cpu()
    marks = work()
    seconds, used = time.perf_counter() - started, _cpu() - cpu
    return Figure(what, rows, seconds, used, marks[len(marks) // 10], marks[-1])


def _alone(what: str, mode: str, folder: Path, rows: int, workers: int) -> Figure:
    """In a process of its own, against a stub of its own, so that memory and processor time are nobody else's."""
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.stubs.dynamodb", "--mode", mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stub.stdout is not None
    port = stub.stdout.readline().strip()
    arguments = ["--child", what, "--port", port, "--folder", str(folder), "--rows", str(rows)]
    child = subprocess.run(
        [sys.executable, "-m", "bench.nightly", *arguments, "--workers", str(workers)],
        check=True,
        capture_output=True,
        text=True,
    )
    stub.communicate("\n")
    return Figure(**json.loads(child.stdout))


def _child(what: str, port: int, folder: Path, rows: int, workers: int) -> None:
    client = _client(port)
    work = _floor(client, folder, workers, rows) if what == "floor" else _applied(client, folder, workers)
    print(json.dumps(asdict(_measured(what, rows, work))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--modes", default="replace,insert,relink")
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--doses", type=int, default=22)
    parser.add_argument("--folder", type=Path, help="a feed that was made before")
    parser.add_argument("--child")
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    if chosen.child:
        _child(chosen.child, chosen.port, chosen.folder, chosen.rows, chosen.workers)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        if chosen.folder is None or not (folder / "manifest.json").exists():
            order = Order(DAY, 2, chosen.rows, max(chosen.rows, 3_000_000), 1.0, 0.0, doses=chosen.doses)
            write(order, folder, generate_jwk(), None)
        floor = _alone("floor", "replace", folder, chosen.rows, chosen.workers)
        _print(floor, floor)
        for mode in chosen.modes.split(","):
            _print(_alone(mode, mode, folder, chosen.rows, chosen.workers), floor)


def _print(figure: Figure, floor: Figure) -> None:
    print(
        f"{figure.what:8} {figure.rows:9,} rows  {figure.rows / figure.seconds:7.0f} rows/s  "
        f"{figure.cpu_seconds / figure.rows * 1e6:6.0f} µs of processor a row  {figure.per_core:6.0f} rows/s/core  "
        f"{figure.per_core / floor.per_core:4.2f} of the floor  "
        f"peak {figure.peak_mb_first_tenth:.0f} MB after a tenth, {figure.peak_mb:.0f} MB at the end",
        flush=True,
    )


if __name__ == "__main__":
    main()
