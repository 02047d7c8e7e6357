"""Which test reaches which line of the product, found once for each file of tests and kept in .local/reached/.

A line counts for a test at its first run in that test (`sys.monitoring`), so that noting costs little. What a fixture
runs counts for every test of the file, since one fixture may serve them all.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tools import paths
from tools.mutants import loading
from tools.mutants.changes import PRODUCT, Mutant

# What may reach a line, in the order in which it is tried. Not here: what needs a stack or an emulator, and what reads sources only.
SUITES = ("tests/unit", "tests/contract", "tests/integration", "tests/hostile", "tests/faults")
MARKS = "not emulator and not stack"
_QUICK = 0.3
_TREE = ("layers", "functions", "local", "tests", "reference", "events", "template.yaml")
_FOLDER = paths.TOOLS / "reached"
_TOOL = sys.monitoring.PROFILER_ID
_LINE = sys.monitoring.events.LINE


@dataclass(frozen=True)
class Reach:
    """`lines[module][line]` holds numbers of `tests`; `seconds` of processor time for each test. `at_import`: lines that run when
    their module is loaded.
    """

    tests: list[str]
    seconds: list[float]
    lines: dict[str, dict[int, list[int]]]
    at_import: dict[str, set[int]]

    def at_load(self, mutant: Mutant) -> bool:
        """Whether the mutant's lines run when the module is loaded."""
        ran = self.at_import.get(str(mutant.module), set())
        return any(line in ran for line in range(mutant.line, mutant.last_line + 1))

    def tests_of(self, mutant: Mutant, budget: float) -> dict[str, float]:
        """The tests that reach the mutant's lines, as many as fit into so many seconds; with the seconds of each. Nearest and quickest
        files come first, and of all files what takes long last: a life of a hundred days is no reason to leave out ten quick tests.

        A line that runs when its module is loaded is reached by every test of the module; by the unit tests of its room if nothing of the
        module runs later.
        """
        by_line = self.lines.get(str(mutant.module), {})
        asked = by_line if self.at_load(mutant) else range(mutant.line, mutant.last_line + 1)
        reaching = {test for line in asked for test in by_line.get(line, ())}
        if not by_line and self.at_load(mutant):
            reaching = {n for n, test in enumerate(self.tests) if test.startswith(_nearest(mutant.module))}
        files: dict[str, list[int]] = {}
        for test in sorted(reaching):
            files.setdefault(self.tests[test].split("::")[0], []).append(test)
        in_order = [
            test
            for _, tests in sorted(files.items(), key=lambda one: self._place(mutant, *one))
            for test in tests
        ]
        found: dict[str, float] = {}
        left = budget
        for test in sorted(in_order, key=lambda one: self.seconds[one] > _QUICK):
            if self.seconds[test] <= left:
                left -= self.seconds[test]
                found[self.tests[test]] = self.seconds[test]
        return found

    def _place(self, mutant: Mutant, file: str, tests: list[int]) -> tuple[bool, int, float]:
        own = _nearest(mutant.module)
        suite = next((n for n, suite in enumerate(SUITES) if file.startswith(suite)), len(SUITES))
        return not file.startswith(own), suite, sum(self.seconds[test] for test in tests)


def found(asked: Sequence[str] = SUITES) -> Reach | None:
    """What is kept of these tests; what is not is found first, by running them once. None if one fails without any change.

    A file of tests is run again if it has changed, all of them if anything else has.
    """
    common = _common()
    files = list(_files(asked))
    kept = {file: _kept(file, common) for file in files}
    if missing := [str(file) for file in files if not kept[file].exists()]:
        print(f"Which test reaches which line? {len(missing)} files of tests run once.", file=sys.stderr)
        _FOLDER.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "VAXCERT_REACHED": common}
        command = [sys.executable, "-m", "pytest", *missing, "-m", MARKS, "-q", "-x"]
        command += ["-p", "no:cacheprovider", "-p", "tools.mutants.reach"]
        status = subprocess.run(command, check=False, cwd=paths.ROOT, env=env, stdout=sys.stderr).returncode
        if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            return None
    return _read(path for path in kept.values() if path.exists())


def _read(kept: Iterable[Path]) -> Reach:
    tests: list[str] = []
    seconds: list[float] = []
    lines: dict[str, dict[int, list[int]]] = {}
    at_import: dict[str, set[int]] = {}
    for path in kept:
        told: Any = json.loads(path.read_text("utf-8"))
        first = len(tests)
        tests += told["tests"]
        seconds += told["seconds"]
        for module, of in told["lines"].items():
            into = lines.setdefault(module, {})
            for line, numbers in of.items():
                into.setdefault(int(line), []).extend(first + number for number in numbers)
        for module, loaded in told["at_import"].items():
            at_import.setdefault(module, set()).update(loaded)
    return Reach(tests, seconds, lines, at_import)


