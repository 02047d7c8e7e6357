"""What the layer's packages are once the build has trimmed them, made from those of the tests."""

from __future__ import annotations

import runpy
import shutil
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
    """The functions as the build leaves them: with what a start would compile, compiled."""
    folder = tmp_path_factory.mktemp("built") / "functions"
    shutil.copytree(ROOT / "functions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    compiled.write(folder)
    return folder


def _unused_models() -> list[str]:
    models = (path.name for path in (SITE / "botocore/data").iterdir() if path.is_dir())
    return [name for name in models if name not in {*TRIM["KEPT"], "sqs"}]
