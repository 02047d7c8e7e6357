"""What the layer's packages are once the build has trimmed them, made from those of the tests."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import botocore
import pytest

from tools import compiled
from tools.paths import ROOT

SITE = Path(botocore.__file__).parents[1]
TRIM = runpy.run_path(str(ROOT / "layers/runtime/trim.py"))
LATE = runpy.run_path(str(ROOT / "layers/runtime/late.py"))


@pytest.fixture(scope="session")
def runtime_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that the build changes, changed; what it leaves alone is found behind it."""
    folder = tmp_path_factory.mktemp("runtime")
    for package in {"botocore", *(module.split(".")[0] for module in LATE["LATE"])}:
        unused = shutil.ignore_patterns("__pycache__", *([] if package != "botocore" else _unused_models()))
        shutil.copytree(SITE / package, folder / package, ignore=unused)
    TRIM["main"](folder / "botocore/data")
    LATE["main"](folder)
    return folder


@pytest.fixture(scope="session")
def functions_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The functions as the build leaves them: with what a start would compile, compiled. Once, for all tests and all their processes."""
    own, kept = _own_and_kept(tmp_path_factory)
    built = kept / "functions-built"
    if not built.exists():
        folder = own / "being-built"
        shutil.copytree(ROOT / "functions", folder, ignore=shutil.ignore_patterns("__pycache__"))
        compiled.write(folder)
        with suppress(OSError):  # another process was first
            folder.rename(built)
    return built


@pytest.fixture(scope="session")
def loaded_by(
    functions_built: Path, runtime_site: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], frozenset[str]]:
    """What a function has loaded when it is imported as Lambda does it, as the build leaves it, on the packages that the build has changed.

    A start is half a second of work: each is done once, for all tests and all their processes.
    """
    own, kept = _own_and_kept(tmp_path_factory)
    environment = start_environment(functions_built, runtime_site)

    def loaded(function: str) -> frozenset[str]:
        file = kept / f"loaded-by-{function}"
        if not file.exists():
            written = own / file.name
            written.write_text(_modules(function, environment), "utf-8")
            written.replace(file)
        return frozenset(file.read_text("utf-8").split())

    return loaded


def start_environment(functions: Path, site: Path) -> dict[str, str]:
    """What an interpreter needs to find a function and what it stands on."""
    path = (functions, site, ROOT / "layers/vaxcert/python")
    return {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "0",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
    }


def _own_and_kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A process's own folder, and the one where all of them keep what is made once."""
    own = tmp_path_factory.getbasetemp()
    return own, own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _modules(function: str, environment: dict[str, str]) -> str:
    # Garbage collection is put off for the start alone.
    told = "assert gc.isenabled()\nprint('\\n'.join(sys.modules))"
    command = [sys.executable, "-c", f"import gc, sys, {function}.app\n{told}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _unused_models() -> list[str]:
    models = (path.name for path in (SITE / "botocore/data").iterdir() if path.is_dir())
    return [name for name in models if name not in {*TRIM["KEPT"], "sqs"}]
