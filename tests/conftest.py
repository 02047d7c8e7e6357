"""What every kind of test may ask for."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from local.emulator.server import Emulator, free_port
from local.homes import Home
from tests.counts import PROVE, tell

# Functions log as in production; metrics and traces have nowhere to go in a test.
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
# No test may find a developer's own AWS account.
os.environ.update(
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true"
)

# No deadline: a busy machine is no fault of the code. On every change the same few examples; to prove, many and new ones.
settings.register_profile("change", deadline=None, print_blob=True, max_examples=20, derandomize=True)
settings.register_profile("prove", deadline=None, print_blob=True, max_examples=1000 * max(1, PROVE))
# Who only asks whether an example fails needs no smaller one (tools/mutants).
settings.register_profile("fails", settings.get_profile("change"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("prove" if PROVE else os.environ.get("VAXCERT_EXAMPLES", "change"))


def _loads(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def chromium() -> str | None:
    """Where the browser is. The headless shell comes first: it is the same engine without windows, and a new phone costs it a third."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


# What a test needs of the machine and no package brings: how it is found, and how to install it.
# `@pytest.mark.needs("zbar")` leaves a test out where it is missing; VAXCERT_WITHOUT=zbar plays a machine that lacks it.
_NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "zbar": (partial(_loads, "pyzbar.pyzbar"), "apt-get install libzbar0 (macOS: brew install zbar)"),
    "chromium": (lambda: chromium() is not None, "apt-get install chromium fonts-noto-cjk"),
}


@cache
def _is_missing(need: str) -> bool:
    return need in os.environ.get("VAXCERT_WITHOUT", "").split() or not _NEEDS[need][0]()


def _reason(need: str) -> str:
    return f"{need} is missing"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(name): needs a library of the system; left out where it is missing"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if PROVE:  # it takes as long as it takes
            item.add_marker(pytest.mark.timeout(0), append=False)
        for mark in item.iter_markers("needs"):
            if _is_missing(mark.args[0]):
                item.add_marker(pytest.mark.skip(reason=_reason(mark.args[0])))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What thousands of tests are collected into stays to the end: nobody looks for garbage in it, meanwhile or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last line of a run says what was left out and what to install. VAXCERT_LEFT_OUT names a file that gets it too."""
    yield
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or hasattr(session.config, "workerinput"):
        return
    if os.environ.get("VAXCERT_FIGURES"):
        ends = {end: len(terminal.stats.get(end, ())) for end in ("passed", "failed", "error", "skipped")}
        told = ", ".join(f"{count} {end}" for end, count in ends.items() if count)
        tell(f"== {' '.join(session.config.args)}: {told}")
    for need, (_, install) in _NEEDS.items():
        skipped = [
            report.nodeid
            for report in terminal.stats.get("skipped", [])
            if isinstance(report.longrepr, tuple) and report.longrepr[2] == f"Skipped: {_reason(need)}"
        ]
        if skipped:
            modules = ", ".join(sorted({each.split("::")[0] for each in skipped}))
            line = f"left out: {len(skipped)} tests of {modules}; {_reason(need)}. To run them: {install}"
            terminal.write_line(line)
            if file := os.environ.get("VAXCERT_LEFT_OUT"):
                with Path(file).open("a", encoding="utf-8") as kept:
                    kept.write(f"{line}\n")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A bare emulator on a free port, with state of its own, ended with the session."""
    running = Emulator(Home(tmp_path_factory.mktemp("emulator")), free_port(), keeps=False)
    running.start()
    yield running
    running.stop()
