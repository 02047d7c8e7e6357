"""Trying mutants: everything that stays the same is loaded once, and each mutant runs its tests in a fork of that process.

A change inside of a function is put into tests that are collected already. A change of what runs when its module is
loaded is tried in a fork that has loaded other people's packages only, and collects its tests itself.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Final

import pytest

from tools import paths
from tools.mutants import loading, reach
from tools.mutants.changes import Mutant, mutated

LIVES: Final = ""
_ENDLESS = "does not end"
_BY_TIMER = {signal.SIGXCPU, signal.SIGALRM, signal.SIGPROF}
_PACKAGES = (
    "aws_lambda_powertools.event_handler",
    "boto3",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "moto.dynamodb",
    "pydantic",
)
# A test that takes this much longer than it took does not end: seconds of processor time, and times its own.
_GRACE_SECONDS = 10
_GRACE_TIMES = 8
# A trial as a whole: seconds on the clock, seconds of processor time, bytes.
_WALL_SECONDS = 1800
_PROCESSOR_SECONDS = 600
_MEMORY = 4 << 30
_OPTIONS = [
    "-q",
    "-Wignore::pytest.PytestAssertRewriteWarning",
    "--capture=no",
    "--tb=native",  # nobody reads how it failed, and the other forms look through all modules for each line
    "-p",
    "no:cacheprovider",
    "-m",
    reach.MARKS,
]


@dataclass(frozen=True)
class Trial:
    """A changed module and the tests that it has to pass to live, with the seconds that each takes otherwise."""

    path: str
    tree: ast.Module
    tests: Mapping[str, float]
    at_load: bool


def trial_of(mutant: Mutant, reached: reach.Reach, budget: float) -> Trial:
    """The mutant with the tests that reach it."""
    path = str(paths.ROOT / mutant.module)
    tree = mutated(mutant)
    fits = loading.fits(*(loading.compiled(one, path) for one in (_unchanged(path), tree)))
    return Trial(path, tree, reached.tests_of(mutant, budget), reached.at_load(mutant) or not fits)


def tried(trials: Sequence[Trial], tell: Callable[[Trial, str], None], folder: Path) -> None:
    """Try them all; `tell` gets the test that noticed, or `LIVES`. Tests write below `folder`."""
    os.environ["VAXCERT_EXAMPLES"] = "fails"
    options = [*_OPTIONS, f"--basetemp={folder / 'tests'}"]
    for package in _PACKAGES:
        importlib.import_module(package)
    anew = _Proven(partial(_collected_anew, options))
    for trial in trials:
        if trial.at_load or not trial.tests:
            tell(trial, anew.noticed(trial))
    warm = [trial for trial in trials if trial.tests and not trial.at_load]
    if warm:
        files = sorted({_file(test) for trial in warm for test in trial.tests})
        made: dict[str, CodeType] = {}
        loading.Finder(reach.folders(), made.get).install()
        with _quiet():
            status = pytest.main([*options, *files], plugins=[_Server(warm, tell, made)])
        if status not in {0, pytest.ExitCode.NO_TESTS_COLLECTED}:
            raise SystemExit(f"the tests could not be collected: {status}")


class _Server:
    """In place of running what was collected: runs the tests of each mutant in a fork."""

    def __init__(
        self, trials: Sequence[Trial], tell: Callable[[Trial, str], None], made: dict[str, CodeType]
    ) -> None:
        self._trials = trials
        self._tell = tell
        self._made = made

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            for name in dict.fromkeys((item.nodeid, _function(item.nodeid))):
                items.setdefault(name, []).append(item)
        loaded = loading.functions_below(reach.folders())
        if not loaded:
            raise SystemExit("nothing of the product is loaded: no change could be put into it")
        gc.collect()
        gc.freeze()

        def run(trial: Trial, notice: Callable[[str], None]) -> None:
            self._put(trial, loaded)
            session.config.pluginmanager.register(_Watch(notice, trial.tests))
            session.items[:] = [item for test in trial.tests for item in items.get(test, ())]
            for n, item in enumerate(session.items):
                following = session.items[n + 1] if n + 1 < len(session.items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

        warm = _Proven(run)
        for trial in self._trials:
            self._tell(trial, warm.noticed(trial))
        session.items.clear()
        return True

    def _put(self, trial: Trial, loaded: dict[loading.Key, list[Any]]) -> None:
        after = loading.compiled(trial.tree, trial.path)
        self._made[trial.path] = after
        loading.put_into(loaded, loading.compiled(_unchanged(trial.path), trial.path), after)


class _Proven:
    """Tries mutants, and believes a test that fails only if it passes in the same way without any change; without it otherwise."""

    def __init__(self, run: Callable[[Trial, Callable[[str], None]], None]) -> None:
        self._run = run
        self._passes: set[str] = set()
        self._shaky: set[str] = set()

    def noticed(self, trial: Trial) -> str:
        """The test that notices, or `LIVES`."""
        while tests := {test: limit for test, limit in trial.tests.items() if test not in self._shaky}:
            told = _forked(replace(trial, tests=tests), self._run)
            if "::" not in told or told in self._passes:
                return told
            asked = told if told in tests else _function(told)
            control = replace(trial, tree=_unchanged(trial.path), tests={asked: tests.get(asked, 0)})
            if not _forked(control, self._run):
                self._passes.add(told)
                return told
            self._shaky.add(asked)
            if asked not in tests:
                return LIVES
        return LIVES


def _unchanged(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


def _collected_anew(options: Sequence[str], trial: Trial, notice: Callable[[str], None]) -> None:
    code = loading.compiled(trial.tree, trial.path)
    loading.Finder(reach.folders(), lambda path: code if path == trial.path else None).install()
    files = list(dict.fromkeys(_file(test) for test in trial.tests))
    status = pytest.main(
        [*options, "-x", *files], plugins=[_Watch(notice, trial.tests), _Chosen(list(trial.tests))]
    )
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        notice("collecting")


@dataclass(frozen=True, eq=False)
class _Chosen:
    """Runs these tests only, in their order; a test without its case stands for every case."""

    tests: Sequence[str]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        order = {test: n for n, test in enumerate(self.tests)}
        place = {id(item): order.get(item.nodeid, order.get(_function(item.nodeid))) for item in items}
        items[:] = sorted(
            (item for item in items if place[id(item)] is not None), key=lambda one: place[id(one)] or 0
        )


@dataclass(frozen=True, eq=False)
class _Watch:
    """Says which test was the first to fail, and ends the process at a test that does not end."""

    notice: Callable[[str], None]
    seconds: Mapping[str, float]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        usual = self.seconds.get(nodeid, 0)
        signal.setitimer(signal.ITIMER_PROF, _GRACE_SECONDS + _GRACE_TIMES * usual)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.notice(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.notice(f"collecting {report.nodeid}")


def _forked(trial: Trial, run: Callable[[Trial, Callable[[str], None]], None]) -> str:
    """The test that failed first in a fork, or `LIVES`. What never ends, dies or takes too much memory is noticed as well."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        _run_and_exit(trial, run, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if told:
        return told
    if os.WIFSIGNALED(status):
        return _ENDLESS if os.WTERMSIG(status) in _BY_TIMER else "dies"
    return LIVES if os.WEXITSTATUS(status) == 0 else "dies"


def _run_and_exit(
    trial: Trial, run: Callable[[Trial, Callable[[str], None]], None], writing: int
) -> None:  # never returns
    def notice(test: str) -> None:
        os.write(writing, test.encode())
        os._exit(1)

    signal.alarm(_WALL_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        run(trial, notice)
    except BaseException:  # noqa: BLE001  # whatever ends it is noticed
        notice("running")
    os._exit(0)


@contextmanager
def _quiet() -> Iterator[None]:
    """What pytest says while it collects goes nowhere."""
    sys.stdout.flush()
    kept, silent = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(silent)
        os.close(kept)


def _file(test: str) -> str:
    return test.split("::", maxsplit=1)[0]


def _function(test: str) -> str:
    return test.split("[", maxsplit=1)[0]
