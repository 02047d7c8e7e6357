"""What the layer's packages are once the build has trimmed them, made from those of the tests."""

from __future__ import annotations

import json
import os
import runpy
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import botocore
import pytest

from tests.architecture import starting
from tools import compiled
from tools.compiled import NAME
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

    Each is started once, for all tests and all their processes.
    """
    own, kept = _own_and_kept(tmp_path_factory)
    file = kept / "loaded-by-functions.json"
    if not file.exists():
        sources = {f"{path.parent.name}.app": path for path in functions_built.glob("*/app.py")}
        start = f"from vaxcert.aws.compiled import use; use({str(functions_built / NAME)!r})"
        found = starting.loaded(sources, start_environment(functions_built, runtime_site), start)
        written = own / file.name
        written.write_text(json.dumps({module: sorted(names) for module, names in found.items()}), "utf-8")
        written.replace(file)
    told = json.loads(file.read_text("utf-8"))
    return lambda function: frozenset(told[f"{function}.app"])


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


def _unused_models() -> list[str]:
    models = (path.name for path in (SITE / "botocore/data").iterdir() if path.is_dir())
    return [name for name in models if name not in {*TRIM["KEPT"], "sqs"}]