def _files(asked: Iterable[str]) -> Iterator[Path]:
    for name in asked:
        path = paths.ROOT / name
        for file in sorted(path.rglob("test_*.py")) if path.is_dir() else [path]:
            yield file.relative_to(paths.ROOT)


def _kept(file: Path, common: str) -> Path:
    own = hashlib.sha256(f"{common}{file}".encode() + (paths.ROOT / file).read_bytes()).hexdigest()
    return _FOLDER / f"{file.stem}-{own[:16]}.json"


def _common() -> str:
    """Of everything that a test may reach or stand on, without the files of tests themselves."""
    tree = hashlib.sha256()
    for name in _TREE:
        for path in sorted((paths.ROOT / name).rglob("*")) or [paths.ROOT / name]:
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("test_"):
                told = hashlib.sha256(path.read_bytes()).digest()
                tree.update(f"{path.relative_to(paths.ROOT)}\0".encode() + told)
    return tree.hexdigest()


def _nearest(module: Path) -> str:
    """How the files of tests begin that are of a module's room, or of its function."""
    if module.is_relative_to(PRODUCT):
        return f"tests/unit/{module.relative_to(PRODUCT).parts[0]}/"
    return f"tests/integration/test_{module.parts[1]}."


class Notes:
    """A pytest plugin that notes lines by test, and writes them down file by file."""

    def __init__(self, common: str) -> None:
        self._common = common
        self._file = ""
        self._tests: list[str] = []
        self._seconds: list[float] = []
        self._shared: set[tuple[str, int]] = set()
        self._own: list[set[tuple[str, int]]] = []
        self._failed = False
        self._now = self._loaded = set[tuple[str, int]]()
        sys.monitoring.use_tool_id(_TOOL, "mutants")
        sys.monitoring.register_callback(_TOOL, _LINE, self._ran)
        loading.Finder(folders(), self._watched).install()

    def _watched(self, path: str) -> CodeType:
        code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
        for part in loading.within(code):
            sys.monitoring.set_local_events(_TOOL, part, _LINE)
        return code

    def _ran(self, code: CodeType, line: int) -> Any:
        self._now.add((code.co_filename, line))
        return sys.monitoring.DISABLE

    def _begin(self, now: set[tuple[str, int]]) -> None:
        self._now = now
        sys.monitoring.restart_events()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        """One test: its time; after the last of its file, the file."""
        self._file = item.nodeid.split("::", maxsplit=1)[0]
        began = time.process_time()
        self._tests.append(item.nodeid)
        self._own.append(set())
        yield
        self._seconds.append(round(time.process_time() - began, 4))
        if nextitem is None or not nextitem.nodeid.startswith(f"{self._file}::"):
            self._write()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        """Fixtures are the file's."""
        self._begin(self._shared)
        yield

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """What the test itself runs."""
        self._begin(self._own[-1])
        yield

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Nothing is kept of a file in which a test fails."""
        self._failed = self._failed or report.failed

    def _write(self) -> None:
        if not self._failed:
            lines: dict[str, dict[int, list[int]]] = {}
            for number, own in enumerate(self._own):
                for file, line in own | self._shared:
                    lines.setdefault(_below(file), {}).setdefault(line, []).append(number)
            at_import: dict[str, list[int]] = {}
            for file, line in self._loaded:
                at_import.setdefault(_below(file), []).append(line)
            told = {"tests": self._tests, "seconds": self._seconds, "lines": lines, "at_import": at_import}
            _kept(Path(self._file), self._common).write_text(json.dumps(told), "utf-8")
        self._tests, self._seconds, self._own, self._shared = [], [], [], set()
        self._failed = False


def folders() -> list[str]:
    """Where the product's own code is."""
    return [f"{paths.ROOT / PRODUCT}/", f"{paths.ROOT / 'functions'}/"]


def modules(names: Iterable[str]) -> Iterator[Path]:
    """The modules of rooms of the product, or of paths below it or below the root (`functions/verify_scan`)."""
    for name in names:
        path = paths.ROOT / (name if name.startswith("functions") else PRODUCT / name)
        if not path.exists():
            raise SystemExit(f"no such room: {name}")
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield module.relative_to(paths.ROOT)


def _below(file: str) -> str:
    return str(Path(file).relative_to(paths.ROOT))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """`-p tools.mutants.reach` with VAXCERT_REACHED: before anything of the product is loaded."""
    if common := os.environ.get("VAXCERT_REACHED"):
        early_config.pluginmanager.register(Notes(common), "reach-notes")
