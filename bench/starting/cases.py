"""What is started: each function from layers as they are shipped, and the rivals from an environment of their own."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = ROOT / ".local/venvs/lambda/bin/python"
_RIVALS: Final = ROOT / ".local/venvs/rivals/lib/python3.13/site-packages"
_LAYERS: Final = ("runtime", "vaxcert")
_PAGES: Final = "pages"
_SERVES_PAGES: Final = "serve_pages"
_RUN: Final = Path(__file__).with_name("run.py")
_AWS: Final = {
    "AWS_DEFAULT_REGION": "cn-north-1",
    "AWS_REGION": "cn-north-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "PYTHONDONTWRITEBYTECODE": "1",
    # The same sets and dictionaries each time, so that instruction counts repeat.
    "PYTHONHASHSEED": "0",
}


@dataclass(frozen=True)
class Case:
    """A process to start. `trusts` is the bundle of certificates that it ships; `kind` the event of the stub that it answers."""

    label: str
    module: str
    path: Sequence[Path]
    env: dict[str, str]
    trusts: Path
    kind: str = ""
    handler: str = "handler"
    ours: bool = False


@dataclass(frozen=True)
class Taken:
    """What one process took: processor milliseconds of all of it, microseconds of a warm answer, modules loaded."""

    cpu_ms: float
    warm_us: float
    modules: int
    said: str


@dataclass
class Figures:
    """What the processes of one case took, and the instructions of one more under valgrind (millions; None without it)."""

    taken: list[Taken] = field(default_factory=list)
    instructions: float | None = None

    def cpu(self) -> tuple[float, float, float]:
        """Lower quartile, median, upper quartile of processor milliseconds."""
        return _quartiles([each.cpu_ms for each in self.taken])

    def warm(self) -> tuple[float, float, float]:
        """The same of microseconds of a warm answer."""
        return _quartiles([each.warm_us for each in self.taken])


def _quartiles(values: list[float]) -> tuple[float, float, float]:
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return low, middle, high


class Stub:
    """The stub of AWS (`bench.stubs.clinic`), a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.stubs.clinic", str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/vaxcert/python'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            sys.exit("the stub of AWS did not start")
        self.address = f"https://localhost:{(folder / 'port').read_text('ascii')}"
        self.env: dict[str, dict[str, str]] = json.loads((folder / "env.json").read_text("utf-8"))
        self._context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        self._bundles: dict[Path, Path] = {}

    def ask(self, path: str) -> Any:
        """`/next` or `/calls`."""
        with urllib.request.urlopen(self.address + path, context=self._context) as answer:
            return json.load(answer)

    def bundle(self, trusts: Path) -> Path:
        """A bundle of certificates, and the stub's own."""
        if trusts not in self._bundles:
            made = self._folder / f"bundle-{len(self._bundles)}.pem"
            made.write_bytes(trusts.read_bytes() + b"\n" + (self._folder / "cert.pem").read_bytes())
            self._bundles[trusts] = made
        return self._bundles[trusts]

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class Bench:
    """Built checkouts and the rivals in a folder that goes afterwards, and the stub that they talk to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.stub = Stub(folder)
        self._rivals = folder / "rivals"
        shutil.copytree(ROOT / "bench/rivals", self._rivals / "bench/rivals")
        (self._rivals / "bench/__init__.py").touch()
        _compile(self._rivals)
        _compile(_RIVALS)

    def checkout(self, root: Path, *, pages: bool = False) -> Path:
        """A checkout's layers and functions, built as they are shipped; that of the pages, which takes a while, where it is wanted."""
        folder = self._folder / f"built-{len(list(self._folder.glob('built-*')))}"
        path = os.pathsep.join([str(ROOT / ".local/bin"), os.environ["PATH"]])
        if pages:
            subprocess.run([sys.executable, "-m", "tools.web", "build"], cwd=root, check=True)
        for layer in (*_LAYERS, *([_PAGES] if pages else ())):
            target = folder / layer
            target.mkdir(parents=True)
            subprocess.run(
                [
                    "make",
                    "-s",
                    f"build-{layer.capitalize()}Layer",
                    f"ARTIFACTS_DIR={target}",
                    "PLATFORM=host",
                ],
                cwd=root / "layers" / layer,
                env={**os.environ, "PATH": path},
                check=True,
            )
        shutil.copytree(root / "functions", folder / "functions")
        if (root / "tools/compiled.py").exists():
            compile_starts = [sys.executable, "-m", "tools.compiled", str(folder / "functions")]
            subprocess.run(compile_starts, cwd=root, check=True)
        _compile(folder / "functions")
        return folder

    def function(self, name: str, built: Path, kind: str = "", label: str = "") -> Case:
        """One of ours."""
        # Printing has a layer of its own as well, which is loaded where a paper is asked for.
        layers = (*_LAYERS, _PAGES) if name == _SERVES_PAGES else _LAYERS
        return Case(
            label or name,
            f"{name}.app",
            (built / "functions", *(built / layer / "python" for layer in layers)),
            self.stub.env[name],
            built / "runtime/python/botocore/cacert.pem",
            kind,
            ours=True,
        )

    def rival(self, label: str, module: str, kind: str = "rivals", handler: str = "handler") -> Case:
        """One of theirs."""
        path = (self._rivals, _RIVALS)
        env, trusts = self.stub.env["rivals"], _RIVALS / "botocore/cacert.pem"
        return Case(label, f"bench.rivals.{module}", path, env, trusts, kind, handler)

    def rivals(self, kind: str = "rivals") -> list[Case]:
        """The three frameworks."""
        return [
            self.rival("Chalice", "chalice_app", kind),
            self.rival("Powertools", "powertools_app", kind),
            self.rival("FastAPI + Mangum", "fastapi_app", kind),
        ]

    def take(self, case: Case, *, answers: int = 1, warm: int = 0) -> Taken:
        """Start one process, let it answer, and see what it took."""
        command = self._command(case, answers, warm)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, env=self._env(case), stdout=subprocess.PIPE, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        _, said, us, modules = _answered(case, done)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Taken(1000 * cpu, float(us), int(modules), said)

    def instructions(self, case: Case, *, answers: int = 1) -> float | None:
        """Millions of instructions of one process, in user space; None without valgrind."""
        valgrind = shutil.which("valgrind")
        if valgrind is None:
            return None
        counting = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        done = subprocess.run(
            [*counting, *self._command(case, answers, 0)],
            env=self._env(case),
            capture_output=True,
            text=True,
            check=False,
        )
        _answered(case, done)
        found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
        return None if found is None else int(found[1].replace(",", "")) / 1e6

    def compare(
        self, cases: Sequence[Case], runs: int, *, count: bool = True, answers: int = 1, warm: int = 0
    ) -> dict[str, Figures]:
        """All cases by turns, `runs` times after one round that does not count; then, if wanted, their instructions."""
        found = {case.label: Figures() for case in cases}
        for number in range(runs + 1):
            for case in cases:
                taken = self.take(case, answers=answers, warm=warm)
                if number:
                    found[case.label].taken.append(taken)
        if count:
            for case in cases:
                found[case.label].instructions = self.instructions(case)
        return found

    def _command(self, case: Case, answers: int, warm: int) -> list[str]:
        command = [str(PYTHON), str(_RUN), case.module, case.handler]
        if case.kind:
            events = self._folder / "events.json"
            asked = [self.stub.ask("/next")[case.kind] for _ in range(answers)]
            events.write_text(json.dumps(asked), "utf-8")
            command += [str(events), str(warm)]
        return command

    def _env(self, case: Case) -> dict[str, str]:
        return {
            **_AWS,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, case.path)),
            "LAMBDA_TASK_ROOT": str(case.path[0]),
            "AWS_ENDPOINT_URL": self.stub.address,
            "AWS_CA_BUNDLE": str(self.stub.bundle(case.trusts)),
            **case.env,
        }


def _answered(case: Case, done: subprocess.CompletedProcess[str]) -> list[str]:
    for line in done.stdout.splitlines():
        if line.startswith("ANSWERED "):
            return line.split()
    sys.exit(f"{case.label} did not answer: {done.stdout}{done.stderr or ''}")


def _compile(folder: Path) -> None:
    command = [
        str(PYTHON),
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        "--invalidation-mode",
        "unchecked-hash",
        str(folder),
    ]
    subprocess.run(command, check=True)


@contextmanager
def bench() -> Iterator[Bench]:
    """The bench, and its end."""
    with tempfile.TemporaryDirectory() as folder:
        made = Bench(Path(folder))
        try:
            yield made
        finally:
            made.stub.end()


FUNCTIONS: Final = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))
